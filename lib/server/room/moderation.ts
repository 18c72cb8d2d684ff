/** What operators do: one table of whom each deed needs, who is told of it, and what it does. */
import type { ErrorCode, Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ModerationAction, ServerMessage } from "../../protocol/messages.ts";
import { cleanLine, nameKey } from "../../protocol/text.ts";
import { banned, remove } from "../session/handshake.ts";
import type { ConnectionId, Now } from "../session/identity.ts";
import type { Ban } from "../session/registry.ts";
import type { Member } from "./member.ts";
import type { Known } from "./registry.ts";
import { addressOf, findKnown, isOperator, membersOf, register } from "./registry.ts";
import { silence, unsilence, whySilent } from "./speech.ts";
import type { RoomState } from "./state.ts";
import { everyone, refuse, send, shownName } from "./state.ts";
import { endTurns } from "./transmissions.ts";

type Moderate = Extract<ClientMessage, { type: "moderate" }>;
type Moderated = Extract<ServerMessage, { type: "moderated" }>;

/** Who does it; without a member: whoever runs the server. */
export interface Actor {
  id: ConnectionId;
  member?: Member;
}

/** What is to be done. */
interface Case {
  room: RoomState;
  whom: Known;
  /** Which operator does it. */
  by: { by?: string };
  reason: { reason?: string };
  message: Moderate;
  now: Now;
}

/** In which way a deed needs somebody. */
type Needs = "nobody" | "perhaps" | "here" | "known" | "owner" | "owned" | "banned";

/** Whom a deed is not done to: operators, those whom the server was told by a name of theirs, or those very names. */
type Spares = "nobody" | "operators" | "named" | "names";

interface Deed {
  needs: Needs;
  spares: Spares;
  /** Who is told beside whoever does it. */
  tells: "nobody" | "them" | "everybody";
  /** Returns what is to be told beside what was asked for. */
  run(about: Case): Partial<Moderated>;
}

const deeds: Record<ModerationAction, Deed> = {
  kick: { needs: "here", spares: "operators", tells: "nobody", run: kick },
  ban: { needs: "known", spares: "operators", tells: "nobody", run: ban },
  unban: { needs: "banned", spares: "nobody", tells: "nobody", run: unban },
  bans: { needs: "nobody", spares: "nobody", tells: "nobody", run: listBans },
  silence: { needs: "known", spares: "operators", tells: "them", run: beginSilence },
  unsilence: { needs: "known", spares: "nobody", tells: "them", run: endSilence },
  lock: { needs: "nobody", spares: "nobody", tells: "everybody", run: lock },
  announce: { needs: "nobody", spares: "nobody", tells: "everybody", run: announce },
  floor: { needs: "perhaps", spares: "nobody", tells: "everybody", run: giveFloor },
  op: { needs: "owner", spares: "nobody", tells: "them", run: setOperator("op") },
  deop: { needs: "owner", spares: "named", tells: "them", run: setOperator("deop") },
  release: { needs: "owned", spares: "names", tells: "nobody", run: release },
};

/** Whom a name means, for each way to need somebody; or why that is nobody. */
const findings: Record<Needs, (room: RoomState, name: string) => Known | Refusal | undefined> = {
  nobody: () => ({ name: "" }),
  perhaps: (room, name) => (name === "" ? { name } : findings.here(room, name)),
  here: (room, name) => (room.byName.has(nameKey(name)) ? findKnown(room, name) : undefined),
  known: findKnown,
  owner(room, name) {
    const known = findKnown(room, name);
    const isGuest = known !== undefined && (known.publicKey === undefined || known.member?.isGuest === true);
    return isGuest ? refusal("is-guest", { name: known.name }) : known;
  },
  owned: (room, name) =>
    room.options.registry.owner(nameKey(name)) ?? refusal("not-yours", { name: shownName(name) }),
  banned(room, name) {
    const ban = room.options.registry.bans().find((one) => nameKey(one.name) === nameKey(name));
    return ban === undefined ? refusal("not-banned", { name: shownName(name) }) : { name: ban.name };
  },
};

/** Why it is not done to somebody, if so. */
const sparing: Record<Spares, (room: RoomState, whom: Known) => ErrorCode | undefined> = {
  nobody: () => undefined,
  operators: (room, whom) => (isOperator(room, whom) ? "is-operator" : undefined),
  named({ options: { registry } }, { publicKey }) {
    const isNamed = [...registry.operatorNames].some((key) => registry.owner(key)?.publicKey === publicKey);
    return isNamed ? "operator-by-name" : undefined;
  },
  // Whoever took it next would be an operator.
  names: ({ options: { registry } }, { name }) =>
    registry.operatorNames.has(nameKey(name)) ? "operator-by-name" : undefined,
};

/** Of a reason, so many characters count. */
const reasonCharsMax = 200;

/** Does it, and tells whom it concerns; or says why not. */
export function moderate(room: RoomState, actor: Actor, message: Moderate, now: Now): void {
  const { action, ref } = message;
  const deed = deeds[action];
  const whom = judge(room, actor, deed, message);
  if ("code" in whom) return refuse(room, actor.id, whom, ref);
  const by = actor.member === undefined ? {} : { by: actor.member.name };
  const clean = [...cleanLine(message.reason ?? "")].slice(0, reasonCharsMax).join("").trim();
  const reason = clean === "" ? {} : { reason: clean };
  // Whoever is removed is told by the goodbye.
  const them = deed.tells === "them" ? membersOf(room, whom) : [];
  const told = deed.run({ room, whom, by, reason, message, now });
  const name = whom.name === "" ? {} : { name: whom.name };
  const moderated: Moderated = { type: "moderated", action, ...by, ...name, ...reason, ...told };
  const ids = deed.tells === "everybody" ? everyone(room) : them.filter(isIn).map(({ id }) => id);
  const others = ids.filter((id) => id !== actor.id);
  send(room, others, moderated);
  send(room, [actor.id], { ...moderated, ref });
  const detail = [action, ...detailsOf(moderated)].join(" ");
  room.effects.push({ type: "log", id: actor.id, what: "moderated", name: whom.name, detail, ...by });
}

/** Whom it is done to, or why it is not. */
function judge(room: RoomState, { member }: Actor, deed: Deed, message: Moderate): Known | Refusal {
  const { action, name = "" } = message;
  const mayDo = member === undefined || isOperator(room, member);
  if (!mayDo && action !== "release") return refusal("not-operator");
  if (name === "" && deed.needs !== "nobody" && deed.needs !== "perhaps") return refusal("name-missing");
  const whom = findings[deed.needs](room, name) ?? refusal("no-such-name", { name: shownName(name) });
  if ("code" in whom) return whom;
  if (!mayDo && whom.publicKey !== member.publicKey) return refusal("not-yours", { name: whom.name });
  const spared = sparing[deed.spares](room, whom);
  return spared === undefined ? whom : refusal(spared, { name: whom.name });
}

function isIn({ state }: Member): boolean {
  return state === "in";
}

function detailsOf({ on, minutes }: Moderated): string[] {
  if (on !== undefined) return [on ? "on" : "off"];
  return minutes === undefined ? [] : [`for ${minutes} min`];
}

function kick({ room, whom: { member }, by, reason }: Case): Partial<Moderated> {
  const name = by.by === undefined ? {} : { name: by.by };
  if (member !== undefined) remove(room, member, "kicked", refusal("kicked", { ...name, ...reason }));
  return {};
}

function ban({ room, whom, by, reason }: Case): Partial<Moderated> {
  const { name, publicKey } = whom;
  const address = addressOf(whom);
  const kept: Ban = {
    name,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(address === undefined ? {} : { address }),
    ...by,
    ...reason,
  };
  register(room, { type: "ban", ban: kept });
  for (const one of membersOf(room, whom)) remove(room, one, "banned", banned(kept));
  return {};
}

function unban({ room, whom: { name } }: Case): Partial<Moderated> {
  register(room, { type: "unban", name });
  return {};
}

function listBans({ room }: Case): Partial<Moderated> {
  return { names: room.options.registry.bans().map(({ name }) => name) };
}

function beginSilence({ room, whom, message, now }: Case): Partial<Moderated> {
  const minutes = message.minutes ?? limits.silenceMinutesDefault;
  silence(room, whom, minutes, now);
  endTurnsOfSilent(room, now);
  return { minutes };
}

function endSilence({ room, whom }: Case): Partial<Moderated> {
  unsilence(room, whom);
  return {};
}

function lock({ room, message: { on = true } }: Case): Partial<Moderated> {
  room.isLocked = on;
  return { on };
}

function announce({ room, message: { on = true }, now }: Case): Partial<Moderated> {
  room.isAnnouncing = on;
  endTurnsOfSilent(room, now);
  return { on };
}

/** Who may not speak any more does not talk on. */
function endTurnsOfSilent(room: RoomState, now: Now): void {
  for (const member of room.byName.values()) {
    const hasFloor = room.floor.isGivenTo(member.id, now.monotonicMs);
    if (whySilent(room, member, now, hasFloor) !== undefined)
      endTurns(room, room.floor.stop(member.id), "stopped");
  }
}

function giveFloor({ room, whom: { member }, now }: Case): Partial<Moderated> {
  endTurns(room, room.floor.give(member?.id, now.monotonicMs), "stopped");
  return {};
}

function setOperator(change: "op" | "deop"): Deed["run"] {
  return ({ room, whom: { publicKey } }) => {
    if (publicKey !== undefined) register(room, { type: change, publicKey });
    return {};
  };
}

/** Whoever has the name keeps it until they leave. */
function release({ room, whom: { name } }: Case): Partial<Moderated> {
  register(room, { type: "release", name });
  const holder = room.byName.get(nameKey(name));
  if (holder !== undefined) holder.isGuest = true;
  return {};
}
