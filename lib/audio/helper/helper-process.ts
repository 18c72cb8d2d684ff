/** Starts, commands and ends one audio helper process. It knows nothing about sound. */
import type { DeviceDirection } from "../device.ts";
import { audioHelperArgument } from "./helper-argument.ts";
import type { HelperCommand, HelperReport } from "./helper-messages.ts";

export interface HelperProcess {
  /**
   * Sends a command. Commands of one direction arrive in order. A command without a direction opens no device, and is
   * sent at once. A command to a helper that has ended is lost; `onExit` reports the end.
   */
  send(command: HelperCommand, direction?: DeviceDirection): void;
  /** The directions of the commands that were sent. */
  readonly used: ReadonlySet<DeviceDirection>;
  /** Asks the helper to close its devices and exit, and kills it after 1 s. Settles when it has ended. */
  retire(): Promise<void>;
  /** Kills the helper. Settles when it has ended. */
  kill(): Promise<void>;
}

export interface HelperProcessOptions {
  /** How to start the helper; undefined: this program with `--audio-helper`. */
  command: string[] | undefined;
  /** Commands of a direction are sent after this settles. The process itself starts at once. */
  released: Readonly<Record<DeviceDirection, Promise<void>>>;
  onReport: (report: HelperReport) => void;
  /** `how`: "exit code 3", the name of the signal, or the reason why the process did not start. */
  onExit: (how: string, hasStarted: boolean) => void;
}

const retireMsMax = 1_000;

/** Starts a helper. A process that cannot be started is reported through `onExit`, after the call. */
export function spawnHelper(options: HelperProcessOptions): HelperProcess {
  try {
    return supervise(options);
  } catch (error) {
    // Too many processes, no memory, no /dev/null, or a program that was moved. The chat goes on without sound.
    queueMicrotask(() => options.onExit(error instanceof Error ? error.message : String(error), false));
    return { send() {}, used: new Set(), kill: async () => {}, retire: async () => {} };
  }
}

function supervise({ command, released, onReport, onExit }: HelperProcessOptions): HelperProcess {
  const used = new Set<DeviceDirection>();
  let hasEnded = false;
  const child = Bun.spawn(command ?? ownCommand(), {
    // What `ps` shows.
    argv0: process.execPath,
    env: helperEnvironment(),
    // Sound libraries print, some of them millions of lines, and none of it is of use.
    stdio: ["ignore", "ignore", "ignore"],
    serialization: "advanced",
    ipc: onReport,
    onExit: ({ signalCode }, code) => {
      hasEnded = true;
      onExit(signalCode === null ? `exit code ${code}` : String(signalCode), true);
    },
  });

  function write(command: HelperCommand): void {
    if (hasEnded) return;
    try {
      child.send(command);
    } catch {
      // The channel of an ending process closes before its exit. A process that lives without a channel is useless.
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
      released[direction].then(() => write(command));
    },
    kill,
    async retire() {
      // After all earlier commands.
      Promise.all([...used].map((direction) => released[direction])).then(() => write({ type: "quit" }));
      const killTimer = setTimeout(kill, retireMsMax);
      await child.exited;
      clearTimeout(killTimer);
    },
  };
}

/** How this program is started again: one file when compiled, Bun and the script when run from source. */
function ownCommand(): string[] {
  const isCompiled = Bun.main.startsWith("/$bunfs/") || Bun.main.includes("~BUN");
  if (!isCompiled) return [process.execPath, Bun.main, audioHelperArgument];
  // On Linux the file that runs, also after an upgrade has replaced it: the helper of another version may not know what
  // this one says.
  return [process.platform === "linux" ? "/proc/self/exe" : process.execPath, audioHelperArgument];
}

/** The environment is set at the start: variables that Bun sets later do not reach the C libraries. */
function helperEnvironment(): Record<string, string | undefined> {
  return {
    ...process.env,
    // A value below the length of our buffers makes every write wait without end.
    PULSE_LATENCY_MSEC: undefined,
    // The ALSA device of PipeWire accepts nothing when it is asked to buffer less than a period of the server, which is
    // 1,024 samples in virtual machines: this makes it buffer so many. PulseAudio ignores the variable.
    PIPEWIRE_ALSA: process.env.PIPEWIRE_ALSA ?? "{ alsa.buffer-bytes=2048 }",
    // Each read and each write that waits for a device occupies one thread of the pool, also on a single core.
    UV_THREADPOOL_SIZE: "8",
  };
}
