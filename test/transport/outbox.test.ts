/** The outbox's contract, number by number. */
import { describe, expect, test } from "bun:test";
import { encodedFrameEnd, encodeFrame, headerBytes } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { Outbox } from "../../lib/transport/outbox.ts";

/** A frame of so many bytes, whose kind says which it is. */
const frame = (mark: number, length = 10) => encodeFrame(mark, new Uint8Array(length - headerBytes));

/** A transport that accepts `accepts` bytes of each write, one after another, then everything. */
function createTransport(...accepts: number[]) {
  const writes: Uint8Array[] = [];
  return {
    write(bytes: Uint8Array) {
      const accepted = Math.min(accepts.shift() ?? bytes.length, bytes.length);
      if (accepted > 0) writes.push(bytes.slice(0, accepted));
      return { accepted, mayFollow: accepted === bytes.length };
    },
    writes: () => writes.map((bytes) => bytes.length),
    marks: () => framesIn(Buffer.concat(writes)),
  };
}

/** The kind and the length of each frame; the last one may be cut. */
function framesIn(bytes: Uint8Array): [mark: number, length: number][] {
  const found: [number, number][] = [];
  for (let rest = bytes; rest.length > 0; rest = rest.subarray(found.at(-1)?.[1] ?? rest.length))
    found.push([rest[headerBytes - 1] ?? -1, encodedFrameEnd(rest, 0)]);
  return found;
}

function fill(outbox: Outbox, ...marks: number[]): void {
  for (const mark of marks) expect(outbox.push(frame(mark), "text", 0)).toBeTrue();
}

describe("1: what is pushed leaves", () => {
  test("in its order, whole and once", () => {
    const outbox = new Outbox();
    const transport = createTransport();
    fill(outbox, 1, 2);
    outbox.push(frame(3), "voice", 0);
    fill(outbox, 4);
    expect(outbox.flush(transport, 0)).toBeTrue();
    expect(outbox.flush(transport, 0)).toBeTrue();
    expect(transport.marks()).toEqual([
      [1, 10],
      [2, 10],
      [3, 10],
      [4, 10],
    ]);
    expect(outbox.pending()).toBe(0);
  });

  test("whole also when the transport takes it in crumbs", () => {
    const outbox = new Outbox();
    const transport = createTransport(3, 3, 3, 3, 3, 3, 3);
    fill(outbox, 1, 2);
    while (!outbox.flush(transport, 0)) expect(outbox.pending()).toBeGreaterThan(0);
    expect(transport.marks()).toEqual([
      [1, 10],
      [2, 10],
    ]);
  });
});

describe("2: text past the limit", () => {
  test("is refused, and what waited before it still leaves", () => {
    const outbox = new Outbox(25);
    const transport = createTransport();
    fill(outbox, 1, 2);
    expect(outbox.push(frame(3), "text", 0)).toBeFalse();
    expect(outbox.pending()).toBe(20);
    outbox.flush(transport, 0);
    expect(transport.marks()).toEqual([
      [1, 10],
      [2, 10],
    ]);
  });

  test("is accepted up to the last byte of it, and again once there is room", () => {
    const outbox = new Outbox(24);
    fill(outbox, 1, 2);
    expect(outbox.push(frame(3, 5), "text", 0)).toBeFalse();
    outbox.flush(createTransport(10, 0), 0);
    fill(outbox, 3);
  });
});

describe("3: voice", () => {
  const late = limits.voiceWaitMsMax + 1;

  test("leaves while it is fresh, and is dropped once it is late", () => {
    const outbox = new Outbox();
    const transport = createTransport();
    outbox.push(frame(1), "voice", 0);
    outbox.push(frame(2), "voice", 1);
    expect(outbox.flush(transport, late)).toBeTrue();
    expect(transport.marks()).toEqual([[2, 10]]);
  });

  test("is not dropped when a part of it was written already", () => {
    const outbox = new Outbox();
    const transport = createTransport(4);
    outbox.push(frame(1), "voice", 0);
    outbox.push(frame(2), "voice", 0);
    expect(outbox.flush(transport, 0)).toBeFalse();
    expect(outbox.flush(transport, late)).toBeTrue();
    expect(transport.marks()).toEqual([[1, 10]]);
  });

  test("of which nothing was written is dropped, though its place in the order had come", () => {
    const outbox = new Outbox();
    const transport = createTransport(0);
    outbox.push(frame(1), "voice", 0);
    outbox.flush(transport, 0);
    outbox.flush(transport, late);
    expect(transport.marks()).toEqual([]);
    expect(outbox.pending()).toBe(0);
  });

  test("makes no text late", () => {
    const outbox = new Outbox();
    const transport = createTransport();
    fill(outbox, 1);
    outbox.flush(transport, late);
    expect(transport.marks()).toEqual([[1, 10]]);
  });
});

describe("4: past the limit", () => {
  test("voice is dropped without a word", () => {
    const outbox = new Outbox(15);
    fill(outbox, 1);
    expect(outbox.push(frame(2), "voice", 0)).toBeTrue();
    expect(outbox.pending()).toBe(10);
  });

  test("waiting voice makes way for text", () => {
    const outbox = new Outbox(30);
    const transport = createTransport();
    outbox.push(frame(1), "voice", 0);
    fill(outbox, 2);
    outbox.push(frame(3), "voice", 0);
    fill(outbox, 4, 5);
    outbox.flush(transport, 0);
    expect(transport.marks()).toEqual([
      [2, 10],
      [4, 10],
      [5, 10],
    ]);
  });

  test("voice that was begun stays, so that no frame is ever cut", () => {
    const outbox = new Outbox(20);
    const transport = createTransport(5);
    outbox.push(frame(1), "voice", 0);
    outbox.flush(transport, 0);
    fill(outbox, 2);
    expect(outbox.push(frame(3), "text", 0)).toBeFalse();
    outbox.flush(transport, 0);
    expect(transport.marks()).toEqual([
      [1, 10],
      [2, 10],
    ]);
  });
});

describe("5: a flush", () => {
  test("is one write for all that waits", () => {
    const outbox = new Outbox();
    const transport = createTransport();
    fill(outbox, 1, 2, 3);
    outbox.flush(transport, 0);
    expect(transport.writes()).toEqual([30]);
  });

  test("is in batches of whole frames, where more waits than one write takes", () => {
    const outbox = new Outbox();
    const transport = createTransport();
    const third = Math.floor(limits.writeBytesMax / 3) + 1;
    for (const mark of [1, 2, 3]) outbox.push(frame(mark, third), "text", 0);
    outbox.flush(transport, 0);
    expect(transport.writes()).toEqual([2 * third, third]);
  });

  test("writes a frame longer than a batch in one piece", () => {
    const outbox = new Outbox();
    const transport = createTransport();
    const long = limits.writeBytesMax + 1;
    fill(outbox, 1);
    outbox.push(frame(2, long), "text", 0);
    outbox.flush(transport, 0);
    expect(transport.writes()).toEqual([10, long]);
  });

  test("stops where the transport does, and goes on there", () => {
    const outbox = new Outbox();
    const transport = createTransport(12);
    fill(outbox, 1, 2);
    expect(outbox.flush(transport, 0)).toBeFalse();
    expect(outbox.pending()).toBe(8);
    expect(outbox.flush(transport, 0)).toBeTrue();
    expect(transport.writes()).toEqual([12, 8]);
  });

  test("keeps everything that was not accepted", () => {
    const outbox = new Outbox();
    const transport = createTransport(0);
    fill(outbox, 1);
    expect(outbox.flush(transport, 0)).toBeFalse();
    expect(outbox.pending()).toBe(10);
    outbox.flush(transport, 0);
    expect(transport.marks()).toEqual([[1, 10]]);
  });

  test("stops after a write that the transport accepted whole, if no more may follow", () => {
    const outbox = new Outbox();
    const written: number[] = [];
    const queueing = {
      write({ length }: Uint8Array) {
        written.push(length);
        return { accepted: length, mayFollow: false };
      },
    };
    for (const mark of [1, 2]) outbox.push(frame(mark, limits.writeBytesMax), "text", 0);
    expect(outbox.flush(queueing, 0)).toBeFalse();
    expect([written, outbox.pending()]).toEqual([[limits.writeBytesMax], limits.writeBytesMax]);
  });

  test("stops when the transport takes nothing, whatever it says of more", () => {
    const outbox = new Outbox();
    fill(outbox, 1);
    let writes = 0;
    const write = () => {
      writes += 1;
      if (writes > 10) throw new Error("It is asked again and again.");
      return { accepted: 0, mayFollow: true };
    };
    expect(outbox.flush({ write }, 0)).toBeFalse();
    expect([writes, outbox.pending()]).toEqual([1, 10]);
  });

  test("of nothing writes nothing", () => {
    const transport = createTransport();
    expect(new Outbox().flush(transport, 0)).toBeTrue();
    expect(transport.writes()).toEqual([]);
  });
});

describe("abandoning", () => {
  test("drops what waits", () => {
    const outbox = new Outbox();
    fill(outbox, 1, 2);
    outbox.abandon();
    expect(outbox.pending()).toBe(0);
  });

  test.each([
    ["pushed one by one", [frame(1), frame(2)]],
    ["pushed in one piece", [Buffer.concat([frame(1), frame(2)])]],
  ])("leaves the rest of a frame that was begun, and room for a last one: %s", (_, pieces) => {
    const outbox = new Outbox(20);
    const transport = createTransport(4);
    for (const piece of pieces) outbox.push(piece, "text", 0);
    outbox.flush(transport, 0);
    outbox.abandon();
    expect(outbox.pending()).toBe(6);
    fill(outbox, 3);
    outbox.flush(transport, 0);
    expect(transport.marks()).toEqual([
      [1, 10],
      [3, 10],
    ]);
  });

  test("leaves nothing of a piece whose first frame was written whole", () => {
    const outbox = new Outbox();
    const transport = createTransport(10);
    outbox.push(Buffer.concat([frame(1), frame(2)]), "text", 0);
    outbox.flush(transport, 0);
    outbox.abandon();
    expect(outbox.pending()).toBe(0);
  });
});
