/** The end of a session: by its user, by an operator, or because its grace period is over. */
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import { carryDebt } from "./carried-debt.ts";
import type { Ban } from "./registry.ts";
import type { Session, SessionTable } from "./state.ts";
import { removeFromTable, sessionsOf } from "./state.ts";

/** Ends a session and tells the room. `detail`: the reason for the log. */
export function leave(
  table: SessionTable,
  session: Session,
  reason: "quit" | "lost" | "kicked" | "banned",
  detail: string = reason,
): void {
  removeFromTable(table, session);
  carryDebt(table, session);
  table.room.leave(session, reason);
  table.emit({ type: "log", id: session.id, what: "left", name: session.name, detail });
}

/** Ends a session on behalf of an operator; its client, if it is connected, is told why. */
export function remove(
  table: SessionTable,
  session: Session,
  reason: "kicked" | "banned",
  why: Refusal,
): void {
  const isJoined = session.state === "joined";
  leave(table, session, reason);
  if (isJoined) table.emit({ type: "close", id: session.id, why });
}

/** Records the ban and ends the sessions that it applies to: all of its key, or `session` where there is no key. */
export function ban(table: SessionTable, given: Ban, session: Session | undefined): void {
  table.emit({ type: "registry-change", change: { type: "ban", ban: given } });
  const ofKey = sessionsOf(table, given.publicKey);
  const ended = given.publicKey === undefined && session !== undefined ? [session] : ofKey;
  for (const one of ended) remove(table, one, "banned", bannedRefusal(given));
}

/** The refusal that a banned user reads. */
export function bannedRefusal({ by, reason }: Ban): Refusal {
  const name = by === undefined ? {} : { name: by };
  return refusal("banned", { ...name, ...(reason === undefined ? {} : { reason }) });
}
