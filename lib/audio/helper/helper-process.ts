/** Starts, feeds and ends one audio helper process; knows nothing about sound. */
import { audioHelperArgument } from "./helper-argument.ts";
import type { HelperCommand, HelperReport } from "./helper-messages.ts";

export type Direction = "input" | "output";

export interface HelperProcess {
  /**
   * Commands arrive in the order of each direction; one without a direction opens no device, and waits for none. To a
   * helper that has ended they are lost, which `onExit` tells.
   */
  send(command: HelperCommand, direction?: Direction): void;
  /** The directions in which it was told to open a device. */
  readonly used: ReadonlySet<Direction>;
  /** Asks it to close its devices and end, insists after a second, and settles when it is gone. */
  retire(): Promise<void>;
  /** Ends it without asking; settles when it is gone. */
  kill(): Promise<void>;
}

export interface HelperProcessOptions {
  command: string[] | undefined;
  /** No command of a direction is sent before this settles; the process itself starts at once. */
  free: Readonly<Record<Direction, Promise<void>>>;
  onReport: (report: HelperReport) => void;
  /** `how`: "exit code 3", the name of the signal, or why it did not start. */
  onExit: (how: string) => void;
}

const retireMs = 1000;

export function spawnHelper(options: HelperProcessOptions): HelperProcess {
  try {
    return supervise(options);
  } catch (error) {
    // The file of this program may be gone, after an update for instance: that is no reason for the chat to end.
    queueMicrotask(() => options.onExit(error instanceof Error ? error.message : String(error)));
    return { send() {}, used: new Set(), kill: async () => {}, retire: async () => {} };
  }
}

function supervise({ command, free, onReport, onExit }: HelperProcessOptions): HelperProcess {
  const used = new Set<Direction>();
  let ended = false;
  const child = Bun.spawn(command ?? ownCommand(), {
    env: helperEnvironment(),
    // Sound libraries print, some of them millions of lines: nobody reads that.
    stdio: ["ignore", "ignore", "ignore"],
    serialization: "advanced",
    ipc: onReport,
    onExit: ({ signalCode }, code) => {
      ended = true;
      onExit(signalCode === null ? `exit code ${code}` : String(signalCode));
    },
  });

  function write(command: HelperCommand): void {
    if (ended) return;
    try {
      child.send(command);
    } catch {
      // Of a process that ends the channel is closed first; one that lives without a channel is of no use.
      child.kill("SIGKILL");
    }
  }

  async function kill(): Promise<void> {
    child.kill("SIGKILL");
    await child.exited;
  }

  return {
    used,
    send(command, direction) {
      if (direction === undefined) return write(command);
      used.add(direction);
      free[direction].then(() => write(command));
    },
    kill,
    async retire() {
      // Behind all that it was told.
      Promise.all([...used].map((direction) => free[direction])).then(() => write({ type: "quit" }));
      const insist = setTimeout(kill, retireMs);
      await child.exited;
      clearTimeout(insist);
    },
  };
}

/** This very program, once more: compiled it is one file, from source it is Bun and the script. */
function ownCommand(): string[] {
  const compiled = Bun.main.startsWith("/$bunfs/") || Bun.main.includes("~BUN");
  return [process.execPath, ...(compiled ? [] : [Bun.main]), audioHelperArgument];
}

/** The environment has to be right from the start: what is set later inside Bun never reaches the C libraries. */
function helperEnvironment(): Record<string, string | undefined> {
  return {
    ...process.env,
    // Below the length of our own buffers it makes every write wait for ever.
    PULSE_LATENCY_MSEC: undefined,
    // PipeWire's own ALSA device takes nothing at all when it is asked to hold less than the server handles at a time,
    // which in virtual machines is 1024 samples: it holds those. PulseAudio does not look at this.
    PIPEWIRE_ALSA: process.env.PIPEWIRE_ALSA ?? "{ alsa.buffer-bytes=2048 }",
    // Each read and each write that waits for a device holds one thread of the pool, also on a single core.
    UV_THREADPOOL_SIZE: "8",
  };
}
