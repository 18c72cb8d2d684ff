/**
 * The generic cell rate algorithm (GCRA, ITU-T I.371): a rate limit that stores one number per caller, the theoretical
 * arrival time (TAT). The caller has used its share up to the TAT, and the burst is how far the TAT may lie in the future.
 * Pure.
 */

export interface Rate {
  /** How much may be used on average. Above 0. */
  perSecond: number;
  /** How much may be used at once. Above 0. */
  burst: number;
}

/** The TAT of a caller that has used nothing. */
export const unusedTatMs = Number.NEGATIVE_INFINITY;

/** The ms until `cost` conforms to the rate. Zero or below: it conforms now. */
export function waitMs(tatMs: number, { perSecond, burst }: Rate, cost: number, nowMs: number): number {
  return Math.max(tatMs - nowMs, 0) + ((cost - burst) * 1_000) / perSecond;
}

/** The TAT after `cost` was used, whether it conformed or not. */
export function tatAfter(
  tatMs: number,
  { perSecond }: Pick<Rate, "perSecond">,
  cost: number,
  nowMs: number,
): number {
  return Math.max(tatMs, nowMs) + (cost * 1_000) / perSecond;
}
