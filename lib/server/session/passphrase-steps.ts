/** Before the hello, where a passphrase is needed: its messages, once each and in their order. Whoever runs the room judges them. */
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessage } from "../../protocol/messages.ts";
import type { Member } from "../room/member.ts";
import type { RoomState } from "../room/state.ts";
import { turnAway } from "./handshake.ts";
import type { Now } from "./identity.ts";

type UnlockMessage = Extract<ClientMessage, { type: "unlock" | "prove" }>;

export function unlock(room: RoomState, member: Member, message: UnlockMessage, now: Now): void {
  if (!room.options.passphrase) return turnAway(room, member, refusal("no-passphrase"), now);
  const isInOrder = member.unlocking === (message.type === "unlock" ? "locked" : "challenged");
  if (!isInOrder) return turnAway(room, member, refusal("out-of-order"), now);
  member.unlocking = message.type === "unlock" ? "challenged" : "proving";
  room.effects.push({ type: "unlock", id: member.id, message });
}

/** The passphrase was proven. */
export function unlocked(member: Member): void {
  if (member.unlocking === "proving") member.unlocking = "unlocked";
}
