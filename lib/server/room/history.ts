/** What a room remembers of its conversation, as the room asks for it; whoever runs the room keeps it. */
import type { PublicKey } from "../session/identity.ts";

/** A line as it is kept. */
export interface Line {
  id: number;
  /** The author's name at that time. */
  from: string;
  /** None: a guest, whom nobody would know again. */
  author?: PublicKey;
  /** The author's own number for it. */
  ref?: string;
  /** The name of the one person it is for; none: everyone. */
  to?: string;
  receiver?: PublicKey;
  text: string;
  /** When it was said, ISO 8601. */
  at: string;
}

/** What the room asks of its memory. All that was added before is seen, committed or not. */
export interface History {
  /** Names this memory: ids of another one mean nothing here. */
  readonly name: string;
  /** The highest id ever committed; 0: none. */
  lastId(): number;
  /** The line that this author sent under this ref. */
  find(author: PublicKey, ref: string): Line | undefined;
  /** How many lines were said to this person alone since they left; counts no further than `max`. */
  waiting(publicKey: PublicKey, max: number): number;
}

/** Which kept lines are asked for: all of these hold. */
export interface HistoryQuery {
  /** Who asks: what was said to everyone, and what was said from or to this person alone. None: a guest. */
  reader?: PublicKey;
  /** Only with ids from this one on. */
  from: number;
  /** Only with ids up to this one: the last id of the room when it took the query, so that no later line is in the page. */
  upTo: number;
  /** Only with ids below this one. */
  before?: number;
  /** Only with ids above this one, and then the oldest of them; otherwise the newest. */
  after?: number;
  /** Only those between two people. */
  isPrivate: boolean;
  /** Only with all these words. */
  words?: string;
  limit: number;
}
