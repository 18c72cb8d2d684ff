/** Keeps at most one audio helper process in use and replaces it, without two helpers holding one device. */
import type { DeviceDirection } from "../device.ts";
import type { HelperReport } from "./helper-messages.ts";
import type { HelperProcess } from "./helper-process.ts";
import { spawnHelper } from "./helper-process.ts";

export interface HelperSlot {
  /** The helper in use, if there is one. */
  readonly current: HelperProcess | undefined;
  /** Returns the helper in use, and starts one if there is none. */
  use(): HelperProcess;
  /** Takes the helper out of use and lets it end. Its reports and its exit are ignored from then on. */
  dismiss(how: "retire" | "kill"): void;
  /** Retires the helper in use. Settles when every helper has ended. */
  close(): Promise<void>;
}

export interface HelperSlotOptions {
  command: string[] | undefined;
  /** A report of the helper in use. */
  onReport: (report: HelperReport) => void;
  /** The helper in use has ended by itself. `how`: see `HelperProcessOptions`. */
  onExit: (how: string, progress: HelperProgress) => void;
}

/** How far a helper came. */
export type HelperProgress = "not-started" | "started" | "reported";

export function createHelperSlot({ command, onReport, onExit }: HelperSlotOptions): HelperSlot {
  let current: HelperProcess | undefined;
  /** Settles when the dismissed helpers have released the devices of a direction: some can be open only once. */
  const released: Record<DeviceDirection, Promise<void>> = {
    input: Promise.resolve(),
    output: Promise.resolve(),
  };

  function start(): HelperProcess {
    let progress: HelperProgress = "started";
    const started = spawnHelper({
      command,
      released: { ...released },
      onReport(report) {
        progress = "reported";
        if (current === started) onReport(report);
      },
      onExit(how, hasStarted) {
        if (current !== started) return;
        current = undefined;
        onExit(how, hasStarted ? progress : "not-started");
      },
    });
    current = started;
    return started;
  }

  return {
    get current() {
      return current;
    },
    use: () => current ?? start(),
    dismiss(how) {
      if (!current) return;
      const ended = current[how]();
      for (const direction of current.used) {
        released[direction] = Promise.all([released[direction], ended]).then(() => {});
      }
      current = undefined;
    },
    async close() {
      const last = current;
      current = undefined;
      await Promise.all([released.input, released.output, last?.retire()]);
    },
  };
}
