/** Reads the duration of an Opus packet from its first bytes, the TOC byte and the frame count (RFC 6716, section 3.1). */

/** Durations of a frame in units of 2.5 ms, by the mode of the packet (RFC 6716, table 2). */
const silkUnits = [4, 8, 16, 24];
const hybridUnits = [4, 8];
const celtUnits = [1, 2, 4, 8];

/** 20 ms, in units of 2.5 ms. */
const voiceUnits = 8;

/** Whether this is the beginning of a packet of 20 ms, in one frame or several; the rest is not checked. */
export function isVoicePacket(packet: Uint8Array): boolean {
  const toc = packet[0];
  if (toc === undefined) return false;
  return framesOf(toc, packet[1]) * frameUnits(toc >> 3) === voiceUnits;
}

function frameUnits(config: number): number {
  if (config < 12) return silkUnits[config % 4] ?? 0;
  if (config < 16) return hybridUnits[config % 2] ?? 0;
  return celtUnits[config % 4] ?? 0;
}

/** Only code 3 has a byte that counts the frames; without that byte the packet has none. */
function framesOf(toc: number, countByte: number | undefined): number {
  const code = toc & 3;
  if (code === 0) return 1;
  if (code < 3) return 2;
  return (countByte ?? 0) & 0x3f;
}
