/** Reads lines from a stream and writes lines to one. Both are bounded, so that no script can exhaust memory. */

/** A readable stream of bytes: process.stdin, or one in memory. */
export type Input = AsyncIterable<Uint8Array | string> & { destroy?: () => unknown };

/** The part of a writable stream that is needed here: process.stdout, or one in memory. */
export interface Output {
  write(text: string, done?: (error?: Error | null) => void): unknown;
  on(type: "error", listener: () => void): unknown;
}

export interface LineWriter {
  line(text: string): void;
  /** Writes without a line end, for a question. */
  text(text: string): void;
  /** Whether the operating system has not taken everything yet. */
  isWaiting(): boolean;
  /** Resolves when little waits to be written: a script that reads nothing is not read either. */
  ready(): Promise<void>;
  /** Resolves when the operating system has everything, or the output is closed. */
  flush(): Promise<void>;
}

/** With more text than this waiting, `ready` waits, too. */
const readyUnitsMax = 65_536;

/** Splits a stream into lines. A line of more than `bytesMax` bytes is yielded as undefined and not kept in memory. */
export async function* readLines(input: Input, bytesMax: number): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let partsBytes = 0;
  const finishLine = (last: Uint8Array): string | undefined => {
    const isTooLong = partsBytes + last.length > bytesMax;
    const line = isTooLong ? undefined : decoder.decode(Buffer.concat([...parts, last])).replace(/\r$/, "");
    parts = [];
    partsBytes = 0;
    return line;
  };
  try {
    for await (const chunk of input) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      let start = 0;
      for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
        yield finishLine(bytes.subarray(start, end));
        start = end + 1;
      }
      const rest = bytes.subarray(start);
      partsBytes += rest.length;
      // Only the length of a line that is already too long is remembered.
      if (partsBytes > bytesMax) parts = [];
      else if (rest.length > 0) parts.push(rest);
    }
  } catch {
    // A read error ends the input like an end of file.
  }
  if (partsBytes > 0) yield finishLine(new Uint8Array());
}

/** Writes lines until the output is closed (`head`, a closed window); then calls `onClosed` once and writes no more. */
export function createLineWriter(output: Output, onClosed: () => void): LineWriter {
  let isClosed = false;
  let unwritten = 0;
  let unwrittenUnits = 0;
  let waiting: { until: () => boolean; resolve: () => void }[] = [];
  const resolveWaiting = () => {
    const isDue = ({ until }: { until: () => boolean }) => isClosed || until();
    for (const { resolve } of waiting.filter(isDue)) resolve();
    waiting = waiting.filter((one) => !isDue(one));
  };
  const wait = (until: () => boolean) =>
    new Promise<void>((resolve) => {
      waiting.push({ until, resolve });
      resolveWaiting();
    });
  output.on("error", () => {
    if (isClosed) return;
    isClosed = true;
    resolveWaiting();
    onClosed();
  });
  const write = (text: string) => {
    if (isClosed) return;
    unwritten += 1;
    unwrittenUnits += text.length;
    output.write(text, () => {
      unwritten -= 1;
      unwrittenUnits -= text.length;
      resolveWaiting();
    });
  };
  return {
    line: (text) => write(`${text}\n`),
    text: write,
    isWaiting: () => unwritten > 0 && !isClosed,
    ready: () => wait(() => unwrittenUnits <= readyUnitsMax),
    // Every write is counted: Bun calls back at once for an empty write, before earlier ones are done.
    flush: () => wait(() => unwritten === 0),
  };
}

/** The same action, which runs only the first time it is called. */
export function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
