/** The estimate of the server's clock: how wrong it may be, and when it starts anew. */
import { expect, test } from "bun:test";
import { createServerClock } from "../../../lib/client/core/server-clock.ts";
import { eachSeed } from "../../support/random.ts";

/** A server that is that far ahead, µs, answers a ping after so long there and so long back. */
function sampleOf(ahead: number, sentAt: number, thereMicros: number, backMicros: number) {
  return {
    roundTripMicros: thereMicros + backMicros,
    receivedAt: sentAt + thereMicros + backMicros,
    at: sentAt + thereMicros + ahead,
  };
}

test("nothing is known before the first answer", () => {
  const clock = createServerClock();
  expect([clock.toServer(1), clock.toLocal(1), clock.roundTripMs]).toEqual([undefined, undefined, undefined]);
  clock.learn({ roundTripMicros: Number.NaN, receivedAt: 0, at: 0 });
  clock.learn({ roundTripMicros: -1, receivedAt: 0, at: 0 });
  expect(clock.toServer(1)).toBeUndefined();
});

test("a way that takes as long there as back gives the very clock, both ways", () => {
  const clock = createServerClock();
  clock.learn(sampleOf(-5_000_000, 9_000_000, 700, 700));
  expect(clock.toServer(10_000_000)).toBe(5_000_000);
  expect(clock.toLocal(5_000_000)).toBe(10_000_000);
  expect(clock.roundTripMs).toBe(1.4);
});

test("it is wrong by half of what the ways there and back differ at the most, and by half the shortest round trip", () => {
  eachSeed(300, (random) => {
    const clock = createServerClock();
    const ahead = random.below(2_000_000_000_000) - 1_000_000_000_000;
    const [shortest, jitter] = [100 + random.below(50_000), 1 + random.below(60_000)];
    const way = () => shortest + random.below(jitter);
    const samples = Array.from({ length: 1 + random.below(30) }, (_, index) =>
      sampleOf(ahead, index * 250_000, way(), way()),
    );
    for (const sample of samples) clock.learn(sample);
    const error = Math.abs((clock.toServer(0) ?? Number.NaN) - ahead);
    // Those that count; one that is older by a second may be longer by twice the drift of 100 µs.
    const roundTrips = samples.slice(-8).map(({ roundTripMicros }) => roundTripMicros);
    expect(error).toBeLessThanOrEqual(jitter / 2 + 1);
    expect(error).toBeLessThanOrEqual(Math.min(...roundTrips) / 2 + 8 * 25 + 1);
  });
});

test("one good sample among late ones is what counts, and the usual round trip is told", () => {
  const clock = createServerClock();
  const ways = [40_000, 300, 70_000, 20_000, 50_000];
  for (const [index, there] of ways.entries()) clock.learn(sampleOf(1_000, index * 250_000, there, 200));
  expect(Math.abs((clock.toServer(0) ?? Number.NaN) - 1_000)).toBeLessThanOrEqual(50);
  expect(clock.roundTripMs).toBe(40.2);
});

test("clocks that drift apart are followed", () => {
  const clock = createServerClock();
  const drift = 100e-6;
  const aheadAt = (at: number): number => 5_000 + drift * at;
  for (let at = 0; at <= 600_000_000; at += 10_000_000) {
    // The first is the fastest by far: it must not count for ever.
    clock.learn(sampleOf(aheadAt(at), at, at === 0 ? 10 : 400, at === 0 ? 10 : 400));
    if (at === 0) continue;
    expect(Math.abs((clock.toServer(at) ?? Number.NaN) - at - aheadAt(at))).toBeLessThan(1_500);
  }
});

test.each([3_600_000_000, -3_600_000_000, 50_000])(
  "a clock that is set by %d µs is believed at once",
  (step) => {
    const clock = createServerClock();
    for (let index = 0; index < 8; index += 1) clock.learn(sampleOf(0, index * 10_000_000, 200, 200));
    clock.learn(sampleOf(step, 90_000_000, 3_000, 3_000));
    expect(clock.toServer(0)).toBe(step);
    expect(clock.roundTripMs).toBe(6);
  },
);
