/** The outbox's contract, number by number. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import type { Outbox } from "../../lib/transport/outbox.ts";
import { createOutbox } from "../../lib/transport/outbox.ts";

/** A frame whose bytes all say who it is. */
const frame = (mark: number, length = 10) => new Uint8Array(length).fill(mark);

/** A socket that takes `takes` bytes of each write, one after another, then everything. */
function createSocket(...takes: number[]) {
  const writes: Uint8Array[] = [];
  return {
    write(bytes: Uint8Array): number {
      const taken = Math.min(takes.shift() ?? bytes.length, bytes.length);
      if (taken > 0) writes.push(bytes.slice(0, taken));
      return taken;
    },
    writes: () => writes.map((bytes) => bytes.length),
    marks: () => runs(Buffer.concat(writes)),
  };
}

/** `aaabb` → `[[a, 3], [b, 2]]` */
function runs(bytes: Uint8Array): [mark: number, length: number][] {
  const found: [number, number][] = [];
  for (const byte of bytes) {
    const last = found.at(-1);
    if (last?.[0] === byte) last[1] += 1;
    else found.push([byte, 1]);
  }
  return found;
}

function fill(outbox: Outbox, ...marks: number[]): void {
  for (const mark of marks) expect(outbox.push(frame(mark), "text", 0)).toBeTrue();
}

describe("1: what is pushed leaves", () => {
  test("in its order, whole and once", () => {
    const outbox = createOutbox();
    const socket = createSocket();
    fill(outbox, 1, 2);
    outbox.push(frame(3), "voice", 0);
    fill(outbox, 4);
    expect(outbox.flush(socket, 0)).toBeTrue();
    expect(outbox.flush(socket, 0)).toBeTrue();
    expect(socket.marks()).toEqual([
      [1, 10],
      [2, 10],
      [3, 10],
      [4, 10],
    ]);
    expect(outbox.pending()).toBe(0);
  });

  test("whole also when the socket takes it in crumbs", () => {
    const outbox = createOutbox();
    const socket = createSocket(3, 3, 3, 3, 3, 3, 3);
    fill(outbox, 1, 2);
    while (!outbox.flush(socket, 0)) expect(outbox.pending()).toBeGreaterThan(0);
    expect(socket.marks()).toEqual([
      [1, 10],
      [2, 10],
    ]);
  });
});

describe("2: text past the limit", () => {
  test("is refused, and what waited before it still leaves", () => {
    const outbox = createOutbox(25);
    const socket = createSocket();
    fill(outbox, 1, 2);
    expect(outbox.push(frame(3), "text", 0)).toBeFalse();
    expect(outbox.pending()).toBe(20);
    outbox.flush(socket, 0);
    expect(socket.marks()).toEqual([
      [1, 10],
      [2, 10],
    ]);
  });

  test("is accepted up to the last byte of it, and again once there is room", () => {
    const outbox = createOutbox(20);
    fill(outbox, 1, 2);
    expect(outbox.push(frame(3, 1), "text", 0)).toBeFalse();
    outbox.flush(createSocket(10, 0), 0);
    fill(outbox, 3);
  });
});

describe("3: voice", () => {
  const late = limits.voiceWaitMsMax + 1;

  test("leaves while it is fresh, and is dropped once it is late", () => {
    const outbox = createOutbox();
    const socket = createSocket();
    outbox.push(frame(1), "voice", 0);
    outbox.push(frame(2), "voice", 1);
    expect(outbox.flush(socket, late)).toBeTrue();
    expect(socket.marks()).toEqual([[2, 10]]);
  });

  test("is not dropped when a part of it was written already", () => {
    const outbox = createOutbox();
    const socket = createSocket(4);
    outbox.push(frame(1), "voice", 0);
    outbox.push(frame(2), "voice", 0);
    expect(outbox.flush(socket, 0)).toBeFalse();
    expect(outbox.flush(socket, late)).toBeTrue();
    expect(socket.marks()).toEqual([[1, 10]]);
  });

  test("of which nothing was written is dropped, though its turn had come", () => {
    const outbox = createOutbox();
    const socket = createSocket(0);
    outbox.push(frame(1), "voice", 0);
    outbox.flush(socket, 0);
    outbox.flush(socket, late);
    expect(socket.marks()).toEqual([]);
    expect(outbox.pending()).toBe(0);
  });

  test("makes no text late", () => {
    const outbox = createOutbox();
    const socket = createSocket();
    fill(outbox, 1);
    outbox.flush(socket, late);
    expect(socket.marks()).toEqual([[1, 10]]);
  });
});

describe("4: past the limit", () => {
  test("voice is dropped without a word", () => {
    const outbox = createOutbox(15);
    fill(outbox, 1);
    expect(outbox.push(frame(2), "voice", 0)).toBeTrue();
    expect(outbox.pending()).toBe(10);
  });

  test("waiting voice makes way for text", () => {
    const outbox = createOutbox(30);
    const socket = createSocket();
    outbox.push(frame(1), "voice", 0);
    fill(outbox, 2);
    outbox.push(frame(3), "voice", 0);
    fill(outbox, 4, 5);
    outbox.flush(socket, 0);
    expect(socket.marks()).toEqual([
      [2, 10],
      [4, 10],
      [5, 10],
    ]);
  });

  test("voice that was begun stays, so that no frame is ever cut", () => {
    const outbox = createOutbox(20);
    const socket = createSocket(5);
    outbox.push(frame(1), "voice", 0);
    outbox.flush(socket, 0);
    fill(outbox, 2);
    expect(outbox.push(frame(3), "text", 0)).toBeFalse();
    outbox.flush(socket, 0);
    expect(socket.marks()).toEqual([
      [1, 10],
      [2, 10],
    ]);
  });
});

describe("5: a flush", () => {
  test("is one write for all that waits", () => {
    const outbox = createOutbox();
    const socket = createSocket();
    fill(outbox, 1, 2, 3);
    outbox.flush(socket, 0);
    expect(socket.writes()).toEqual([30]);
  });

  test("is in batches of whole frames, where more waits than one write takes", () => {
    const outbox = createOutbox();
    const socket = createSocket();
    const third = Math.floor(limits.writeBytesMax / 3) + 1;
    for (const mark of [1, 2, 3]) outbox.push(frame(mark, third), "text", 0);
    outbox.flush(socket, 0);
    expect(socket.writes()).toEqual([2 * third, third]);
  });

  test("writes a frame longer than a batch in one piece", () => {
    const outbox = createOutbox();
    const socket = createSocket();
    const long = limits.writeBytesMax + 1;
    fill(outbox, 1);
    outbox.push(frame(2, long), "text", 0);
    outbox.flush(socket, 0);
    expect(socket.writes()).toEqual([10, long]);
  });

  test("stops where the socket does, and goes on there", () => {
    const outbox = createOutbox();
    const socket = createSocket(12);
    fill(outbox, 1, 2);
    expect(outbox.flush(socket, 0)).toBeFalse();
    expect(outbox.pending()).toBe(8);
    expect(outbox.flush(socket, 0)).toBeTrue();
    expect(socket.writes()).toEqual([12, 8]);
  });

  test("takes a write of -1 for nothing written", () => {
    const outbox = createOutbox();
    const socket = createSocket(-1);
    fill(outbox, 1);
    expect(outbox.flush(socket, 0)).toBeFalse();
    expect(outbox.pending()).toBe(10);
    outbox.flush(socket, 0);
    expect(socket.marks()).toEqual([[1, 10]]);
  });

  test("of nothing writes nothing", () => {
    const socket = createSocket();
    expect(createOutbox().flush(socket, 0)).toBeTrue();
    expect(socket.writes()).toEqual([]);
  });
});

describe("abandoning", () => {
  test("drops what waits", () => {
    const outbox = createOutbox();
    fill(outbox, 1, 2);
    outbox.abandon();
    expect(outbox.pending()).toBe(0);
  });

  test("leaves the rest of a frame that was begun, and room for a last one", () => {
    const outbox = createOutbox(20);
    const socket = createSocket(4);
    fill(outbox, 1, 2);
    outbox.flush(socket, 0);
    outbox.abandon();
    expect(outbox.pending()).toBe(6);
    fill(outbox, 3);
    outbox.flush(socket, 0);
    expect(socket.marks()).toEqual([
      [1, 10],
      [3, 10],
    ]);
  });
});
