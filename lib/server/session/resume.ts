/**
 * Session resumption: a session whose connection is lost is kept for a grace period, in which a new connection of the
 * same key can resume it. The other members are told nothing.
 */
import type { Now } from "../../base/now.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { nameKey, parseName } from "../../protocol/text.ts";
import type { ConnectionId, Origin, PublicKey } from "./identity.ts";
import { leave } from "./leave.ts";
import { createMessageUsage, createUsage } from "./rate-limit.ts";
import type { PendingConnection, Session, SessionTable } from "./state.ts";
import { addToTable, forgetProgram, programKey, rememberProgram } from "./state.ts";

/** What a hello asks for. */
export type JoinRequest = Pick<Session, "name" | "publicKey" | "program" | "ownsNames">;

/** The address of a session that has had no connection since the server started. */
const noOrigin: Origin = { address: "", isLocal: true };

/** Whether the session is kept when its connection is lost. */
export function isResumable(session: Session): boolean {
  return programKey(session) !== undefined;
}

/** The session's connection is lost. `detail`: the reason, for the log. */
export function detach(table: SessionTable, session: Session, detail: string, now: Now): void {
  table.connections.delete(session.id);
  session.state = "detached";
  table.room.detach(session);
  awaitResumption(table, session, detail, now);
}

/**
 * The session that this connection resumes: the one of the same program; or the detached one of the same key and name,
 * because the program was restarted. `too-late`: a later connection of the same program has resumed the session already,
 * so the program no longer reads this one.
 */
export function sessionToResume(
  table: SessionTable,
  id: ConnectionId,
  request: JoinRequest,
): Session | "too-late" | undefined {
  const key = programKey(request);
  const own = key === undefined ? undefined : table.byProgram.get(key);
  if (own !== undefined) return own.state === "joined" && own.id > id ? "too-late" : own;
  const holder = table.byName.get(nameKey(request.name));
  const isOwn = request.publicKey !== undefined && holder?.publicKey === request.publicKey;
  return isOwn && holder?.state === "detached" && holder.id < id ? holder : undefined;
}

/** Moves the session to this connection. Its old connection, if it is still open, is told and closed. */
export function resume(
  table: SessionTable,
  session: Session,
  pending: PendingConnection,
  { program, ownsNames }: JoinRequest,
  hearsVoice: boolean,
): void {
  const isReplaced = session.state === "joined";
  if (isReplaced) {
    table.connections.delete(session.id);
    table.emit({ type: "close", id: session.id, why: refusal("replaced") });
  }
  table.detached.delete(session);
  forgetProgram(table, session);
  const { id, origin, messageUsage } = pending;
  Object.assign(session, { state: "joined", id, origin, messageUsage, program, ownsNames });
  rememberProgram(table, session);
  table.pending.delete(pending);
  table.connections.set(id, session);
  const detail = isReplaced ? { detail: "replaced" } : {};
  table.emit({ type: "log", id, what: "returned", name: session.name, ...detail });
  table.room.resume(session, id, hearsVoice);
}

/** The server has started again: the sessions of these members are kept as if they had just lost their connections. */
export function restore(
  table: SessionTable,
  members: { publicKey: PublicKey; name: string }[],
  now: Now,
): void {
  for (const { publicKey, name } of members) {
    if (parseName(name) !== name || table.byName.has(nameKey(name))) continue;
    const session: Session = {
      state: "detached",
      // The ids of connections count up from one.
      id: -1 - table.detached.size,
      origin: noOrigin,
      name,
      publicKey,
      isGuest: table.options.registry.owner(nameKey(name))?.publicKey !== publicKey,
      ownsNames: false,
      program: undefined,
      messageUsage: createMessageUsage(),
      usage: createUsage(),
      detachedUntilMs: 0,
    };
    addToTable(table, session);
    table.room.restore(session);
    awaitResumption(table, session, "restored", now);
  }
}

/** Ends the sessions that were not resumed within the grace period. */
export function expireDetached(table: SessionTable, now: Now): void {
  for (const session of table.detached) {
    if (session.detachedUntilMs > now.monotonicMs) return;
    leave(table, session, "lost");
  }
}

function awaitResumption(table: SessionTable, session: Session, detail: string, now: Now): void {
  session.detachedUntilMs = now.monotonicMs + limits.gracePeriodMs;
  table.detached.add(session);
  table.emit({ type: "log", id: session.id, what: "away", name: session.name, detail });
}
