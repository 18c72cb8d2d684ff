/** The median of a few numbers: the usual value, which a few extreme ones do not move. Pure. */

/** The median; of an even count, the upper of the two in the middle. Undefined for no numbers. The input stays unsorted. */
export function medianOf(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
