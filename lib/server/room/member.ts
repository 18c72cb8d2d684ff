/** One member of the room: a user, its connection, and its state in the room. */
import type { ConnectionId, Identity } from "../session/identity.ts";

export interface Member {
  /** The session's own object, which changes its name and its guest mark. */
  readonly identity: Identity;
  /** Its connection, or the last one that it had. */
  id: ConnectionId;
  /** It has no connection now: nothing is sent to it, and it hears nothing. */
  isDetached: boolean;
  /** Wants to hear voice. */
  hearsVoice: boolean;
  /** The first line that it may read in the history. */
  readonly readsFrom: number;
  /** The clips for one person that it may hear, the oldest first, each with the other member who may. */
  readonly privateClips: Map<number, Member>;
}
