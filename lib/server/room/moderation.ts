/** Moderation: one table with the target, the protected users, the audience and the function of each action. */
import type { Now } from "../../base/now.ts";
import type { ErrorCode, Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessageOf, ModerationAction, ServerMessageOf } from "../../protocol/messages.ts";
import { cleanLine, nameKey } from "../../protocol/text.ts";
import type { ConnectionId } from "../session/identity.ts";
import type { Ban } from "../session/registry.ts";
import { isOperator } from "../session/registry.ts";
import type { Member } from "./member.ts";
import { silence, unsilence, whyForbidden } from "./speech.ts";
import type { RoomState } from "./state.ts";
import { audienceOf, everyone, refuse, send } from "./state.ts";
import { endTransmissions } from "./transmissions.ts";
import type { User } from "./users.ts";
import { addressOf, findUser, memberNamed, membersOf, shownName } from "./users.ts";

type Moderate = ClientMessageOf<"moderate">;
type Moderated = ServerMessageOf<"moderated">;

/** The operator; without a member: the server's console. */
export interface Actor {
  id: ConnectionId;
  member?: Member;
}

/** One action that is authorized. */
interface Request {
  room: RoomState;
  /** Its name is empty where the action has no target. */
  target: User;
  /** The operator's name; none: the console. */
  by: { by?: string };
  reason: { reason?: string };
  message: Moderate;
  now: Now;
}

/** The kind of target that an action needs. */
type TargetKind = "none" | "optional" | "present" | "known" | "owner" | "owned" | "banned";

/** The users who are protected from an action: operators, operators by `--op`, or the names in `--op` themselves. */
type Protected = "none" | "operators" | "named" | "names";

interface ActionRule {
  needs: TargetKind;
  protects: Protected;
  /** The members who are told, beside the operator. */
  tells: "none" | "target" | "everyone";
  /** Carries the action out. Returns the fields of `moderated` that are not in the request. */
  run(request: Request): Partial<Moderated>;
}

const actions: Record<ModerationAction, ActionRule> = {
  kick: { needs: "present", protects: "operators", tells: "none", run: kick },
  ban: { needs: "known", protects: "operators", tells: "none", run: ban },
  unban: { needs: "banned", protects: "none", tells: "none", run: unban },
  bans: { needs: "none", protects: "none", tells: "none", run: listBans },
  silence: { needs: "known", protects: "operators", tells: "target", run: beginSilence },
  unsilence: { needs: "known", protects: "none", tells: "target", run: endSilence },
  lock: { needs: "none", protects: "none", tells: "everyone", run: lock },
  announce: { needs: "none", protects: "none", tells: "everyone", run: setModerated },
  floor: { needs: "optional", protects: "none", tells: "everyone", run: giveFloor },
  op: { needs: "owner", protects: "none", tells: "target", run: setOperator("op") },
  deop: { needs: "owner", protects: "named", tells: "target", run: setOperator("deop") },
  release: { needs: "owned", protects: "names", tells: "none", run: release },
};

/** Resolves a name to the target of an action; or says why it cannot be one. Undefined: no user has this name. */
const resolveTarget: Record<TargetKind, (room: RoomState, name: string) => User | Refusal | undefined> = {
  none: () => noTarget,
  optional: (room, name) => (name === "" ? noTarget : resolveTarget.present(room, name)),
  present: (room, name) => (memberNamed(room, name) === undefined ? undefined : findUser(room, name)),
  known: findUser,
  owner(room, name) {
    const user = findUser(room, name);
    const isGuest = user !== undefined && (user.publicKey === undefined || isGuestMember(user));
    return isGuest ? refusal("is-guest", { name: user.name }) : user;
  },
  owned: (room, name) =>
    room.options.registry.owner(nameKey(name)) ?? refusal("not-yours", { name: shownName(name) }),
  banned(room, name) {
    const found = room.options.registry.bans().find((one) => nameKey(one.name) === nameKey(name));
    return found === undefined
      ? refusal("not-banned", { name: shownName(name) })
      : { ...noTarget, name: found.name };
  },
};

/** The code of the refusal, if the target is protected. */
const protection: Record<Protected, (room: RoomState, target: User) => ErrorCode | undefined> = {
  none: () => undefined,
  operators: (room, target) => (isOperator(room.options.registry, target) ? "is-operator" : undefined),
  named({ options: { registry } }, { publicKey }) {
    const isNamed = [...registry.operatorNames].some((key) => registry.owner(key)?.publicKey === publicKey);
    return isNamed ? "operator-by-name" : undefined;
  },
  // The next owner of the name would be an operator.
  names: ({ options: { registry } }, { name }) =>
    registry.operatorNames.has(nameKey(name)) ? "operator-by-name" : undefined,
};

const noTarget: User = { name: "", publicKey: undefined };

/** The longest reason; the rest is cut off. */
const reasonCharsMax = 200;

/** Carries an action out and tells the members concerned, or refuses it. */
export function moderate(room: RoomState, actor: Actor, message: Moderate, now: Now): void {
  const { action, ref } = message;
  const rule = actions[action];
  const target = authorize(room, actor, rule, message);
  if ("code" in target) return refuse(room, actor.id, target, ref);
  const by = actor.member === undefined ? {} : { by: actor.member.identity.name };
  const clean = [...cleanLine(message.reason ?? "")].slice(0, reasonCharsMax).join("").trim();
  const reason = clean === "" ? {} : { reason: clean };
  // A member who is removed is told by the goodbye.
  const targeted = rule.tells === "target" ? membersOf(room, target) : [];
  const fields = rule.run({ room, target, by, reason, message, now });
  const name = target.name === "" ? {} : { name: target.name };
  const moderated: Moderated = { type: "moderated", action, ...by, ...name, ...reason, ...fields };
  const { ids } = rule.tells === "everyone" ? everyone(room) : audienceOf(targeted);
  const others = ids.filter((id) => id !== actor.id);
  send(room, others, moderated);
  send(room, [actor.id], { ...moderated, ref });
  const detail = [action, ...detailsOf(moderated)].join(" ");
  room.emit({ type: "log", id: actor.id, what: "moderated", name: target.name, detail, ...by });
}

/** The target of an action that the actor may do; or the refusal. */
function authorize(room: RoomState, { member }: Actor, rule: ActionRule, message: Moderate): User | Refusal {
  const { action, name = "" } = message;
  const mayDo = member === undefined || isOperator(room.options.registry, member.identity);
  if (!mayDo && action !== "release") return refusal("not-operator");
  if (name === "" && rule.needs !== "none" && rule.needs !== "optional") return refusal("name-missing");
  const target = resolveTarget[rule.needs](room, name) ?? refusal("no-such-name", { name: shownName(name) });
  if ("code" in target) return target;
  if (!mayDo && target.publicKey !== member.identity.publicKey)
    return refusal("not-yours", { name: target.name });
  const code = protection[rule.protects](room, target);
  return code === undefined ? target : refusal(code, { name: target.name });
}

function isGuestMember({ member }: User): boolean {
  return member?.identity.isGuest === true;
}

function detailsOf({ on, minutes }: Moderated): string[] {
  if (on !== undefined) return [on ? "on" : "off"];
  return minutes === undefined ? [] : [`for ${minutes} min`];
}

function kick({ room, target: { member }, by, reason }: Request): Partial<Moderated> {
  const name = by.by === undefined ? {} : { name: by.by };
  if (member !== undefined)
    room.sessions.remove(member.identity, "kicked", refusal("kicked", { ...name, ...reason }));
  return {};
}

function ban({ room, target, by, reason }: Request): Partial<Moderated> {
  const { name, publicKey, member } = target;
  const address = addressOf(target);
  const given: Ban = {
    name,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(address === undefined ? {} : { address }),
    ...by,
    ...reason,
  };
  room.sessions.ban(given, member?.identity);
  return {};
}

function unban({ room, target: { name } }: Request): Partial<Moderated> {
  room.sessions.register({ type: "unban", name });
  return {};
}

function listBans({ room }: Request): Partial<Moderated> {
  return { names: room.options.registry.bans().map(({ name }) => name) };
}

function beginSilence({ room, target, message, now }: Request): Partial<Moderated> {
  const minutes = message.minutes ?? limits.silenceMinutesDefault;
  silence(room, target, minutes, now);
  endForbiddenTransmissions(room, now);
  return { minutes };
}

function endSilence({ room, target }: Request): Partial<Moderated> {
  unsilence(room, target);
  return {};
}

function lock({ room, message: { on = true } }: Request): Partial<Moderated> {
  room.sessions.lock(on);
  return { on };
}

function setModerated({ room, message: { on = true }, now }: Request): Partial<Moderated> {
  room.isModerated = on;
  endForbiddenTransmissions(room, now);
  return { on };
}

/** Ends the transmissions of members who may not speak any more. */
function endForbiddenTransmissions(room: RoomState, now: Now): void {
  for (const member of room.members.values()) {
    const hasFloor = room.floor.isGivenTo(member, now.monotonicMs);
    if (whyForbidden(room, member, now, hasFloor) !== undefined)
      endTransmissions(room, room.floor.stop(member), "stopped");
  }
}

function giveFloor({ room, target: { member }, now }: Request): Partial<Moderated> {
  endTransmissions(room, room.floor.give(member, now.monotonicMs), "stopped");
  return {};
}

function setOperator(change: "op" | "deop"): ActionRule["run"] {
  return ({ room, target: { publicKey } }) => {
    if (publicKey !== undefined) room.sessions.register({ type: change, publicKey });
    return {};
  };
}

/** A member with this name keeps it until it leaves. */
function release({ room, target: { name } }: Request): Partial<Moderated> {
  room.sessions.release(name);
  return {};
}
