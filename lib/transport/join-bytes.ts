/** Joins pieces of bytes, so that one write takes them all. */

/** The pieces in one; of a single piece that piece itself. `length` is the sum of their lengths, in bytes. */
export function joinBytes(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
