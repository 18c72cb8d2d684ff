/** The way from a new connection to a session: a hello joins the room, resumes a session, or is refused. */
import type { Now } from "../../base/now.ts";
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessageOf } from "../../protocol/messages.ts";
import { protocolVersion } from "../../protocol/messages.ts";
import { parseName } from "../../protocol/text.ts";
import { takeUsage } from "./carried-debt.ts";
import { rejectConnection } from "./closing.ts";
import type { ConnectionId, Origin, PublicKey } from "./identity.ts";
import { bannedRefusal } from "./leave.ts";
import { claimName, whyTaken } from "./names.ts";
import type { Ban } from "./registry.ts";
import { isOperator } from "./registry.ts";
import type { JoinRequest } from "./resume.ts";
import { resume, sessionToResume } from "./resume.ts";
import type { PendingConnection, Session, SessionTable } from "./state.ts";
import { addToTable, createPending } from "./state.ts";

type Hello = ClientMessageOf<"hello">;

/** A connection was made. If too many are pending, the one that has waited longest is closed. */
export function connected(table: SessionTable, id: ConnectionId, origin: Origin, now: Now): void {
  const pending = createPending(id, origin, now);
  table.connections.set(id, pending);
  table.pending.add(pending);
  const pendingMax = table.options.pendingMax ?? limits.pendingConnectionsMax;
  // One address cannot take all of them.
  const perAddressMax = Math.min(limits.pendingPerAddressMax, Math.ceil(pendingMax / 2));
  const neighbours = origin.isLocal ? [] : [...table.pending].filter((one) => isNeighbour(one, pending));
  const [longestWaiting] =
    neighbours.length > perAddressMax ? neighbours : table.pending.size > pendingMax ? table.pending : [];
  if (longestWaiting !== undefined) rejectConnection(table, longestWaiting, refusal("too-many"), now);
}

/** Answers a hello. `publicKey`: the key of the hello, whose signature was checked. */
export function hello(
  table: SessionTable,
  pending: PendingConnection,
  message: Hello,
  publicKey: PublicKey | undefined,
  now: Now,
): void {
  const refuse = (why: Refusal) => rejectConnection(table, pending, why, now);
  const name = parseName(message.name);
  if (message.protocol !== protocolVersion) return refuse(refusal("protocol-version"));
  if (table.options.passphrase && pending.unlocking !== "unlocked")
    return refuse(refusal("passphrase-needed"));
  if (name === undefined) return refuse(refusal("name-invalid", { max: limits.nameCharsMax }));
  const isSilenced = table.room.isNamelessSilenced(publicKey, pending.origin.address, now);
  const request: JoinRequest = {
    name,
    publicKey,
    program: message.session,
    ownsNames: publicKey !== undefined && message.guest !== true && !isSilenced,
  };
  const ban = banOf(table, pending, request);
  if (ban !== undefined) return refuse(bannedRefusal(ban));
  const own = sessionToResume(table, pending.id, request);
  if (own === "too-late") return refuse(refusal("replaced"));
  if (own !== undefined) return resume(table, own, pending, request, message.voice);
  const why = whyKeptOut(table, pending, request);
  if (why !== undefined) return refuse(why);
  join(table, pending, request, message.voice, now);
}

/** Closes the pending connections that have not said hello in time. */
export function expirePending(table: SessionTable, now: Now): void {
  for (const pending of table.pending)
    if (pending.helloByMs <= now.monotonicMs) rejectConnection(table, pending, refusal("hello-timeout"), now);
}

function join(
  table: SessionTable,
  pending: PendingConnection,
  request: JoinRequest,
  hearsVoice: boolean,
  now: Now,
): void {
  const { id, origin, messageUsage } = pending;
  const session: Session = {
    state: "joined",
    id,
    origin,
    ...request,
    isGuest: true,
    messageUsage,
    usage: takeUsage(table, origin, request.publicKey, now),
    detachedUntilMs: 0,
  };
  claimName(table, session, request.name);
  table.pending.delete(pending);
  table.connections.set(id, session);
  addToTable(table, session);
  table.room.join(session, id, hearsVoice);
  table.emit({ type: "log", id, what: "joined", name: session.name });
}

/** Whether both come from one address. */
function isNeighbour(one: { origin: Origin }, other: { origin: Origin }): boolean {
  return one.origin.address === other.origin.address;
}

function banOf(table: SessionTable, { origin }: PendingConnection, request: JoinRequest): Ban | undefined {
  const { registry } = table.options;
  return isOperator(registry, request) ? undefined : registry.banOf(request.publicKey, origin.address);
}

/** Why a new session is refused, if it is. */
function whyKeptOut(
  table: SessionTable,
  pending: PendingConnection,
  request: JoinRequest,
): Refusal | undefined {
  const { name, publicKey } = request;
  const { clientsMax, registry } = table.options;
  if (table.isLocked && !isOperator(registry, request)) return refusal("room-locked");
  const taken = whyTaken(table, name, publicKey);
  if (taken !== undefined) return taken;
  if (table.byName.size >= clientsMax) return refusal("room-full", { max: clientsMax });
  if (pending.origin.isLocal) return undefined;
  const max = Math.ceil(clientsMax / 2);
  const neighbours = [...table.byName.values()].filter((one) => isNeighbour(one, pending));
  return neighbours.length >= max ? refusal("address-full", { max }) : undefined;
}
