/** What a program or a connection has said so far, awaited item by item with a time limit. */

export interface Transcript<Item> {
  /** Everything so far. */
  readonly items: readonly Item[];
  add(item: Item): void;
  /** Nothing follows: whoever still waits fails at once. */
  end(): void;
  /** The first item that fits after the one that was returned last. */
  next(fits: (item: Item) => boolean, what: string, withinMs?: number): Promise<Item>;
}

/** Many times what a busy machine takes, because only a test that fails waits so long. */
const defaultWithinMs = 60_000;

export function createTranscript<Item>(speaker: string): Transcript<Item> {
  const items: Item[] = [];
  let cursor = 0;
  let isOver = false;
  let changed = Promise.withResolvers<void>();

  function wake(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  return {
    items,
    add(item) {
      items.push(item);
      wake();
    },
    end() {
      isOver = true;
      wake();
    },
    async next(fits, what, withinMs = defaultWithinMs) {
      const { promise: late, resolve: giveUp } = Promise.withResolvers<"late">();
      const timer = setTimeout(giveUp, withinMs, "late");
      try {
        // What was looked at once does not fit later either: a flood of items is looked through once.
        for (let index = cursor; ; ) {
          for (; index < items.length; index += 1) {
            const item = items[index];
            if (item === undefined || !fits(item)) continue;
            cursor = index + 1;
            return item;
          }
          const outcome = isOver ? "over" : await Promise.race([changed.promise, late]);
          if (outcome === undefined) continue;
          const why = outcome === "over" ? "ended without" : `${withinMs} ms passed without`;
          const said = items
            .slice(-40)
            .map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
          throw new Error([`${speaker}: ${why} ${what}; it said:`, ...said].join("\n  "));
        }
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Adds every line of a stream until it ends. */
export async function readLines(
  stream: ReadableStream<Uint8Array>,
  add: (line: string) => void,
): Promise<void> {
  const text = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + text.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) add(part);
  }
  if (rest !== "") add(rest);
}
