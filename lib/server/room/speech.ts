/** Who may speak: operators silence people for a while, or are the only ones who speak. */
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Now, PublicKey } from "../session/identity.ts";
import type { Member } from "./member.ts";
import type { Known } from "./registry.ts";
import { addressOf, isOperator } from "./registry.ts";
import type { RoomState } from "./state.ts";
import { refuse } from "./state.ts";

/** By what people are silenced: their key, and their address, by which somebody without a name is known. */
function voicesOf(whom: Known): string[] {
  const address = addressOf(whom);
  return [
    ...(whom.publicKey === undefined ? [] : [whom.publicKey]),
    ...(address === undefined ? [] : [voiceAt(address)]),
  ];
}

/** No key looks like this. */
function voiceAt(address: string): string {
  return `at ${address}`;
}

/** Nothing of what they say is heard for so long. */
export function silence({ silencedUntilMs }: RoomState, whom: Known, minutes: number, now: Now): void {
  for (const own of voicesOf(whom)) {
    for (const [voice, untilMs] of silencedUntilMs) {
      if (untilMs <= now.monotonicMs || silencedUntilMs.size >= limits.bansMax) silencedUntilMs.delete(voice);
    }
    silencedUntilMs.set(own, now.monotonicMs + minutes * 60_000);
  }
}

export function unsilence({ silencedUntilMs }: RoomState, whom: Known): void {
  for (const voice of voicesOf(whom)) silencedUntilMs.delete(voice);
}

/** How long somebody who comes from there and owns no name is silenced still. A new name would be a way out of that. */
export function namelessSilenceMs(
  room: RoomState,
  publicKey: PublicKey | undefined,
  address: string,
  now: Now,
): number {
  const leftMs = (room.silencedUntilMs.get(voiceAt(address)) ?? 0) - now.monotonicMs;
  return leftMs > 0 && !room.options.registry.ownsAny(publicKey) ? leftMs : 0;
}

/** Why this member may not speak now, if so. What is excepted may be said though only operators speak. */
export function whySilent(
  room: RoomState,
  member: Member,
  now: Now,
  isExcepted: boolean,
): Refusal | undefined {
  if (isOperator(room, member)) return undefined;
  const { publicKey, origin } = member;
  const byKeyMs =
    publicKey === undefined ? 0 : (room.silencedUntilMs.get(publicKey) ?? now.monotonicMs) - now.monotonicMs;
  const leftMs = Math.max(byKeyMs, namelessSilenceMs(room, publicKey, origin.address, now));
  if (leftMs > 0) return refusal("silenced", { seconds: Math.ceil(leftMs / 1_000) });
  return room.isAnnouncing && !isExcepted ? refusal("announce-only") : undefined;
}

/** Whether this member may not say this now, and was told so. */
export function isSilent(
  room: RoomState,
  member: Member,
  ref: string | undefined,
  now: Now,
  isExcepted = false,
): boolean {
  const why = whySilent(room, member, now, isExcepted);
  if (why !== undefined) refuse(room, member.id, why, ref);
  return why !== undefined;
}
