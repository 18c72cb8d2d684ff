/** Puts the clock and the timers of a simulation in the place of the global ones, so that a seed repeats a run. */
import type { Now } from "../../lib/base/now.ts";

export interface VirtualTime {
  /** Both clocks show this from now on. The timers of earlier runs are forgotten. */
  follow(now: () => Now): void;
  /** Runs the timers that wait now; those that they set wait for the next time. */
  runTimers(): void;
}

/** From now on, for the whole process. */
export function useVirtualTime(): VirtualTime {
  let clock = (): Now => ({ wallMs: 0, monotonicMs: 0 });
  const timers = new Map<object, () => void>();
  Date.now = () => clock().wallMs;
  performance.now = () => clock().monotonicMs;
  Object.assign(globalThis, {
    setTimeout(run: () => void) {
      const timer = {};
      timers.set(timer, run);
      return timer;
    },
    clearTimeout: (timer: object) => void timers.delete(timer),
  });
  return {
    follow(now) {
      clock = now;
      timers.clear();
    },
    runTimers() {
      for (const [timer, run] of [...timers]) if (timers.delete(timer)) run();
    },
  };
}
