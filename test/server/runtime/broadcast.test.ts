/** The broadcast beside one that hands every frame to every connection at once: their connections get the same. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { Lane } from "../../../lib/protocol/messages.ts";
import type { Connection } from "../../../lib/server/runtime/broadcast.ts";
import { Broadcast } from "../../../lib/server/runtime/broadcast.ts";
import { eachSeed } from "../../support/random.ts";

interface Fake extends Connection {
  /** What it was given, by the mark of each frame, and how much of that it has written. */
  readonly given: number[];
  written: number;
  /** Of what it was given, what is not read; it reads all that is written, or nothing. */
  reads: boolean;
}

const lengthBytes = 4;

/** So many bytes that begin with their number; the others are all this mark. */
function frameOf(mark: number, length: number): Uint8Array {
  const frame = new Uint8Array(length).fill(mark);
  new DataView(frame.buffer).setUint32(0, length);
  return frame;
}

function lengthOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

function createFake(): Fake {
  let waiting = 0;
  const push = (bytes: Uint8Array): boolean => {
    if (waiting + bytes.length > limits.outboxBytesMax) return false;
    waiting += bytes.length;
    for (let rest = bytes; rest.length > 0; rest = rest.subarray(lengthOf(rest)))
      fake.given.push(rest[lengthBytes] ?? 0);
    return true;
  };
  const fake: Fake = {
    given: [],
    written: 0,
    reads: true,
    push(bytes) {
      if (push(bytes)) return true;
      fake.flush(0);
      return push(bytes);
    },
    pushVoice: (bytes) => void push(bytes),
    flush() {
      if (!fake.reads) return;
      fake.written = fake.given.length;
      waiting = 0;
    },
  };
  return fake;
}

test("random frames to random receivers reach each connection completely and in order", () => {
  eachSeed(300, (random) => {
    const slow = new Set<number>();
    const broadcast = new Broadcast({ tooSlow: (id) => slow.add(id), due() {} });
    const connections = new Map<number, Fake>();
    const removed = new Map<Fake, number>();
    const expected = new Map<number, number[]>();
    let list: number[] = [];
    let lastId = 0;
    for (let step = 0; step < 300; step += 1) {
      const ids = [...connections.keys()];
      const one = ids[random.below(ids.length)] ?? 0;
      const chance = random.below(20);
      if (chance === 0 || ids.length < 2) {
        lastId += 1;
        const fake = createFake();
        connections.set(lastId, fake);
        expected.set(lastId, []);
        broadcast.add(lastId, fake);
        list = [...list, lastId];
      } else if (chance === 1) {
        const fake = connections.get(one);
        if (fake !== undefined) removed.set(fake, fake.given.length);
        connections.delete(one);
        broadcast.remove(one);
        // The room may not know it yet.
        if (random.below(2) === 0) list = list.filter((id) => id !== one);
      } else if (chance === 2) {
        const fake = connections.get(one);
        if (fake !== undefined) fake.reads = !fake.reads;
      } else if (chance === 3) {
        broadcast.handOver(one, step);
        if (!slow.has(one)) expect(connections.get(one)?.given).toEqual(expected.get(one) ?? []);
      } else if (chance < 6) {
        broadcast.flush(step);
        expect(broadcast.isDue()).toBeFalse();
        for (const [id, { given, reads }] of connections) {
          if (slow.has(id)) expect(reads).toBeFalse();
          else expect(given).toEqual(expected.get(id) ?? []);
        }
      } else {
        // Now and then much at once, so that it is written on the way.
        const frame = frameOf(step & 255, random.below(30) === 0 ? limits.writeBytesMax : 10);
        const traffic = (["text", "text", "presence", "voice"] as const)[random.below(4)] as Lane;
        const some = ids.filter(() => random.below(4) > 0);
        const to = random.below(3) === 0 ? [one] : random.below(8) === 0 ? some : list;
        const except = random.below(2) === 0 ? { except: one } : {};
        broadcast.send({ to, ...except }, frame, traffic, step);
        for (const id of to)
          if (id !== except.except && connections.has(id)) expected.get(id)?.push(step & 255);
      }
    }
    broadcast.stop();
    for (const [{ given }, length] of removed) expect(given).toHaveLength(length);
  });
});

describe("an audience of many", () => {
  const text = (mark: number, length = 1_000) => frameOf(mark, length);

  function createAudience(count: number) {
    const slow: number[] = [];
    const waited = Promise.withResolvers<void>();
    const broadcast = new Broadcast({ tooSlow: (id) => slow.push(id), due: waited.resolve });
    const connections = Array.from({ length: count }, createFake);
    const to = connections.map((_, index) => index + 1);
    for (const [index, connection] of connections.entries()) broadcast.add(index + 1, connection);
    return { broadcast, connections, to, slow, waited: waited.promise };
  }

  test("is given a batch once a flush, and as soon as the batch is as much as a write takes", () => {
    const { broadcast, connections, to } = createAudience(3);
    broadcast.send({ to, except: 1 }, text(1), "text", 0);
    broadcast.send({ to, except: 1 }, text(2), "text", 0);
    expect(connections.map(({ given }) => given.length)).toEqual([0, 0, 0]);
    broadcast.flush(0);
    expect(connections.map(({ given, written }) => [given, written])).toEqual([
      [[], 0],
      [[1, 2], 2],
      [[1, 2], 2],
    ]);
    broadcast.send({ to }, text(3, limits.writeBytesMax), "text", 0);
    expect(connections.map(({ written }) => written)).toEqual([1, 3, 3]);
    expect(broadcast.isDue()).toBeTrue();
  });

  test("does not wait for a connection that reads nothing, which is reported when its outbox is full, and not before", () => {
    const { broadcast, connections, to, slow } = createAudience(3);
    const [, lazy] = connections;
    if (lazy !== undefined) lazy.reads = false;
    const frames = Math.floor(limits.outboxBytesMax / 1_000);
    for (let sent = 0; sent < frames; sent += 1) broadcast.send({ to }, text(sent & 255), "text", 0);
    broadcast.flush(0);
    expect([slow, lazy?.given.length]).toEqual([[], frames]);
    broadcast.send({ to }, text(0), "text", 0);
    broadcast.flush(0);
    expect(slow).toEqual([2]);
    expect(connections.map(({ written }) => written)).toEqual([frames + 1, 0, frames + 1]);
  });

  test("is told of joins and leaves together, in one flush after the wait", async () => {
    const { broadcast, connections, to, slow, waited } = createAudience(limits.presenceAtOnceMax + 1);
    const [first, lazy] = connections;
    if (lazy !== undefined) {
      lazy.reads = false;
      lazy.push(text(9, limits.outboxBytesMax - 1), 0);
    }
    broadcast.send({ to }, text(1, 10), "presence", 0);
    broadcast.send({ to }, text(2, 10), "presence", 0);
    expect(broadcast.isDue()).toBeFalse();
    broadcast.send({ to: [1] }, text(3, 10), "text", 0);
    broadcast.flush(0);
    expect([first?.given, connections.at(-1)?.given]).toEqual([[1, 2, 3], []]);
    await waited;
    // A slow connection is reported by `flush` only: what follows from it would come in between.
    expect([broadcast.isDue(), slow, connections.at(-1)?.given]).toEqual([true, [], []]);
    broadcast.flush(0);
    expect([slow, connections.at(-1)?.given, first?.given]).toEqual([[2], [1, 2], [1, 2, 3]]);
    broadcast.send({ to }, text(4, 10), "text", 0);
    broadcast.send({ to }, text(5, 10), "presence", 0);
    expect(broadcast.isDue()).toBeTrue();
  });

  test("is told in time of joins and leaves that came before a smaller audience was sent something", async () => {
    const { broadcast, connections, to, waited } = createAudience(limits.presenceAtOnceMax + 1);
    const written = () => [0, 2, 4].map((index) => connections[index]?.written);
    broadcast.send({ to }, text(1, 10), "presence", 0);
    broadcast.send({ to: [1, 3] }, text(2, 10), "text", 0);
    expect(broadcast.isDue()).toBeTrue();
    broadcast.flush(0);
    expect(written()).toEqual([2, 2, 0]);
    await waited;
    broadcast.flush(0);
    expect(written()).toEqual([2, 2, 1]);
  });
});
