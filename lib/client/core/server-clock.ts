/**
 * Estimates the server's clock from pings and pongs. Pure: all times are handed in.
 *
 * While an answer was on its way, the server's clock read `at` at some moment of the round trip; half of it is the best
 * guess, wrong by half of what the way there and the way back differ. So the sample with the shortest round trip of the
 * last eight counts, and an older one counts as longer for what the clocks may have drifted apart since: the clock
 * filter of NTP (RFC 5905, section 10).
 */
import { medianOf } from "../../base/median.ts";

/** A ping that was answered. */
export interface ClockSample {
  roundTripMicros: number;
  /** When the answer came, µs on our wall clock. */
  receivedAt: number;
  /** When the server answered, µs on its own clock. */
  at: number;
}

export interface ServerClock {
  /** Takes a sample; an impossible one is ignored. */
  learn(sample: ClockSample): void;
  /** A time on our wall clock as the server has it, both in µs; undefined before the first sample. */
  toServer(local: number): number | undefined;
  /** The other way round. */
  toLocal(server: number): number | undefined;
  /** A usual round trip of late, ms; undefined before the first sample. */
  readonly roundTripMs: number | undefined;
}

interface Kept {
  roundTripMicros: number;
  receivedAt: number;
  /** How far the server's clock is ahead of ours, µs. */
  offset: number;
}

/** As many as NTP keeps. */
const samplesMax = 8;
/** How fast the clocks of two computers usually drift apart at most: 100 µs a second. */
const driftShare = 100e-6;
/** Samples that contradict each other by more than any drift explains: one of the clocks was set. */
const stepMicros = 20_000;

/** A clock that knows nothing yet. */
export function createServerClock(): ServerClock {
  let samples: Kept[] = [];
  let best: Kept | undefined;

  return {
    learn({ roundTripMicros, receivedAt, at }) {
      if (!(roundTripMicros >= 0)) return;
      const kept: Kept = { roundTripMicros, receivedAt, offset: at - (receivedAt - roundTripMicros / 2) };
      if (best !== undefined && contradict(best, kept)) samples = [];
      samples = [...samples, kept].slice(-samplesMax);
      best = samples.reduce((a, b) => (doubt(b, receivedAt) <= doubt(a, receivedAt) ? b : a));
    },
    toServer: (local) => (best === undefined ? undefined : Math.round(local + best.offset)),
    toLocal: (server) => (best === undefined ? undefined : Math.round(server - best.offset)),
    get roundTripMs() {
      const median = medianOf(samples.map(({ roundTripMicros }) => roundTripMicros));
      return median === undefined ? undefined : median / 1_000;
    },
  };
}

/** By how much a sample may be wrong, µs. */
function doubt({ roundTripMicros, receivedAt }: Kept, now: number): number {
  return roundTripMicros / 2 + driftShare * Math.abs(now - receivedAt);
}

/** Whether not both can be true: each is wrong by half its round trip at the most. */
function contradict(a: Kept, b: Kept): boolean {
  return Math.abs(a.offset - b.offset) > (a.roundTripMicros + b.roundTripMicros) / 2 + stepMicros;
}
