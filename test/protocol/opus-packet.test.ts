/** The 32 configurations and four codes of RFC 6716, table 2 and section 3.2, and what the real encoder makes. */
import { describe, expect, test } from "bun:test";
import { createEncoder } from "../../lib/audio/codec/codec.ts";
import { isVoicePacket } from "../../lib/protocol/opus-packet.ts";

/** Durations in ms by configuration, as the table has them. */
const tableMs = [
  ...[0, 4, 8].flatMap(() => [10, 20, 40, 60]),
  ...[12, 14].flatMap(() => [10, 20]),
  ...[16, 20, 24, 28].flatMap(() => [2.5, 5, 10, 20]),
];

describe.each(tableMs.map((ms, config) => [config, ms] as const))("configuration %d, %d ms", (config, ms) => {
  const toc = (code: number) => (config << 3) | code;

  test("in one frame, in two, in as many as are counted", () => {
    expect(isVoicePacket(Uint8Array.of(toc(0)))).toBe(ms === 20);
    expect(isVoicePacket(Uint8Array.of(toc(1), 1, 1))).toBe(ms === 10);
    expect(isVoicePacket(Uint8Array.of(toc(2), 1, 1, 1))).toBe(ms === 10);
    for (let count = 0; count < 64; count += 1) {
      for (const flags of [0x00, 0x40, 0x80, 0xc0])
        expect(isVoicePacket(Uint8Array.of(toc(3), flags | count, 1))).toBe(ms * count === 20);
    }
    expect(isVoicePacket(Uint8Array.of(toc(3)))).toBeFalse();
  });

  test("in stereo is no less of it", () => {
    expect(isVoicePacket(Uint8Array.of(toc(0) | 4))).toBe(ms === 20);
  });
});

test("nothing is no packet", () => expect(isVoicePacket(new Uint8Array())).toBeFalse());

test("what our own encoder makes is always one", async () => {
  const encoder = await createEncoder();
  for (let frame = 0; frame < 100; frame += 1) {
    // Silence at first, then a tone.
    const samples = Int16Array.from({ length: 960 }, (_, index) =>
      frame < 50 ? 0 : 8_000 * Math.sin((frame * 960 + index) / 20),
    );
    expect(isVoicePacket(encoder.encode(samples))).toBeTrue();
  }
  encoder.free();
});
