/** Reads the lines that are typed at the terminal of the server, if it has one, whenever it is in the foreground. */
import { isatty } from "node:tty";
import { isInForeground } from "../../system/job-control.ts";
import { createControlSequenceParser } from "../../terminal/control-sequences.ts";
import { lineTextOf } from "../../terminal/keys.ts";

/** What happens at the terminal, which edits the lines itself. */
export interface ConsoleEvents {
  line(line: string): void;
  /** Ctrl-D at the beginning of a line. */
  endOfFile(): void;
}

/** A stream of Bun, as far as it is used. */
interface Input {
  read(): Promise<{ value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** `fg` of some shells tells a program nothing when it was not stopped. */
const checkEveryMs = 500;
/** Ctrl-D in the middle of a line passes on a part of it, again and again. */
const lineCharsMax = 65_536;

/**
 * Passes on every event until it is disposed of. In the background nothing is read: what is typed there is for another
 * program. Expects that the system does not stop this one for a read that comes too late (`ignoreTerminalStops`).
 */
export function readTerminal(events: ConsoleEvents): Disposable {
  if (!isatty(0)) return { [Symbol.dispose]() {} };
  let input: Input | undefined;

  function checkForeground(): void {
    const mayRead = isInForeground();
    if (mayRead && input === undefined) void read();
    if (!mayRead) stop();
  }

  async function read(): Promise<void> {
    // Each stream opens the terminal anew: the one on standard input is not made non-blocking for others.
    const own: Input = Bun.file(0).stream().getReader();
    input = own;
    const parser = createControlSequenceParser();
    let unread = "";
    for (;;) {
      const chunk = await nextChunk(own);
      // Not ours any more.
      if (input !== own) return;
      if (typeof chunk === "string") {
        input = undefined;
        if (!isatty(0)) close();
        else if (chunk === "end" && isInForeground()) events.endOfFile();
        return;
      }
      // Without the replies of the terminal.
      const lines = (unread + parser.push(chunk).map(lineTextOf).join("")).split("\n");
      unread = (lines.pop() ?? "").slice(0, lineCharsMax);
      for (const line of lines) events.line(line);
    }
  }

  function stop(): void {
    input?.cancel().catch(() => {});
    input = undefined;
  }

  function close(): void {
    clearInterval(timer);
    process.off("SIGCONT", checkForeground);
    stop();
  }

  const timer = setInterval(checkForeground, checkEveryMs);
  process.on("SIGCONT", checkForeground);
  checkForeground();
  return { [Symbol.dispose]: close };
}

/** What was typed; `end`: Ctrl-D, or the terminal was closed; `failed`: it cannot be read now. */
async function nextChunk(input: Input): Promise<Uint8Array | "end" | "failed"> {
  try {
    return (await input.read()).value ?? "end";
  } catch {
    return "failed";
  }
}
