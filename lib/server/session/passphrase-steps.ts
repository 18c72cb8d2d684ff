/** The messages of the passphrase login before the hello: each once, and in order. The runtime checks the proofs. */
import type { Now } from "../../base/now.ts";
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessageOf } from "../../protocol/messages.ts";
import { rejectConnection } from "./closing.ts";
import type { PendingConnection, SessionTable } from "./state.ts";

type UnlockMessage = ClientMessageOf<"unlock" | "prove">;

/** Takes `unlock` or `prove`, and has the runtime check it. */
export function unlock(
  table: SessionTable,
  pending: PendingConnection,
  message: UnlockMessage,
  now: Now,
): void {
  if (!table.options.passphrase) return rejectConnection(table, pending, refusal("no-passphrase"), now);
  const isInOrder = pending.unlocking === (message.type === "unlock" ? "locked" : "challenged");
  if (!isInOrder) return rejectConnection(table, pending, refusal("out-of-order"), now);
  pending.unlocking = message.type === "unlock" ? "challenged" : "proving";
  table.emit({ type: "unlock", id: pending.id, message });
}

/** The passphrase was proven. */
export function unlocked(pending: PendingConnection): void {
  if (pending.unlocking === "proving") pending.unlocking = "unlocked";
}
