/** Everything that a program or a connection has said so far, awaited item by item with a time limit. */

export interface Transcript<Item> {
  /** Everything so far. */
  readonly items: readonly Item[];
  add(item: Item): void;
  /** Nothing follows: every call of `next` that still waits fails at once. */
  end(): void;
  /** The first item that fits after the one that was returned last. */
  next(fits: (item: Item) => boolean, what: string, withinMs?: number): Promise<Item>;
  /** Waits for the first item of all that fits and takes it out; the next `next` looks where it would have looked. */
  takeOut(fits: (item: Item) => boolean, what: string): Promise<Item>;
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

  /** The index of the first item that fits, from this one on. Each item is looked at once, however many come. */
  async function waitFor(
    from: number,
    fits: (item: Item) => boolean,
    what: string,
    withinMs: number,
  ): Promise<number> {
    const { promise: late, resolve: giveUp } = Promise.withResolvers<"late">();
    const timer = setTimeout(giveUp, withinMs, "late");
    try {
      for (let index = from; ; ) {
        for (; index < items.length; index += 1) {
          const item = items[index];
          if (item !== undefined && fits(item)) return index;
        }
        const outcome = isOver ? "over" : await Promise.race([changed.promise, late]);
        if (outcome === undefined) continue;
        throw new Error(complaint(outcome === "over" ? "ended" : `${withinMs} ms passed`, what));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  function complaint(why: string, what: string): string {
    const said = items.slice(-40).map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
    return [`${speaker}: ${why} without ${what}; it said:`, ...said].join("\n  ");
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
      const index = await waitFor(cursor, fits, what, withinMs);
      cursor = index + 1;
      return items[index] as Item;
    },
    async takeOut(fits, what) {
      const index = await waitFor(0, fits, what, defaultWithinMs);
      if (index < cursor) cursor -= 1;
      return items.splice(index, 1)[0] as Item;
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
