/** What the core asks of its runtime on behalf of connections and sessions. */
import type { Refusal } from "../../protocol/errors.ts";
import type { ClientMessageOf, ServerMessage } from "../../protocol/messages.ts";
import type { ConnectionId } from "./identity.ts";
import type { RegistryChange } from "./registry.ts";

/** Send one message to the connections in `to`, without `except`. */
export interface Send {
  type: "send";
  to: readonly ConnectionId[];
  except?: ConnectionId;
  message: ServerMessage;
}

/** Write a line into the server's log. */
export interface LogEffect {
  type: "log";
  id: ConnectionId;
  what: "joined" | "left" | "renamed" | "refused" | "away" | "returned" | "moderated";
  name: string;
  detail?: string;
  /** The operator who did it; none: the server's console, or no operator at all. */
  by?: string;
}

export type SessionEffect =
  | Send
  | LogEffect
  /** Apply this change to the registry at once: the next input must see it. */
  | { type: "registry-change"; change: RegistryChange }
  /** Check this step of the passphrase. Answer it with the input `unlocked` or `broken`. */
  | { type: "unlock"; id: ConnectionId; message: ClientMessageOf<"unlock" | "prove"> }
  /** Say goodbye with this refusal, then close. Without a refusal, the client has quit: close without a goodbye. */
  | { type: "close"; id: ConnectionId; why?: Refusal };
