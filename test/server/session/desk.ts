/** Sessions with a room that only writes down its calls, and a connection in each state. */
import { refusal } from "../../../lib/protocol/errors.ts";
import type { CoreMessage } from "../../../lib/server/core.ts";
import type { SessionEffect } from "../../../lib/server/session/effects.ts";
import type { RoomPort } from "../../../lib/server/session/room-port.ts";
import type { SessionInput } from "../../../lib/server/session/sessions.ts";
import { createSessions } from "../../../lib/server/session/sessions.ts";
import { memoryRegistry } from "../../support/rooms.ts";
import { hello, origin } from "../room/scene.ts";

export type Handled = CoreMessage["type"] | "voice";

/** One of each message. */
export const examples: Record<CoreMessage["type"], CoreMessage> = {
  hello: hello("alice"),
  say: { type: "say", text: "hi", ref: "r" },
  whisper: { type: "whisper", to: "bob", text: "hi", ref: "r" },
  who: { type: "who" },
  rename: { type: "rename", name: "al" },
  requestFloor: { type: "requestFloor", seconds: 5, ref: "r" },
  releaseFloor: { type: "releaseFloor", stream: 1, reason: "done" },
  quit: { type: "quit" },
  clips: { type: "clips", ref: "r" },
  fetch: { type: "fetch", first: 0, ref: "r" },
  history: { type: "history", limit: 20, ref: "r" },
  search: { type: "search", words: "hi", limit: 20, ref: "r" },
  unlock: { type: "unlock", request: "x" },
  prove: { type: "prove", finish: "x", proof: "x" },
  whois: { type: "whois", name: "bob", ref: "r" },
  moderate: { type: "moderate", action: "bans", ref: "r" },
};

/** `calls` returns the calls of the room since the last time. */
export function createDesk({ clientsMax = 10, passphrase = false, operators = [] as string[] } = {}) {
  const calls: string[] = [];
  let effects: SessionEffect[] = [];
  const known = { lines: new Set<string>() };
  const room: RoomPort = {
    join: ({ name }) => void calls.push(`join ${name}`),
    restore: ({ name }) => void calls.push(`restore ${name}`),
    detach: ({ name }) => void calls.push(`detach ${name}`),
    resume: ({ name }) => void calls.push(`resume ${name}`),
    leave: ({ name }, reason) => void calls.push(`leave ${name} ${reason}`),
    receive: ({ name }, { type }) => void calls.push(`receive ${name} ${type}`),
    voice({ name }) {
      calls.push(`voice ${name}`);
      return true;
    },
    isRepeated: (_, message) => "ref" in message && known.lines.has(message.ref ?? ""),
    isNamelessSilenced: () => false,
  };
  const registry = memoryRegistry(operators);
  const options = { clientsMax, passphrase, limitsSenders: true, registry };
  const sessions = createSessions(options, room, (effect) => void effects.push(effect));
  let nowMs = 0;
  let lastId = 0;

  function feed(input: SessionInput): SessionEffect[] {
    effects = [];
    sessions.handle(input, { wallMs: nowMs, monotonicMs: nowMs });
    for (const effect of effects) if (effect.type === "registry-change") registry.apply(effect.change);
    return effects;
  }
  function connect(): number {
    lastId += 1;
    feed({ type: "connected", id: lastId, origin: origin(`192.0.2.${lastId}`) });
    return lastId;
  }
  const send = (id: number, type: Handled) =>
    type === "voice"
      ? feed({ type, id, stream: 1, body: new Uint8Array(1) })
      : feed({ type: "message", id, message: examples[type] });
  const greet = (id: number, name: string, publicKey?: string, session?: string) =>
    feed({
      type: "message",
      id,
      message: hello(name, true, session),
      ...(publicKey === undefined ? {} : { publicKey }),
    });
  return {
    sessions,
    registry,
    feed,
    connect,
    send,
    greet,
    known,
    pass: (ms: number) => {
      nowMs += ms;
      sessions.expire({ wallMs: nowMs, monotonicMs: nowMs });
    },
    /** What the room was asked since the last call. */
    calls: () => calls.splice(0),
    join(name: string): number {
      const id = connect();
      greet(id, name, `key of ${name}`, `${name}'s program`);
      calls.length = 0;
      return id;
    },
  };
}

export type Desk = ReturnType<typeof createDesk>;

/** A connection in each state. */
export const reach: Record<"pending" | "joined" | "detached" | "gone", (desk: Desk) => number> = {
  pending: (desk) => desk.connect(),
  joined: (desk) => desk.join("alice"),
  detached(desk) {
    const id = desk.join("alice");
    desk.feed({ type: "broken", id, why: refusal("too-slow") });
    return id;
  },
  gone(desk) {
    const id = desk.connect();
    desk.send(id, "who");
    return id;
  },
};
