/** The clients of a simulated world, as far as the invariants look at them. */
import type { ClientEvent } from "../../lib/client/api.ts";
import type { Chat } from "../../lib/client/core/chat.ts";
import type { Connection } from "./server.ts";

/** A line that a client has sent, and its outcome. */
export interface SentLine {
  text: string;
  to?: string;
  fate: "open" | "confirmed" | "refused" | "unknown";
  confirmations: number;
}

/** One run of a client program; a client that starts again has a new one. */
export interface Run {
  readonly chat: Chat;
  readonly session: string;
  readonly events: ClientEvent[];
  readonly lines: Map<string, SentLine>;
  isIn: boolean;
  /** The code with which its reconnection was refused, after which a real program ends. */
  turnedAway: string | undefined;
}

export interface Client {
  readonly name: string;
  /** Shows earlier and missed lines; a client that only sends lines does not. */
  readonly catchesUp: boolean;
  readonly publicKey: string;
  /** All runs of its program, the newest last. */
  readonly runs: Run[];
  connection: Connection | undefined;
  /** The time of the last message from the server. */
  receivedMs: number;
  seen: { history: string; id: number } | undefined;
}
