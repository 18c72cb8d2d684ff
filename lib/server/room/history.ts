/** The history as the room needs it: the lines, and the questions about them. */
import type { PublicKey } from "../session/identity.ts";

/** A line as it is kept. */
export interface Line {
  id: number;
  /** The author's name at that time. */
  from: string;
  /** None: a guest without a key, who cannot read it again as its author. */
  author?: PublicKey;
  /** The author's client message id. */
  ref?: string;
  /** The name of the one person it is for; none: everyone. */
  to?: string;
  receiver?: PublicKey;
  text: string;
  /** When it was said, ISO 8601. */
  at: string;
}

/** The stored lines, as the room reads them. A line is visible from the next input on, committed or not. */
export interface History {
  /** Names this history: an id of another history means nothing here. */
  readonly name: string;
  /** The highest id ever committed; 0: none. */
  lastId(): number;
  /** The line that this author sent under this ref. */
  find(author: PublicKey, ref: string): Line | undefined;
  /** The number of lines to this key alone since its user left; counts no further than `max`. */
  waiting(publicKey: PublicKey, max: number): number;
}

/** A query for lines that fulfil all of these. */
export interface HistoryQuery {
  /** The reader: lines to everyone, and lines from or to this key. None: a guest, who reads lines to everyone only. */
  reader?: PublicKey;
  /** Only ids from this one on. */
  from: number;
  /** Only ids up to this one: the last id of the room when it took the query, so that no later line is in the answer. */
  upTo: number;
  /** Only ids below this one. */
  before?: number;
  /** Only ids above this one, and then the oldest of them; otherwise the newest. */
  after?: number;
  /** Only lines between two people. */
  isPrivate: boolean;
  /** Only lines with all these words. */
  words?: string;
  limit: number;
}
