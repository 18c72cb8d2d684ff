/** Who is connected and how far they have come: the legal order of a connection's messages as one table. */
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage } from "../../protocol/messages.ts";
import type { ConnectionId, Origin, PublicKey } from "../session/identity.ts";
import type { MessageCount, Rates } from "../session/rate-limit.ts";
import { createMessageCount, createRates } from "../session/rate-limit.ts";

/**
 * `new`: has not said hello. `in`: a member of the room. `away`: a member whose connection was lost, and may come back
 * with another one. `gone`: refused or leaving, nothing counts any more.
 */
export type MemberState = "new" | "in" | "away" | "gone";

type Input = ClientMessage["type"] | "voice";

/** Which messages mean something in which state. Everything else is `out-of-order`. */
const legal: Record<MemberState, ReadonlySet<Input>> = {
  new: new Set<Input>(["unlock", "prove", "hello", "ping", "pong", "quit"]),
  in: new Set<Input>([
    "say",
    "whisper",
    "who",
    "rename",
    "requestFloor",
    "releaseFloor",
    "voice",
    "ping",
    "pong",
    "clips",
    "fetch",
    "history",
    "search",
    "whois",
    "moderate",
    "quit",
  ]),
  // Has no connection: what still arrives on the old one means nothing.
  away: new Set<Input>(),
  gone: new Set<Input>(),
};

/** Whether a connection in this state may send this. */
export function isLegal(state: MemberState, input: Input): boolean {
  return legal[state].has(input);
}

/** Somewhere that nobody knows: the server was started anew since. */
export const nowhere: Origin = { address: "", isLocal: true };

/** A connection that was just made. */
export function createMember(id: ConnectionId, origin: Origin, now: { monotonicMs: number }): Member {
  return {
    id,
    origin,
    state: "new",
    unlocking: "locked",
    isGuest: true,
    ownsNames: false,
    messages: createMessageCount(),
    rates: createRates(),
    name: "",
    hears: false,
    privateClips: new Map(),
    readsFrom: 1,
    awayUntilMs: 0,
    helloByMs: now.monotonicMs + limits.helloTimeoutMs,
  };
}

/** One connection as the room knows it; once it is lost, the place that is kept for whoever had it. */
export interface Member {
  readonly id: ConnectionId;
  readonly origin: Origin;
  state: MemberState;
  /** How far it has come with the passphrase. */
  unlocking: "locked" | "challenged" | "proving" | "unlocked";
  /** Empty until the hello was accepted. */
  name: string;
  /** Whom the server knows them as; none: they have no key. */
  publicKey?: PublicKey;
  /** The name belongs to nobody. */
  isGuest: boolean;
  /** The names that they take belong to them. */
  ownsNames: boolean;
  /** How much came on this connection. */
  readonly messages: MessageCount;
  /** How much they have sent: the same for all sessions of one person. */
  rates: Rates;
  /** Their running program, by which it is known again. */
  session?: string;
  /** Wants to hear voice. */
  hears: boolean;
  /** The kept turns for one person that it may hear, oldest first, and the other one who may. */
  readonly privateClips: Map<number, ConnectionId>;
  /** The first line they may read again. */
  readsFrom: number;
  /** How long the place of one who is away is kept, on the monotonic clock. */
  awayUntilMs: number;
  /** When a connection without a hello is closed, on the monotonic clock. */
  readonly helloByMs: number;
}
