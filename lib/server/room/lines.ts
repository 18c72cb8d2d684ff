/** Lines of text, to everyone or to one person, who may be absent. Every line is stored first, and then sent once. */
import type { Now } from "../../base/now.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ClientMessageOf } from "../../protocol/messages.ts";
import { charCount, cleanLine } from "../../protocol/text.ts";
import type { Send } from "../session/effects.ts";
import type { ConnectionId, PublicKey } from "../session/identity.ts";
import { isOperator } from "../session/registry.ts";
import type { Line } from "./history.ts";
import type { Member } from "./member.ts";
import { refuseIfForbidden } from "./speech.ts";
import type { RoomState } from "./state.ts";
import { audienceOf, everyone, refuse, send } from "./state.ts";
import { findUser, memberNamed, refuseName } from "./users.ts";

type Say = ClientMessageOf<"say">;
type Whisper = ClientMessageOf<"whisper">;

/** The person that a whisper is for. */
interface Receiver {
  /** The present or last name, in its own spelling. */
  name: string;
  publicKey: PublicKey | undefined;
  /** The connections that receive the line now; none: it waits in the history. */
  connections: readonly ConnectionId[];
}

/** A line to everyone. A repeated one is only confirmed again. */
export function say(room: RoomState, member: Member, { text, ref }: Say, now: Now): void {
  if (confirmAgain(room, member, ref) || refuseIfForbidden(room, member, ref, now)) return;
  const clean = acceptText(room, member.id, text, ref);
  if (clean !== undefined) keep(room, member, { text: clean, ref }, undefined, now);
}

/** A line to one person, who may be absent. A repeated one is only confirmed again. */
export function whisper(room: RoomState, member: Member, { to, text, ref }: Whisper, now: Now): void {
  if (confirmAgain(room, member, ref)) return;
  const receiver = findReceiver(room, to);
  if (receiver === undefined) return refuseName(room, member.id, to, ref);
  if (refuseIfForbidden(room, member, ref, now, isOperator(room.options.registry, receiver))) return;
  const clean = acceptText(room, member.id, text, ref);
  if (clean === undefined || refuseIfMailboxFull(room, member.id, receiver, ref)) return;
  keep(room, member, { text: clean, ref }, receiver, now);
}

/** Whether the message repeats a line that is in the history, and is only to be confirmed again. */
export function isRepeated(room: RoomState, member: Member, message: ClientMessage): boolean {
  const isLine = message.type === "say" || message.type === "whisper";
  return isLine && knownLine(room, member, message.ref) !== undefined;
}

function knownLine({ options }: RoomState, { identity }: Member, ref: string): Line | undefined {
  const { publicKey } = identity;
  return publicKey === undefined ? undefined : options.history.find(publicKey, ref);
}

/** Confirms a line that is in the history already: its author did not get the first confirmation. False: it is new. */
function confirmAgain(room: RoomState, member: Member, ref: string): boolean {
  const line = knownLine(room, member, ref);
  if (line === undefined) return false;
  const receiver =
    line.to === undefined || line.receiver === undefined
      ? undefined
      : receiverOf(room, line.to, line.receiver);
  const message = { ...messageOf(line, receiver), ref };
  // A committed line is safe. Any other line can still be lost with the open commit.
  if (line.id <= room.options.history.lastId()) send(room, [member.id], message);
  else {
    const sends: Send[] = [{ type: "send", to: [member.id], message }];
    room.emit({ type: "line", sends, author: member.id, ref });
  }
  return true;
}

function keep(
  room: RoomState,
  { id, identity }: Member,
  { text, ref }: { text: string; ref: string },
  receiver: Receiver | undefined,
  now: Now,
): void {
  room.lastId += 1;
  const line: Line = {
    id: room.lastId,
    from: identity.name,
    // Without a key the author cannot ask for the line again.
    ...(identity.publicKey === undefined ? {} : { author: identity.publicKey, ref }),
    ...(receiver === undefined ? {} : { to: receiver.name }),
    ...(receiver?.publicKey === undefined ? {} : { receiver: receiver.publicKey }),
    text,
    at: new Date(now.wallMs).toISOString(),
  };
  const message = messageOf(line, receiver);
  const confirmed = { ...message, ref };
  const sends: Send[] = [
    { type: "send", to: receiver?.connections ?? everyone(room).ids, except: id, message },
    { type: "send", to: [id], message: confirmed },
  ];
  room.emit({ type: "line", line, sends, author: id, ref });
}

/** The line as it is sent; `away`: it waits for its receiver. */
function messageOf({ id, from, to, text, at }: Line, receiver: Receiver | undefined) {
  if (to === undefined) return { type: "said" as const, id, from, text, at };
  const away = receiver?.connections.length === 0 ? { away: true } : {};
  return { type: "whispered" as const, id, from, to, text, at, ...away };
}

/** A member, or an owner of the name who can read the line later. */
function findReceiver(room: RoomState, to: string): Receiver | undefined {
  const user = findUser(room, to);
  if (user === undefined) return undefined;
  const { name, publicKey, member } = user;
  if (member !== undefined || publicKey === undefined)
    return { name, publicKey, connections: audienceOf(member === undefined ? [] : [member]).ids };
  const receiver = receiverOf(room, name, publicKey);
  // Where new members read no earlier lines, a line to an absent user would never be read.
  const isReadLater = room.options.showsHistory || isDetached(room, publicKey);
  return receiver.connections.length > 0 || isReadLater ? receiver : undefined;
}

/**
 * The receiver with this key. Its connection is the one under `name`; if it does not use that name now, every connection
 * of the key gets the line, because a connected client does not ask for waiting lines.
 */
function receiverOf(room: RoomState, name: string, publicKey: PublicKey): Receiver {
  const holder = memberNamed(room, name);
  const members = holder?.identity.publicKey === publicKey ? [holder] : [...room.members.values()];
  const own = members.filter(({ identity }) => identity.publicKey === publicKey);
  return { name, publicKey, connections: audienceOf(own).ids };
}

function isDetached(room: RoomState, publicKey: PublicKey): boolean {
  for (const member of room.members.values())
    if (member.isDetached && member.identity.publicKey === publicKey) return true;
  return false;
}

/** Refuses a line for a receiver for whom too many lines wait already; true: it was refused. */
function refuseIfMailboxFull(
  room: RoomState,
  requester: ConnectionId,
  receiver: Receiver,
  ref: string,
): boolean {
  const { name, publicKey, connections } = receiver;
  const max = limits.waitingLinesMax;
  if (publicKey === undefined || connections.length > 0) return false;
  if (room.options.history.waiting(publicKey, max) < max) return false;
  refuse(room, requester, refusal("mailbox-full", { name, max }), ref);
  return true;
}

/** The text, cleaned; undefined: its sender was told why it is refused. */
function acceptText(room: RoomState, id: ConnectionId, text: string, ref: string): string | undefined {
  const clean = cleanLine(text);
  if (clean === "") {
    refuse(room, id, refusal("text-empty"), ref);
    return undefined;
  }
  // Counting takes time, and there are never more characters than UTF-16 units.
  if (clean.length > limits.textCharsMax && charCount(clean) > limits.textCharsMax) {
    refuse(room, id, refusal("text-too-long", { max: limits.textCharsMax }), ref);
    return undefined;
  }
  return clean;
}
