/**
 * Which connections are let in to begin with, before TLS costs anything. Pure: it is told the time.
 *
 * The contract:
 * 1. An address may connect so many times a second on average, and so many at once. How IPv6 networks count, and how much
 *    is remembered: `address-rate.ts`.
 * 2. There are at most `connectionsMax` connections in all.
 * 3. The server's own machine is let in always.
 */
import { limits } from "../../protocol/limits.ts";
import { createAddressRate } from "./address-rate-limiter.ts";

export type Answer = "in" | "too-often" | "too-many";

export interface Door {
  /** Somebody connects; `in`: the connection counts until `left`. */
  knock(address: string, isLocal: boolean, nowMs: number): Answer;
  left(): void;
  /** Whether it is time to say that somebody was refused: now and then is often enough. */
  isNews(nowMs: number): boolean;
}

const newsEveryMs = 60_000;

/** Nobody has come yet. */
export function createDoor(connectionsMax: number): Door {
  const rate = createAddressRate({
    burst: limits.handshakesBurst,
    everyMs: 1_000 / limits.handshakesPerSecond,
    networkTimes: limits.handshakesNetworkTimes,
  });
  let connections = 0;
  let newsFromMs = Number.NEGATIVE_INFINITY;

  return {
    knock(address, isLocal, nowMs) {
      if (!isLocal && !rate.take(address, nowMs).isTaken) return "too-often";
      if (!isLocal && connections >= connectionsMax) return "too-many";
      connections += 1;
      return "in";
    },
    left() {
      connections -= 1;
    },
    isNews(nowMs) {
      if (nowMs < newsFromMs) return false;
      newsFromMs = nowMs + newsEveryMs;
      return true;
    },
  };
}
