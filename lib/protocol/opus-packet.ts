/** What the first bytes of an Opus packet say of its length in time (RFC 6716, section 3.1). */

/** Durations of a frame in units of 2.5 ms, by the packet's mode. */
const silkUnits = [4, 8, 16, 24];
const hybridUnits = [4, 8];
const celtUnits = [1, 2, 4, 8];

/** 20 ms, in units of 2.5 ms. */
const voiceUnits = 8;

/** Whether this is the beginning of a packet of 20 ms, in one frame or several; what follows is not judged. */
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

/** Only code 3 has a byte that counts the frames; without it the packet is none. */
function framesOf(toc: number, countByte: number | undefined): number {
  const code = toc & 3;
  if (code === 0) return 1;
  if (code < 3) return 2;
  return (countByte ?? 0) & 0x3f;
}
