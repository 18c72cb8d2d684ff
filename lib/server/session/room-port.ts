/** The room as sessions need it. The room implements this; sessions know nothing else of it. */
import type { Now } from "../../base/now.ts";
import type { ClientMessageHandledBy } from "../../protocol/messages.ts";
import type { ConnectionId, Identity, PublicKey } from "./identity.ts";

/** A well-formed voice frame: the stream number in it, and its whole body, which is valid only during the call. */
export interface RelayedFrame {
  stream: number;
  body: Uint8Array;
}

/**
 * The contract:
 * 1. A user is a member from `join` or `restore` to `leave`, under the same `Identity` object.
 * 2. Between `detach`, or `restore`, and `resume` the member has no connection: `receive` and `voice` are not called.
 * 3. Only messages that are legal and within their rate limit arrive here.
 */
export interface RoomPort {
  /** A new member: tells the others, and welcomes it. */
  join(identity: Identity, connection: ConnectionId, hearsVoice: boolean): void;
  /** A member from the last run of the server; it has no connection yet. */
  restore(identity: Identity): void;
  /** The member lost its connection; the others are told nothing. */
  detach(identity: Identity): void;
  /** The member has this connection in place of the one before, and is welcomed. */
  resume(identity: Identity, connection: ConnectionId, hearsVoice: boolean): void;
  /** The member is gone; the others are told. */
  leave(identity: Identity, reason: "quit" | "lost" | "kicked" | "banned"): void;
  /** A message of this member. */
  receive(identity: Identity, message: ClientMessageHandledBy<"room">, now: Now): void;
  /** False: the frame was not passed on. */
  voice(identity: Identity, frame: RelayedFrame, now: Now): boolean;
  /** Whether the message repeats a line that is in the history, so that the room only confirms it again. */
  isRepeated(identity: Identity, message: ClientMessageHandledBy<"room">): boolean;
  /** Whether a user with this key at this address is silenced by the address, because the key owns no name. */
  isNamelessSilenced(publicKey: PublicKey | undefined, address: string, now: Now): boolean;
}
