/** The columns of the message tables. A row without one of them does not compile. */
import type * as v from "valibot";

/** The states in which a connection may send messages. A detached session has no connection. */
export type MessageState = "pending" | "joined";

/** The part of a program that handles a message on the server. */
export type Handler = "transport" | "session" | "room";

/**
 * The lane that a message leaves on. `text` waits within a bound; a peer that reads too slowly is cut off. `presence` is
 * text that may wait a moment longer, so that many of them become one write. `voice` is dropped when it is late.
 */
export type Lane = "text" | "presence" | "voice";

/** A class of messages that are refused together: after one refusal, the whole class is refused for a while. */
export type RateClass = "line" | "question" | "rename" | "floorRequest";

/** The budgets of one sender. Their rates and bursts are in limits.ts. */
export type Budget = "lines" | "lineBytes" | "questions" | "renames" | "voiceSeconds";

/** An amount of a budget: a number, the UTF-8 bytes of a text field, or the value of a number field, at most `max`. */
export type Amount = number | { bytesOf: string } | { field: string; max: number };

/** The price of a message beside the one message that every message counts as. */
export interface Rate {
  /** `none`: never refused for its rate. */
  class: RateClass | "none";
  /** These amounts must be free, and the message takes them. */
  takes: Partial<Record<Budget, Amount>>;
  /** These amounts must be free, and are taken later by what the message begins. */
  needs?: Partial<Record<Budget, Amount>>;
}

interface Row {
  /** The number on the wire. Append-only. */
  kind: number;
  fields: v.GenericSchema;
  meaning: string;
  lane: Lane;
}

/** A message that a client may send. */
export interface ClientRow extends Row {
  /** In any other state the message is `out-of-order`, and closes the connection. */
  states: readonly MessageState[];
  rate: Rate;
  handledBy: Handler;
}

/** A message that the server may send. */
export type ServerRow = Row;
