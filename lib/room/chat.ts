/** Text: to everyone, and to one person. */
import { refusal } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { ClientMessage } from "../protocol/messages.ts";
import { charCount, cleanLine } from "../protocol/text.ts";
import type { ConnectionId, Member } from "./member.ts";
import type { Now, RoomState } from "./state.ts";
import { everyone, findNamed, refuse, send } from "./state.ts";

type Say = Extract<ClientMessage, { type: "say" }>;
type Whisper = Extract<ClientMessage, { type: "whisper" }>;

export function say(room: RoomState, member: Member, { text, ref }: Say, now: Now): void {
  const clean = acceptText(room, member.id, text, ref);
  if (clean === undefined) return;
  const said = { type: "said" as const, ...nextMessage(room, now), from: member.name, text: clean };
  send(room, everyone(room, member.id), said);
  send(room, [member.id], { ...said, ref });
}

export function whisper(room: RoomState, member: Member, { to, text, ref }: Whisper, now: Now): void {
  const receiver = findNamed(room, member.id, to, ref);
  const clean = receiver && acceptText(room, member.id, text, ref);
  if (receiver === undefined || clean === undefined) return;
  const whispered = {
    type: "whispered" as const,
    ...nextMessage(room, now),
    from: member.name,
    to: receiver.name,
    text: clean,
  };
  if (receiver !== member) send(room, [receiver.id], whispered);
  send(room, [member.id], { ...whispered, ref });
}

/** A cleaned text fit to be shown, or undefined after its sender was told why not. */
function acceptText(room: RoomState, id: ConnectionId, text: string, ref: string): string | undefined {
  const clean = cleanLine(text);
  if (clean === "") {
    refuse(room, id, refusal("text-empty"), ref);
    return undefined;
  }
  if (charCount(clean) > limits.textCharsMax) {
    refuse(room, id, refusal("text-too-long", { max: limits.textCharsMax }), ref);
    return undefined;
  }
  return clean;
}

function nextMessage(room: RoomState, now: Now): { id: number; at: string } {
  room.lastId += 1;
  return { id: room.lastId, at: new Date(now.wallMs).toISOString() };
}
