/** The pings by which a client estimates the server's clock: when one is due, and what its answer says. Pure. */
import type { Now } from "../../base/now.ts";
import type { ServerClock } from "./server-clock.ts";
import { createServerClock } from "./server-clock.ts";

export interface PingTracker {
  readonly clock: ServerClock;
  /** The `sent` of a ping to send now, in µs; undefined: the last one is not answered yet. */
  ping(now: Now): number | undefined;
  /** A pong came: it answers a ping of this tracker, or one that the framed connection sent behind voice. */
  answered(pong: { sent: number; at: number }, now: Now): void;
}

/** A tracker for one connection, without a sample. */
export function createPingTracker(): PingTracker {
  const clock = createServerClock();
  let unanswered: number | undefined;
  return {
    clock,
    ping({ monotonicMs }) {
      if (unanswered !== undefined) return undefined;
      unanswered = Math.round(monotonicMs * 1_000);
      return unanswered;
    },
    answered({ sent, at }, { wallMs, monotonicMs }) {
      if (sent === unanswered) unanswered = undefined;
      const roundTripMicros = Math.max(0, monotonicMs * 1_000 - sent);
      clock.learn({ roundTripMicros, receivedAt: wallMs * 1_000, at });
    },
  };
}
