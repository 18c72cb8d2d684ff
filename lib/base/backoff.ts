/** How long to wait before the next try to connect: ever longer, and not everybody at once. Pure. */

const firstMs = 250;
const longestMs = 8_000;

/** The pause after so many tries that failed, ms; `chance` is from 0 to 1, and spreads those who lost the same server. */
export function backoffDelayMs(failures: number, chance: number): number {
  const longest = Math.min(firstMs * 2 ** Math.max(0, failures - 1), longestMs);
  return longest * (0.5 + chance / 2);
}
