/** Voice frames: encoding and decoding give the same frame, and only 20 ms of Opus are accepted. */
import { limits } from "../../lib/protocol/limits.ts";
import { isVoicePacket } from "../../lib/protocol/opus-packet.ts";
import { decodeVoice, encodeVoice, voiceHeaderBytes } from "../../lib/protocol/voice-frame.ts";
import { demand, fuzzer } from "./target.ts";
import { anyBytes } from "./texts.ts";

/** The length of a packet in tenths of ms by the table of RFC 6716, section 3.1, row by row; undefined: it has none. */
function tenthsOf(packet: Uint8Array): number | undefined {
  const [toc, second] = packet;
  if (toc === undefined) return undefined;
  const config = toc >> 3;
  const lengths =
    config < 12 ? [100, 200, 400, 600] : config < 16 ? [100, 200, 100, 200] : [25, 50, 100, 200];
  const one = lengths[config % 4] ?? 0;
  const code = toc & 3;
  if (code === 3) return second === undefined ? undefined : one * (second % 64);
  return code === 0 ? one : one * 2;
}

export const voice = fuzzer<Uint8Array>({
  name: "voice",
  wanted: ["accepted", "refused", "too long", "header cut", "several frames"],
  make(random) {
    const packet = random.chance(0.02)
      ? new Uint8Array(limits.packetBytesMax + random.below(3) - 1)
      : anyBytes(random, 40);
    if (packet.length > 0 && random.chance(0.6))
      packet[0] = random.pick([0x78, 0x79, 0x7b, 0x08, 0xf8, 0x0b, random.below(256)]);
    const stream = random.below(2 ** 32);
    const capturedAt = random.pick([0, 2 ** 53 - 1, random.below(2 ** 48)]);
    const body = encodeVoice({ stream, sequence: random.below(2 ** 32), capturedAt, payload: packet });
    return random.chance(0.1) ? body.subarray(0, random.below(voiceHeaderBytes + 2)) : body;
  },
  check(body, seen) {
    const packet = body.subarray(voiceHeaderBytes);
    const isVoice = tenthsOf(packet) === 200;
    demand(isVoicePacket(packet) === isVoice, "a packet is of 20 ms, or is not");
    const decoded = decodeVoice(body);
    const fits = body.length > voiceHeaderBytes && body.length <= limits.voiceBytesMax;
    demand((decoded !== undefined) === (fits && isVoice), "is taken if it is voice");
    if (body.length <= voiceHeaderBytes) seen("header cut");
    if (body.length > limits.voiceBytesMax) seen("too long");
    if (decoded === undefined) return seen("refused");
    seen("accepted");
    if (((packet[0] ?? 0) & 3) === 3) seen("several frames");
    demand(Bun.deepEquals(encodeVoice(decoded), body), "comes back as it was", decoded);
  },
  *smaller(body) {
    for (let length = body.length - 1; length >= 0; length -= 1) yield body.subarray(0, length);
  },
});
