/** Shows that the shaped link has the conditions it is given, so that measurements across it can be trusted. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { canMakeLinks, goodLink, type Link, linkHint, openLink } from "./link.ts";
import { requireRig } from "./rigs.ts";
import { createTranscript, readLines } from "./transcript.ts";

const available = requireRig("a shaped link", canMakeLinks(), linkHint);
setDefaultTimeout(120_000);

/** How long no datagram passes. */
const frozenMs = 500;

interface Answers {
  /** Round trips in ms; null for a datagram that was lost. */
  trips: (number | null)[];
  /** The numbers of the datagrams as they came back. */
  order: number[];
}

const probe = ["python3", join(import.meta.dir, "link-probe.py")];
describe.skipIf(!available)("a shaped link", () => {
  let link: Link;

  beforeAll(async () => {
    link = await openLink();
    const far = link.far.spawn([...probe, "answer", link.far.address("link")], { stdout: "pipe" });
    await far.stdout.getReader().read();
  });

  afterAll(() => link.close());

  /** Sends datagrams from near to far; resolves when the first is sent. */
  async function startAsking(count: number, everyMs: number): Promise<{ answers: Promise<Answers> }> {
    const command = [...probe, "ask", link.far.address("link"), String(count), String(everyMs)];
    const program = link.near.spawn(command, { stdout: "pipe" });
    const lines = createTranscript<string>("link probe");
    void readLines(program.stdout, lines.add).finally(lines.end);
    await lines.next((line) => line === "asked", "its first datagram");
    return { answers: lines.next(() => true, "its report").then((line) => JSON.parse(line)) };
  }

  async function ask(count: number, everyMs: number): Promise<Answers> {
    const { answers } = await startAsking(count, everyMs);
    return answers;
  }

  /** Seconds that TCP takes for so many bytes. */
  async function pour(bytes: number): Promise<number> {
    return JSON.parse(await link.near.run([...probe, "pour", link.far.address("link"), String(bytes)]));
  }

  test("is good without any condition", async () => {
    await link.change(goodLink);
    const trips = arrived((await ask(100, 5)).trips);
    expect(trips).toHaveLength(100);
    expect(median(trips)).toBeLessThan(5);
  });

  test("delays both ways, more and less, and keeps the order", async () => {
    await link.change({ ...goodLink, delayMs: 20, jitterMs: 15, seed: 2 });
    const { trips: all, order } = await ask(200, 20);
    const trips = arrived(all);
    expect(trips).toHaveLength(200);
    // Twice 20 ms, each 15 more or less; a busy machine adds to it.
    expect(Math.min(...trips)).toBeGreaterThanOrEqual(10);
    expect(median(trips)).toBeWithin(35, 60);
    expect(Math.max(...trips) - Math.min(...trips)).toBeGreaterThan(25);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  test("loses the given share of packets, and TCP sends them again", async () => {
    await link.change({ ...goodLink, lossShare: 0.1, seed: 3 });
    const { trips } = await ask(500, 2);
    const lost = trips.filter((trip) => trip === null).length;
    // 19 % of round trips; four standard deviations either way.
    expect(lost / trips.length).toBeWithin(0.12, 0.26);
    await link.change({ ...goodLink, lossShare: 0.01, seed: 4 });
    const before = await link.change({});
    await pour(1_000_000);
    const after = await link.change({});
    expect(after.lost[0] - before.lost[0]).toBeGreaterThan(0);
  });

  test("stalls, and then delivers the held packets in one burst", async () => {
    await link.change({ ...goodLink, stallMs: 300, stallEveryMs: 1_000 });
    const trips = arrived((await ask(150, 20)).trips);
    expect(trips).toHaveLength(150);
    expect(Math.max(...trips)).toBeWithin(270, 400);
    const held = trips.filter((trip) => trip > 20).length / trips.length;
    expect(held).toBeWithin(0.2, 0.4);
  });

  test("freezes until it is released", async () => {
    await link.change(goodLink);
    await link.change({ isFrozen: true });
    const { answers } = await startAsking(20, 20);
    await Bun.sleep(frozenMs);
    await link.change({ isFrozen: false });
    const trips = arrived((await answers).trips);
    expect(trips).toHaveLength(20);
    expect(Math.max(...trips)).toBeGreaterThanOrEqual(frozenMs);
  });

  test("is as slow as the given rate", async () => {
    await link.change({ ...goodLink, bytesPerSecond: 50_000 });
    expect(await pour(100_000)).toBeWithin(1.7, 4);
  });
});

function arrived(trips: (number | null)[]): number[] {
  return trips.filter((trip) => trip !== null);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
