/**
 * Estimates the server's clock from pings and their answers, by the clock filter of NTP (RFC 5905, section 10). Pure: all
 * times are passed in.
 *
 * The server's clock read `at` at some moment of the round trip. The middle of the round trip is the best guess; its error
 * is at most half of the round trip. So the best of the last eight samples is the one with the shortest round trip, and an
 * older sample counts as longer, because the clocks may have drifted apart since.
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
/** The usual maximum by which the clocks of two computers drift apart: 100 µs a second. */
const driftShare = 100e-6;
/** Samples that differ by more than this, which no drift explains: one of the clocks was set. */
const stepMicros = 20_000;

/** A clock without a sample. */
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

/** Whether two samples contradict each other: the error of each is at most half of its round trip. */
function contradict(a: Kept, b: Kept): boolean {
  return Math.abs(a.offset - b.offset) > (a.roundTripMicros + b.roundTripMicros) / 2 + stepMicros;
}
