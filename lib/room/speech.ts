/** Who may speak: operators silence people for a while, or are the only ones who speak. */
import { refusal } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { Member } from "./member.ts";
import type { Known } from "./registry.ts";
import { isOperator } from "./registry.ts";
import type { Now, RoomState } from "./state.ts";
import { refuse } from "./state.ts";

/** Coming again changes nothing: people are silenced by their key, and those without one by their address. */
function voiceOf({ person, member }: Known): string {
  return person ?? `at ${member?.origin.address}`;
}

/** Nothing of what they say is heard for so long. */
export function silence({ silencedUntilMs }: RoomState, whom: Known, minutes: number, now: Now): void {
  for (const [voice, untilMs] of silencedUntilMs) {
    if (untilMs <= now.monotonicMs || silencedUntilMs.size >= limits.bansMax) silencedUntilMs.delete(voice);
  }
  silencedUntilMs.set(voiceOf(whom), now.monotonicMs + minutes * 60_000);
}

export function unsilence({ silencedUntilMs }: RoomState, whom: Known): void {
  silencedUntilMs.delete(voiceOf(whom));
}

/** Whether this member may not say this now, and was told so. What is excepted may be said though only operators speak. */
export function isSilent(
  room: RoomState,
  member: Member,
  ref: string,
  now: Now,
  isExcepted = false,
): boolean {
  if (isOperator(room, member)) return false;
  const untilMs = room.silencedUntilMs.get(voiceOf({ ...member, member })) ?? 0;
  const leftMs = untilMs - now.monotonicMs;
  if (leftMs > 0) {
    refuse(room, member.id, refusal("silenced", { seconds: Math.ceil(leftMs / 1_000) }), ref);
    return true;
  }
  if (!room.isAnnouncing || isExcepted) return false;
  refuse(room, member.id, refusal("announce-only"), ref);
  return true;
}
