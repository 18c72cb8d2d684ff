import type { Member } from "../room/member.ts";
import { membersOf } from "../room/registry.ts";
import type { RoomState } from "../room/state.ts";
import type { Now, PublicKey } from "./identity.ts";
import type { Rates } from "./rate-limit.ts";
import { isMadeUpFor } from "./rate-limit.ts";

/** What somebody had sent who has left. */
export interface LeftRates {
  rates: Rates;
  publicKey?: PublicKey;
  /** None: it was the server's own machine. */
  address?: string;
}

const leftMax = 1_000;

/** The allowance of somebody who comes in; undefined: a new one. */
export function findRates(
  room: RoomState,
  { origin }: Member,
  publicKey: PublicKey | undefined,
  now: Now,
): Rates | undefined {
  const { leftRates } = room;
  const [session] = publicKey === undefined ? [] : membersOf(room, { publicKey });
  if (session !== undefined) return session.rates;
  for (const one of leftRates) if (isMadeUpFor(one.rates, now.monotonicMs)) leftRates.delete(one);
  const all = [...leftRates];
  const found =
    all.find((one) => publicKey !== undefined && one.publicKey === publicKey) ??
    all.find((one) => !origin.isLocal && one.address === origin.address);
  if (found !== undefined) leftRates.delete(found);
  return found?.rates;
}

/** This member is not here any more. */
export function leaveRates(room: RoomState, { publicKey, origin, rates }: Member): void {
  const { leftRates } = room;
  if (publicKey !== undefined && membersOf(room, { publicKey }).length > 0) return;
  leftRates.add({
    rates,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(origin.isLocal ? {} : { address: origin.address }),
  });
  const [longestAgo] = leftRates;
  if (longestAgo !== undefined && leftRates.size > leftMax) leftRates.delete(longestAgo);
}
