/**
 * Notices that a connection is half-open: the peer is gone, and no packet says so. Pure. Clients of ours ask first
 * when they hear nothing, so the server's own question comes late enough to be needed for others only.
 */
import { limits } from "../protocol/limits.ts";

export interface Silence {
  /** Something arrived. */
  heard(nowMs: number): void;
  /** This peer knows pings: it has answered one, sent one, or said that it comes back when it is cut off. */
  answers(): void;
  /** What is to be done now, every `lookEveryMs`; `cut` only for a peer that knows pings and did not answer one. */
  look(nowMs: number): "nothing" | "ask" | "cut";
}

const askAfterMs = limits.pingAfterMs + 2_000;
/** Between two looks at each connection. */
export const lookEveryMs = 1_000;
/** An answer is waited for so many times, and not so long: we may have been asleep ourselves. */
const looksMax = (limits.lostAfterMs - askAfterMs) / lookEveryMs;

/** Something was just heard. */
export function createSilence(nowMs: number): Silence {
  return new WatchedSilence(nowMs);
}

class WatchedSilence implements Silence {
  private heardMs: number;
  /** How often an answer was waited for; undefined: nothing was asked. */
  private looks: number | undefined = undefined;
  private knowsPings = false;

  constructor(nowMs: number) {
    this.heardMs = nowMs;
  }

  heard(nowMs: number): void {
    this.heardMs = nowMs;
    this.looks = undefined;
  }

  answers(): void {
    this.knowsPings = true;
  }

  look(nowMs: number): "nothing" | "ask" | "cut" {
    if (this.looks === undefined) {
      if (nowMs - this.heardMs < askAfterMs) return "nothing";
      this.looks = 0;
      return "ask";
    }
    this.looks += 1;
    return this.knowsPings && this.looks >= looksMax ? "cut" : "nothing";
  }
}
