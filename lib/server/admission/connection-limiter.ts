/**
 * Decides which connections are admitted, before TLS costs anything. Pure: the caller passes the time.
 *
 * The contract:
 * 1. An address may connect at a limited rate (`limits.handshakesPerSecond`, `limits.handshakesBurst`).
 *    `address-rate-limiter.ts` says how IPv6 networks count, and how much is remembered.
 * 2. There are at most `connectionsMax` connections in all, because each one is a file descriptor.
 * 3. The server's own machine has no rate, and the last connections are for it alone: its operator can come in.
 */
import { limits } from "../../protocol/limits.ts";
import { createAddressRateLimiter } from "./address-rate-limiter.ts";

export type Admission = "admitted" | "too-often" | "too-many";

export interface ConnectionLimiter {
  /** Decides about a new connection; an admitted one counts until `left`. */
  admit(address: string, isLocal: boolean, nowMs: number): Admission;
  /** An admitted connection was closed. */
  left(): void;
  /** The admitted connections that were not closed. */
  open(): number;
  /** Changes the greatest number of connections; those that are open stay. */
  resize(connectionsMax: number): void;
  /** Whether a warning about refused connections is due: at most one a minute. True starts the minute. */
  isWarningDue(nowMs: number): boolean;
}

const warningEveryMs = 60_000;
/** Of all connections, this part is for the server's own machine, up to a maximum. */
const localPart = 1 / 16;
const localMax = 16;

/** A limiter without connections. */
export function createConnectionLimiter(connectionsMax: number): ConnectionLimiter {
  let [max, remoteMax] = [0, 0];
  const rates = createAddressRateLimiter({
    perSecond: limits.handshakesPerSecond,
    burst: limits.handshakesBurst,
    networkTimes: limits.handshakesNetworkTimes,
  });
  let connections = 0;
  let nextWarningMs = Number.NEGATIVE_INFINITY;

  function resize(all: number): void {
    max = all;
    remoteMax = all - Math.min(localMax, Math.floor(all * localPart));
  }

  resize(connectionsMax);
  return {
    admit(address, isLocal, nowMs) {
      if (!isLocal && !rates.take(address, nowMs).isTaken) return "too-often";
      if (connections >= (isLocal ? max : remoteMax)) return "too-many";
      connections += 1;
      return "admitted";
    },
    left() {
      connections -= 1;
    },
    open: () => connections,
    resize,
    isWarningDue(nowMs) {
      if (nowMs < nextWarningMs) return false;
      nextWarningMs = nowMs + warningEveryMs;
      return true;
    },
  };
}
