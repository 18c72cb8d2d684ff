/** Reads lines from a stream and writes lines to one, both bounded, so that no script can take us down. */

/** A readable stream of bytes: process.stdin, or one in memory. */
export type Input = AsyncIterable<Uint8Array | string> & { destroy?: () => unknown };

/** The least of a writable stream that is needed here: process.stdout, or one in memory. */
export interface Output {
  write(text: string, done?: (error?: Error | null) => void): boolean;
  on(type: "error", listener: (error: Error) => void): unknown;
}

export interface LineWriter {
  line(text: string): void;
  /** Without a line end, for a question. */
  text(text: string): void;
  /** Resolves when everything is with the operating system, or the reader is gone. */
  flush(): Promise<void>;
}

/** Splits a stream into lines; a line longer than `bytesMax` comes as undefined and is not kept in memory. */
export async function* readLines(input: Input, bytesMax: number): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder();
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const take = (last: Uint8Array): string | undefined => {
    const tooLong = heldBytes + last.length > bytesMax;
    const line = tooLong ? undefined : decoder.decode(Buffer.concat([...held, last])).replace(/\r$/, "");
    held = [];
    heldBytes = 0;
    return line;
  };
  try {
    for await (const chunk of input) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      let start = 0;
      for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
        yield take(bytes.subarray(start, end));
        start = end + 1;
      }
      const rest = bytes.subarray(start);
      heldBytes += rest.length;
      // Of a line that is too long already only its length is remembered.
      if (heldBytes > bytesMax) held = [];
      else if (rest.length > 0) held.push(rest);
    }
  } catch {
    // An input that breaks off has ended, too.
  }
  if (heldBytes > 0) yield take(new Uint8Array());
}

/** Writes lines until the reader is gone (`head`, a closed window); then says so once and writes nothing more. */
export function createLineWriter(output: Output, onGone: () => void): LineWriter {
  let gone = false;
  let unwritten = 0;
  let flushed: (() => void)[] = [];
  const settle = () => {
    if (unwritten > 0 && !gone) return;
    for (const resolve of flushed) resolve();
    flushed = [];
  };
  const leave = () => {
    if (gone) return;
    gone = true;
    settle();
    onGone();
  };
  output.on("error", leave);
  const text = (what: string) => {
    if (gone) return;
    unwritten += 1;
    output.write(what, () => {
      unwritten -= 1;
      settle();
    });
  };
  return {
    line: (what) => text(`${what}\n`),
    text,
    // Every write is counted: Bun calls back at once for an empty one, whatever waits before it.
    flush: () =>
      new Promise((resolve) => {
        flushed.push(resolve);
        settle();
      }),
  };
}

/** The same action, but only the first time. */
export function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
