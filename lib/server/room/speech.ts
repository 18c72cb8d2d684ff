/** Who may speak: operators silence users for a while, or switch on moderated mode, in which only operators speak. */
import type { Now } from "../../base/now.ts";
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { PublicKey } from "../session/identity.ts";
import { isOperator } from "../session/registry.ts";
import type { Member } from "./member.ts";
import type { RoomState } from "./state.ts";
import { refuse } from "./state.ts";
import type { User } from "./users.ts";
import { addressOf } from "./users.ts";

/** Silences the user's key, and its address, by which users without a name are recognised. */
export function silence({ silencedUntilMs }: RoomState, user: User, minutes: number, now: Now): void {
  for (const key of silenceKeysOf(user)) {
    for (const [other, untilMs] of silencedUntilMs)
      if (untilMs <= now.monotonicMs || silencedUntilMs.size >= limits.bansMax) silencedUntilMs.delete(other);
    silencedUntilMs.set(key, now.monotonicMs + minutes * 60_000);
  }
}

export function unsilence({ silencedUntilMs }: RoomState, user: User): void {
  for (const key of silenceKeysOf(user)) silencedUntilMs.delete(key);
}

/** The ms for which a user of this address is still silenced, if the key owns no name. A new key does not help. */
export function namelessSilenceMs(
  room: RoomState,
  publicKey: PublicKey | undefined,
  address: string,
  now: Now,
): number {
  const leftMs = (room.silencedUntilMs.get(addressKey(address)) ?? 0) - now.monotonicMs;
  return leftMs > 0 && !room.options.registry.ownsAny(publicKey) ? leftMs : 0;
}

/** Why this member may not speak now; undefined: it may. `isExempt`: moderated mode does not forbid it. */
export function whyForbidden(
  room: RoomState,
  member: Member,
  now: Now,
  isExempt: boolean,
): Refusal | undefined {
  const { publicKey, origin } = member.identity;
  if (isOperator(room.options.registry, member.identity)) return undefined;
  const byKeyMs =
    publicKey === undefined ? 0 : (room.silencedUntilMs.get(publicKey) ?? now.monotonicMs) - now.monotonicMs;
  const leftMs = Math.max(byKeyMs, namelessSilenceMs(room, publicKey, origin.address, now));
  if (leftMs > 0) return refusal("silenced", { seconds: Math.ceil(leftMs / 1_000) });
  return room.isModerated && !isExempt ? refusal("announce-only") : undefined;
}

/** Refuses a request of a member who may not speak now; true: it was refused. `isExempt` as in `whyForbidden`. */
export function refuseIfForbidden(
  room: RoomState,
  member: Member,
  ref: string | undefined,
  now: Now,
  isExempt = false,
): boolean {
  const why = whyForbidden(room, member, now, isExempt);
  if (why !== undefined) refuse(room, member.id, why, ref);
  return why !== undefined;
}

function silenceKeysOf(user: User): string[] {
  const address = addressOf(user);
  return [
    ...(user.publicKey === undefined ? [] : [user.publicKey]),
    ...(address === undefined ? [] : [addressKey(address)]),
  ];
}

/** The key of an address in `silencedUntilMs`. It cannot be equal to a public key. */
function addressKey(address: string): string {
  return `at ${address}`;
}
