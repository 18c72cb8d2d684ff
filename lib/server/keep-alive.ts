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
  /** What is to be done now; `cut` only for a peer that knows pings, and was asked: the silence may have been our own sleep. */
  look(nowMs: number): "nothing" | "ask" | "cut";
}

const askAfterMs = limits.pingAfterMs + 2_000;
const answerWithinMs = limits.lostAfterMs - askAfterMs;

/** Something was just heard. */
export function createSilence(nowMs: number): Silence {
  return new WatchedSilence(nowMs);
}

class WatchedSilence implements Silence {
  private heardMs: number;
  private askedMs: number | undefined = undefined;
  private knowsPings = false;

  constructor(nowMs: number) {
    this.heardMs = nowMs;
  }

  heard(nowMs: number): void {
    this.heardMs = nowMs;
    this.askedMs = undefined;
  }

  answers(): void {
    this.knowsPings = true;
  }

  look(nowMs: number): "nothing" | "ask" | "cut" {
    if (this.askedMs !== undefined) {
      const isOwed = this.knowsPings && nowMs - this.askedMs >= answerWithinMs;
      return isOwed ? "cut" : "nothing";
    }
    if (nowMs - this.heardMs < askAfterMs) return "nothing";
    this.askedMs = nowMs;
    return "ask";
  }
}
