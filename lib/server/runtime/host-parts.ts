/** The parts that a host is given, each by the smallest interface that the host needs. */
import type { Refusal } from "../../protocol/errors.ts";
import type { ClientMessageOf, ServerMessage, ServerMessageOf } from "../../protocol/messages.ts";
import type { Core, CoreEffect } from "../core.ts";
import type { HistoryQuery } from "../room/history.ts";
import type { ConnectionId, PublicKey } from "../session/identity.ts";
import type { CommitLog } from "./commit-log.ts";

type Effect<Type extends CoreEffect["type"]> = Extract<CoreEffect, { type: Type }>;
type HistoryMessage = ServerMessageOf<"history">;

export interface HostParts {
  core: Core;
  /** Where outcomes become durable. */
  commitLog: CommitLog;
  archive: Archive;
  /** The members who were present when the last run of the server ended. */
  present: { publicKey: PublicKey; name: string }[];
  log: ConnectionLog;
  /** Whether the signature of a hello was made with this key, for this channel binding; both are base64url. */
  isSignedBy(key: PublicKey, signature: string | undefined, channelBinding: Uint8Array): boolean;
  /** None: the room has no passphrase. */
  createPassphraseLogin?(sink: PassphraseLoginSink): PassphraseLogin;
  /** Whether the rate of a sender is limited. */
  limitsSenders: boolean;
  /** Receives the answers to `command`. */
  onAnswer?(message: ServerMessage): void;
}

/** Answers queries from committed data. Never throws. */
export interface Archive {
  history(query: HistoryQuery): Omit<HistoryMessage, "type" | "ref">;
  /** The answer to `clips`. */
  listClips(effect: Effect<"list-clips">): ServerMessage;
  /** The answer to `fetch`: `clip`, or an error. */
  readClip(effect: Effect<"fetch-clip">): ServerMessage;
}

/** The server's log, as the host needs it. */
export interface ConnectionLog {
  event(what: string, fields: Record<string, string | number>): void;
}

/** Checks passphrases, and answers later. */
export interface PassphraseLogin {
  take(applicant: Applicant, message: ClientMessageOf<"unlock" | "prove">): void;
  /** The connection is gone. */
  forget(id: ConnectionId): void;
}

/** A connection on which a passphrase is to be proven. */
export interface Applicant {
  id: ConnectionId;
  address: string;
  binding(): Uint8Array;
}

export interface PassphraseLoginSink {
  send(id: ConnectionId, message: ServerMessage): void;
  /** The passphrase was proven. */
  unlocked(id: ConnectionId): void;
  refuse(id: ConnectionId, why: Refusal): void;
}
