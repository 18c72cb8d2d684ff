/** The pings of one connection: they tell what time it is at the server, and whether what we say gets there. Pure. */
import { createVoiceGate } from "../../transport/congestion-gate.ts";
import type { ServerClock } from "./server-clock.ts";
import { createServerClock } from "./server-clock.ts";

/** One moment on both clocks of this machine: that of the wall, which may be set, and that which only runs. */
export interface Now {
  wallMs: number;
  monotonicMs: number;
}

export interface Pulse {
  readonly clock: ServerClock;
  /** The `sent` of a ping to send now, if one is due. */
  ping(now: Now): number | undefined;
  /** A pong came; one that answers no ping of ours means nothing. */
  answered(pong: { sent: number; at: number }, now: Now): void;
  /** Whether the server takes what is sent: if not, voice would only come late. */
  isOpen(now: Now): boolean;
}

export function createPulse(): Pulse {
  const gate = createVoiceGate();
  const clock = createServerClock();
  let asked: number | undefined;
  return {
    clock,
    ping({ monotonicMs }) {
      const sent = gate.ping(monotonicMs);
      asked = sent ?? asked;
      return sent;
    },
    answered({ sent, at }, { wallMs, monotonicMs }) {
      if (sent !== asked) return;
      asked = undefined;
      gate.answered(sent, monotonicMs);
      const roundTripMicros = Math.max(0, monotonicMs * 1_000 - sent);
      clock.learn({ roundTripMicros, receivedAt: wallMs * 1_000, at });
    },
    isOpen: ({ monotonicMs }) => gate.isOpen(monotonicMs),
  };
}
