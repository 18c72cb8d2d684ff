/** The end of a connection: the server rejects it, the network loses it, or the client quits. */
import type { Now } from "../../base/now.ts";
import type { Refusal } from "../../protocol/errors.ts";
import { leave } from "./leave.ts";
import { detach, isResumable } from "./resume.ts";
import type { PendingConnection, Session, SessionTable } from "./state.ts";
import { forgetPending } from "./state.ts";

/** Closes a connection and says why. The session of a client that was only too slow may be resumed. */
export function rejectConnection(
  table: SessionTable,
  client: PendingConnection | Session,
  why: Refusal,
  now: Now,
): void {
  const { id } = client;
  if (client.state === "pending") {
    table.emit({ type: "log", id, what: "refused", name: "", detail: why.code });
    forgetPending(table, client);
  } else if (why.code === "too-slow" && isResumable(client)) detach(table, client, why.code, now);
  else leave(table, client, "lost", why.code);
  table.emit({ type: "close", id, why });
}

/** The connection is gone; a session that may be resumed is kept. */
export function closed(table: SessionTable, client: PendingConnection | Session, now: Now): void {
  if (client.state === "pending") forgetPending(table, client);
  else if (isResumable(client)) detach(table, client, "lost", now);
  else leave(table, client, "lost");
}

/** The client leaves; its session is not kept. */
export function quit(table: SessionTable, client: PendingConnection | Session): void {
  if (client.state === "pending") forgetPending(table, client);
  else leave(table, client, "quit");
  table.emit({ type: "close", id: client.id });
}
