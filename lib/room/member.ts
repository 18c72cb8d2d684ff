/** Who is connected and how far they have come: the legal order of a connection's messages as one table. */
import type { ClientMessage } from "../protocol/messages.ts";

/** Numbers a connection for as long as the server runs; never used twice. */
export type ConnectionId = number;

/** `new`: has not said hello. `in`: a member of the room. `gone`: refused or leaving, nothing counts any more. */
export type MemberState = "new" | "in" | "gone";

type Input = ClientMessage["type"] | "voice";

/** Which messages mean something in which state. Everything else is `out-of-order`. */
const legal: Record<MemberState, ReadonlySet<Input>> = {
  new: new Set<Input>(["hello", "ping", "pong", "quit"]),
  in: new Set<Input>([
    "say",
    "whisper",
    "who",
    "rename",
    "talk",
    "hush",
    "voice",
    "ping",
    "pong",
    "clips",
    "fetch",
    "quit",
  ]),
  gone: new Set<Input>(),
};

/** Whether a connection in this state may send this. */
export function isLegal(state: MemberState, input: Input): boolean {
  return legal[state].has(input);
}

/** One connection as the room knows it. */
export interface Member {
  readonly id: ConnectionId;
  state: MemberState;
  /** Empty until the hello was accepted. */
  name: string;
  /** Wants to hear voice. */
  hears: boolean;
  /** The kept turns for one person that it may hear, oldest first, and the other one who may. */
  readonly privateClips: Map<number, ConnectionId>;
  /** When a connection without a hello is closed, on the monotonic clock. */
  readonly helloByMs: number;
}
