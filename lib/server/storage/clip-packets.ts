/** The packets of a clip as they stand in the room file: in a row, each behind its length as u16, big-endian. Pure. */

export function joinPackets(packets: Uint8Array[]): Uint8Array {
  const size = packets.reduce((sum, packet) => sum + packet.length + 2, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const packet of packets) {
    view.setUint16(at, packet.length);
    bytes.set(packet, at + 2);
    at += packet.length + 2;
  }
  return bytes;
}

/** The packets are views of the given bytes. */
export function splitPackets(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const packets: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 2 + view.getUint16(at);
    packets.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return packets;
}
