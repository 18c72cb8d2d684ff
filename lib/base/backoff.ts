/** Exponential backoff: the delay before the next attempt to connect grows with each failure. Pure. */

const firstMs = 250;
const longestMs = 8_000;

/**
 * The delay in ms after `failures` failed attempts in a row (1 or more). It doubles from 250 ms up to 8 s. `jitter`, a
 * random number from 0 to 1, takes off up to half of it, so that clients of one lost server do not all return at once.
 */
export function backoffDelayMs(failures: number, jitter: number): number {
  const longest = Math.min(firstMs * 2 ** Math.max(0, failures - 1), longestMs);
  return longest * (0.5 + jitter / 2);
}
