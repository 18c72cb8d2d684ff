/** The middle of a few numbers: what is usual, whatever the worst of them is. */

/** The upper one of two in the middle; undefined where there is none. Changes nothing. */
export function medianOf(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
