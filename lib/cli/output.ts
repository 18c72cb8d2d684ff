/**
 * Standard output and standard error without waiting: the event loop goes on while nothing takes what is written
 * (Ctrl-S, copy mode, a stalled ssh, a full pipe). Bun's own `process.stdout` waits for a terminal in the middle of a
 * write. Here the operating system's call runs on a thread of the pool, one call at a time, on every platform.
 */
import { fstatSync, readFileSync, write as systemWrite, writeSync } from "node:fs";
import { systemCode } from "../base/failure.ts";
import { withTimeout } from "../base/timeout.ts";

/** Called when the operating system has taken the text, or with the reason why it never will. */
export type Written = (error?: NodeJS.ErrnoException | null) => void;

export interface Output {
  /**
   * Queues the text behind all earlier text; never waits. A text that cannot be written is dropped, and the next one is
   * tried. False: more than `highWaterBytes` wait, so a caller that can wait should.
   */
  write(text: string, written?: Written): boolean;
  /** The bytes that the operating system has not taken. The queue itself has no bound: each caller has its own. */
  waitingBytes(): number;
  /** Tells of each write that failed: EPIPE (no reader is left), EIO (the terminal is gone), ENOSPC, … */
  on(type: "error", listener: (error: NodeJS.ErrnoException) => void): void;
}

/** Both outputs of a program. */
export interface Outputs {
  standard: Output;
  error: Output;
  /** Resolves when everything is written, or after a second in which something was not. */
  flush(): Promise<void>;
}

/** The operating system's part, for tests. */
export interface OutputSystem {
  /** As `fs.write` at the current position. */
  write(bytes: Uint8Array, done: (error: NodeJS.ErrnoException | null, writtenBytes: number) => void): void;
  /** Calls back after a moment. */
  later(action: () => void): void;
}

/** At this number of waiting bytes, `write` asks for a pause. */
export const highWaterBytes = 65_536;
/** One call takes this much, so that a slow reader is seen to take something. */
const callBytesMax = 65_536;
/** Another program may have made the pipe non-blocking; it is then tried again at this interval. */
const retryMs = 20;

/** What is not written by then is lost with the process. */
const flushMs = 1_000;

interface Entry {
  bytes: Uint8Array;
  written: Written | undefined;
}

/** Only once in a process: nothing else may write to the two outputs. */
export function openOutputs(): Outputs {
  const standard = createOutput(1);
  // Two outputs to one terminal would overtake each other, and each would hold a thread while the terminal stands still.
  const error = isOneFile(1, 2) ? standard : createOutput(2);
  return {
    standard,
    error,
    async flush() {
      const all = Promise.all([standard, error].map(written));
      await withTimeout(flushMs, all, "nothing took the output").catch(() => {});
    },
  };
}

/**
 * The output behind a file descriptor. Nothing else may write to it meanwhile. In particular, `process.stdout` would make
 * a pipe non-blocking and overtake what waits here.
 */
export function createOutput(fd: 1 | 2, system: OutputSystem = systemOf(fd)): Output {
  const queue: Entry[] = [];
  const listeners: ((error: NodeJS.ErrnoException) => void)[] = [];
  let waitingBytes = 0;
  let isWriting = false;

  const next = (): void => {
    if (isWriting || queue.length === 0) return;
    isWriting = true;
    const entries = takeCall(queue);
    writeAll(Buffer.concat(entries.map(({ bytes }) => bytes)), (error) => {
      isWriting = false;
      for (const { bytes, written } of entries) {
        waitingBytes -= bytes.length;
        written?.(error);
      }
      if (error !== null) for (const listener of listeners) listener(error);
      next();
    });
  };
  const writeAll = (bytes: Uint8Array, done: (error: NodeJS.ErrnoException | null) => void): void => {
    system.write(bytes, (error, writtenBytes) => {
      const rest = bytes.subarray(writtenBytes);
      if (error?.code === "EAGAIN") system.later(() => writeAll(bytes, done));
      else if (error !== null || rest.length === 0) done(error);
      else writeAll(rest, done);
    });
  };
  return {
    write(text, written) {
      const bytes = Buffer.from(text);
      waitingBytes += bytes.length;
      queue.push({ bytes, written });
      next();
      return waitingBytes <= highWaterBytes;
    },
    waitingBytes: () => waitingBytes,
    on: (_type, listener) => void listeners.push(listener),
  };
}

/**
 * Writes the text and waits for its reader in the middle of the call: for a program that only prints and ends, so that it
 * starts no thread. Nothing may wait in the output of the same file descriptor.
 * @throws {NodeJS.ErrnoException} what the operating system says: EPIPE, ENOSPC, …
 */
export async function writeNow(fd: 1 | 2, text: string): Promise<void> {
  if (wasClosed(fd)) throw badDescriptor();
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (systemCode(error) !== "EAGAIN") throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

/** Takes the entries of one call from the queue: at least one. */
function takeCall(queue: Entry[]): Entry[] {
  let bytes = 0;
  const end = queue.findIndex((entry, index) => {
    bytes += entry.bytes.length;
    return index > 0 && bytes > callBytesMax;
  });
  return queue.splice(0, end === -1 ? queue.length : end);
}

/** Resolves when the output has nothing left to write. */
function written(output: Output): Promise<void> {
  return new Promise((resolve) => output.write("", () => resolve()));
}

function systemOf(fd: 1 | 2): OutputSystem {
  const isClosed = wasClosed(fd);
  return {
    write(bytes, done) {
      if (isClosed) done(badDescriptor(), 0);
      else systemWrite(fd, bytes, 0, bytes.length, null, done);
    },
    later: (action) => void setTimeout(action, retryMs),
  };
}

function isOneFile(one: number, other: number): boolean {
  try {
    const [first, second] = [fstatSync(one), fstatSync(other)];
    // Windows numbers no pipes and no consoles.
    return first.ino !== 0 && first.ino === second.ino && first.dev === second.dev;
  } catch {
    return false;
  }
}

const closeOnExec = 0o2000000;

/**
 * Whether the descriptor was closed when the program started (`>&-`). Bun has opened the null device in its place, which
 * takes everything, and is closed on `exec`: an inherited descriptor never is. Where this cannot be found out, the
 * descriptor counts as open.
 */
function wasClosed(fd: number): boolean {
  try {
    const [, flags = ""] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")) ?? [];
    return (Number.parseInt(flags, 8) & closeOnExec) !== 0;
  } catch {
    return false;
  }
}

function badDescriptor(): NodeJS.ErrnoException {
  return Object.assign(new Error("it is closed"), { code: "EBADF" });
}
