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
  /** What is to be done now; `cut` only for a peer that knows pings. */
  look(nowMs: number): "nothing" | "ask" | "cut";
}

const askAfterMs = limits.pingAfterMs + 2_000;

export function createSilence(nowMs: number): Silence {
  let heardMs = nowMs;
  let isAsked = false;
  let knowsPings = false;
  return {
    heard(atMs) {
      heardMs = atMs;
      isAsked = false;
    },
    answers() {
      knowsPings = true;
    },
    look(atMs) {
      const silentMs = atMs - heardMs;
      if (silentMs >= limits.lostAfterMs && knowsPings) return "cut";
      if (silentMs < askAfterMs || isAsked) return "nothing";
      isAsked = true;
      return "ask";
    },
  };
}
