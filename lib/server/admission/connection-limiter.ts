/**
 * Decides which connections are admitted, before TLS costs anything. Pure: the caller passes the time.
 *
 * The contract:
 * 1. An address may connect at a limited rate (`limits.handshakesPerSecond`, `limits.handshakesBurst`).
 *    `address-rate-limiter.ts` says how IPv6 networks count, and how much is remembered.
 * 2. There are at most `connectionsMax` connections in all.
 * 3. The server's own machine is always admitted.
 */
import { limits } from "../../protocol/limits.ts";
import { createAddressRateLimiter } from "./address-rate-limiter.ts";

export type Admission = "admitted" | "too-often" | "too-many";

export interface ConnectionLimiter {
  /** Decides about a new connection; an admitted one counts until `left`. */
  admit(address: string, isLocal: boolean, nowMs: number): Admission;
  /** An admitted connection was closed. */
  left(): void;
  /** Whether a warning about refused connections is due: at most one a minute. True starts the minute. */
  isWarningDue(nowMs: number): boolean;
}

const warningEveryMs = 60_000;

/** A limiter without connections. */
export function createConnectionLimiter(connectionsMax: number): ConnectionLimiter {
  const rates = createAddressRateLimiter({
    perSecond: limits.handshakesPerSecond,
    burst: limits.handshakesBurst,
    networkTimes: limits.handshakesNetworkTimes,
  });
  let connections = 0;
  let nextWarningMs = Number.NEGATIVE_INFINITY;

  return {
    admit(address, isLocal, nowMs) {
      if (!isLocal && !rates.take(address, nowMs).isTaken) return "too-often";
      if (!isLocal && connections >= connectionsMax) return "too-many";
      connections += 1;
      return "admitted";
    },
    left() {
      connections -= 1;
    },
    isWarningDue(nowMs) {
      if (nowMs < nextWarningMs) return false;
      nextWarningMs = nowMs + warningEveryMs;
      return true;
    },
  };
}
