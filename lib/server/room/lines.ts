/** Text: to everyone, and to one person, who may be away. Every line is kept, then sent; none is kept twice. */
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage } from "../../protocol/messages.ts";
import { charCount, cleanLine, nameKey } from "../../protocol/text.ts";
import type { ConnectionId, Now, PublicKey } from "../session/identity.ts";
import type { Line } from "./history.ts";
import type { Member } from "./member.ts";
import { findKnown, isOperator } from "./registry.ts";
import { isSilent } from "./speech.ts";
import type { RoomState, Send } from "./state.ts";
import { everyone, refuse, refuseName, send } from "./state.ts";

type Say = Extract<ClientMessage, { type: "say" }>;
type Whisper = Extract<ClientMessage, { type: "whisper" }>;

/** Whom a whisper is for. */
interface Receiver {
  /** As they are, or were, called. */
  name: string;
  publicKey?: PublicKey;
  /** Where it is heard now; nowhere: it waits. */
  heardBy: ConnectionId[];
}

export function say(room: RoomState, member: Member, { text, ref }: Say, now: Now): void {
  if (isKnownLine(room, member, ref) || isSilent(room, member, ref, now)) return;
  const clean = acceptText(room, member.id, text, ref);
  if (clean !== undefined) keep(room, member, { text: clean, ref }, undefined, now);
}

export function whisper(room: RoomState, member: Member, { to, text, ref }: Whisper, now: Now): void {
  if (isKnownLine(room, member, ref)) return;
  const receiver = findReceiver(room, to);
  if (receiver === undefined) return refuseName(room, member.id, to, ref);
  if (isSilent(room, member, ref, now, isOperator(room, receiver))) return;
  const clean = acceptText(room, member.id, text, ref);
  if (clean === undefined || isFull(room, member.id, receiver, ref)) return;
  keep(room, member, { text: clean, ref }, receiver, now);
}

/** Whether this is a line that came before, and would only be confirmed again. */
export function isRepeated(room: RoomState, member: Member, message: ClientMessage): boolean {
  const isLine = message.type === "say" || message.type === "whisper";
  return isLine && knownLine(room, member, message.ref) !== undefined;
}

function knownLine({ options }: RoomState, { publicKey }: Member, ref: string): Line | undefined {
  return publicKey === undefined ? undefined : options.history.find(publicKey, ref);
}

/** A line that came before is not said again: its author, who does not know that it got through, is told. */
function isKnownLine(room: RoomState, member: Member, ref: string): boolean {
  const line = knownLine(room, member, ref);
  if (line === undefined) return false;
  const receiver =
    line.to === undefined || line.receiver === undefined ? undefined : heard(room, line.to, line.receiver);
  const message = { ...messageOf(line, receiver), ref };
  // One of this turn may still be lost; one from before is kept, whatever becomes of this turn.
  if (line.id <= room.options.history.lastId()) send(room, [member.id], message);
  else {
    const sends: Send[] = [{ type: "send", to: [member.id], message }];
    room.effects.push({ type: "line", sends, author: member.id, ref });
  }
  return true;
}

function keep(
  room: RoomState,
  member: Member,
  { text, ref }: { text: string; ref: string },
  receiver: Receiver | undefined,
  now: Now,
): void {
  room.lastId += 1;
  const line: Line = {
    id: room.lastId,
    from: member.name,
    // Only who is known again can ask for it again.
    ...(member.publicKey === undefined ? {} : { author: member.publicKey, ref }),
    ...(receiver === undefined ? {} : { to: receiver.name }),
    ...(receiver?.publicKey === undefined ? {} : { receiver: receiver.publicKey }),
    text,
    at: new Date(now.wallMs).toISOString(),
  };
  const message = messageOf(line, receiver);
  const confirmed = { ...message, ref };
  const sends: Send[] = [
    { type: "send", to: receiver?.heardBy ?? everyone(room), except: member.id, message },
    { type: "send", to: [member.id], message: confirmed },
  ];
  room.effects.push({ type: "line", line, sends, author: member.id, ref });
}

/** The line as it is sent; the author of one that waits for its receiver is told so. */
function messageOf({ id, from, to, text, at }: Line, receiver: Receiver | undefined) {
  if (to === undefined) return { type: "said" as const, id, from, text, at };
  const away = receiver?.heardBy.length === 0 ? { away: true } : {};
  return { type: "whispered" as const, id, from, to, text, at, ...away };
}

/** Somebody who is here, or would be known again. */
function findReceiver(room: RoomState, to: string): Receiver | undefined {
  const known = findKnown(room, to);
  if (known === undefined) return undefined;
  const { name, publicKey, member } = known;
  if (member !== undefined || publicKey === undefined) {
    const heardBy = member?.state === "in" ? [member.id] : [];
    return { name, ...(publicKey === undefined ? {} : { publicKey }), heardBy };
  }
  const receiver = heard(room, name, publicKey);
  // Where nobody reads what was said before they came, a line for one who left would never be read.
  const isReadLater = room.options.showsHistory || isAway(room, publicKey);
  return receiver.heardBy.length > 0 || isReadLater ? receiver : undefined;
}

/**
 * Where a line to this person is heard now: by whoever has that name, if it is they; if nobody has it, by this person
 * under whatever name they are in, who would not ask for it again.
 */
function heard(room: RoomState, name: string, publicKey: PublicKey): Receiver {
  const holder = room.byName.get(nameKey(name));
  const members = holder?.publicKey === publicKey ? [holder] : [...room.byName.values()];
  const heardBy = members.filter((member) => member.state === "in" && member.publicKey === publicKey);
  return { name, publicKey, heardBy: heardBy.map(({ id }) => id) };
}

function isAway(room: RoomState, publicKey: PublicKey): boolean {
  for (const member of room.away) if (member.publicKey === publicKey) return true;
  return false;
}

/** Whether so many lines wait for this one already that no more are taken; the asker is told. */
function isFull(room: RoomState, asker: ConnectionId, receiver: Receiver, ref: string): boolean {
  const { name, publicKey, heardBy } = receiver;
  const max = limits.waitingLinesMax;
  if (publicKey === undefined || heardBy.length > 0) return false;
  if (room.options.history.waiting(publicKey, max) < max) return false;
  refuse(room, asker, refusal("mailbox-full", { name, max }), ref);
  return true;
}

/** A cleaned text fit to be shown, or undefined after its sender was told why not. */
function acceptText(room: RoomState, id: ConnectionId, text: string, ref: string): string | undefined {
  const clean = cleanLine(text);
  if (clean === "") {
    refuse(room, id, refusal("text-empty"), ref);
    return undefined;
  }
  // Counting takes its time, and there are never more characters than UTF-16 units.
  if (clean.length > limits.textCharsMax && charCount(clean) > limits.textCharsMax) {
    refuse(room, id, refusal("text-too-long", { max: limits.textCharsMax }), ref);
    return undefined;
  }
  return clean;
}
