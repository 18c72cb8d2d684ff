/**
 * Whose allowance it is that `rate-limit.ts` counts: coming again brings nobody a new one.
 *
 * The contract:
 * 1. All who are in or away with one key have one allowance.
 * 2. Who leaves, leaves behind what is not made up for yet. It goes to the next who comes with this key; else to the one
 *    who comes next from this address, with a key that left nothing or without any. So there are never more allowances
 *    than there were connections at once, and many behind one address do not share one.
 * 3. On the server's own machine it goes by the key alone.
 * 4. What is left is bounded: of more than `leftMax`, the one that was left longest ago is forgotten.
 */
import type { PublicKey } from "../room/history.ts";
import type { Member } from "../room/member.ts";
import { membersOf } from "../room/registry.ts";
import type { Now, RoomState } from "../room/state.ts";
import type { Rates } from "./rate-limit.ts";
import { isMadeUpFor } from "./rate-limit.ts";

/** What somebody had sent who has left. */
export interface LeftRates {
  rates: Rates;
  person?: PublicKey;
  /** None: it was the server's own machine. */
  address?: string;
}

const leftMax = 1_000;

/** The allowance of somebody who comes in; undefined: a new one. */
export function findRates(
  room: RoomState,
  { origin }: Member,
  person: PublicKey | undefined,
  now: Now,
): Rates | undefined {
  const { leftRates } = room;
  const [session] = person === undefined ? [] : membersOf(room, { person });
  if (session !== undefined) return session.rates;
  for (const one of leftRates) if (isMadeUpFor(one.rates, now.monotonicMs)) leftRates.delete(one);
  const all = [...leftRates];
  const found =
    all.find((one) => person !== undefined && one.person === person) ??
    all.find((one) => !origin.isLocal && one.address === origin.address);
  if (found !== undefined) leftRates.delete(found);
  return found?.rates;
}

/** This member is not here any more. */
export function leaveRates(room: RoomState, { person, origin, rates }: Member): void {
  const { leftRates } = room;
  if (person !== undefined && membersOf(room, { person }).length > 0) return;
  leftRates.add({
    rates,
    ...(person === undefined ? {} : { person }),
    ...(origin.isLocal ? {} : { address: origin.address }),
  });
  const [longestAgo] = leftRates;
  if (longestAgo !== undefined && leftRates.size > leftMax) leftRates.delete(longestAgo);
}
