/** Ctrl-Z: gives the terminal back to the shell, stops this program and its parents behind the shell, and comes back. */
import { onSignals } from "./signals.ts";

/** The part of a program that holds the terminal. */
export interface TerminalHolder {
  /** Gives the terminal back; the program stops once this has resolved. */
  release(): Promise<void>;
  /** Takes the terminal, perhaps a second time: a shell has changed its modes if the program was stopped from outside. */
  take(): void;
  /** The program was not stopped: there is no shell that could go on, or it ignores the signal. */
  notStopped(): void;
}

/** A program that was stopped does not run any more after this time, in ms, and its clock shows that it did not. */
const stopTimeoutMs = 300;

/**
 * Returns the function that suspends, and handles a stop and a continuation from outside. Undefined on Windows, which has
 * no job control.
 *
 * The whole process group is stopped, as the terminal itself would do: behind `npm start`, a shell that waits for npm
 * notices only that npm has stopped. The system discards the signal in an orphaned group, such as that of the only
 * program in a window; such a program takes the terminal again (POSIX.1-2024, 3.254 and `sigaction`).
 */
export function createSuspension(holder: TerminalHolder): (() => void) | undefined {
  if (process.platform === "win32") return undefined;
  let isStopping = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function stop(target: number): Promise<void> {
    if (isStopping) return;
    isStopping = true;
    await holder.release();
    process.off("SIGTSTP", stopFromOutside);
    process.kill(target, "SIGTSTP");
    waitForStop();
  }

  /** Begins anew after a pause: the program was stopped, and the signal that continues it is on its way. */
  function waitForStop(): void {
    const since = performance.now();
    timer = setTimeout(() => {
      if (performance.now() - since > 2 * stopTimeoutMs) return waitForStop();
      resume();
      holder.notStopped();
    }, stopTimeoutMs);
  }

  function resume(): void {
    clearTimeout(timer);
    if (isStopping) onSignals(["SIGTSTP"], stopFromOutside);
    isStopping = false;
    holder.take();
  }

  function stopFromOutside(): void {
    void stop(process.pid);
  }

  process.on("SIGCONT", resume);
  onSignals(["SIGTSTP"], stopFromOutside);
  return () => void stop(0);
}
