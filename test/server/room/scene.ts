/** A room with its clock, and short ways to come in, to speak, and to say what must follow. */
import type { ErrorCode } from "../../../lib/protocol/errors.ts";
import type { ClientMessage, ServerMessage } from "../../../lib/protocol/messages.ts";
import type { CoreInput } from "../../../lib/server/core.ts";
import { consoleId, createCore } from "../../../lib/server/core.ts";
import type { CoreEffect, CoreOptions } from "../../../lib/server/room/state.ts";
import type { ConnectionId, Origin } from "../../../lib/server/session/identity.ts";
import { deliveries, fakeHistory, memoryRegistry, roomOptions } from "../../support/rooms.ts";

/** When every scene begins, on the clock that people read. */
export const beginsAt = "2026-11-22T10:00:00.000Z";

export const hello = (name: string, voice = true, session?: string): ClientMessage => ({
  type: "hello",
  protocol: 1,
  name,
  voice,
  ...(session === undefined ? {} : { session }),
});

/** Who comes, if not a guest. */
export interface Known {
  publicKey?: string;
  session?: string;
  voice?: boolean;
  guest?: boolean;
}

/** The machine of the room itself. */
export const local: Origin = { address: "127.0.0.1", isLocal: true };

/** Somewhere else on the network. */
export const origin = (address = "192.0.2.7"): Origin => ({ address, isLocal: false });

/** `operators`: the names whose owners are. */
export function createScene({
  operators = [],
  ...options
}: Partial<CoreOptions> & { operators?: string[] } = {}) {
  const history = fakeHistory(41);
  const registry = memoryRegistry(operators);
  const room = createCore({ ...roomOptions, history, registry, ...options });
  let nowMs = 0;
  let lastId: ConnectionId = 0;

  function feed(input: CoreInput): CoreEffect[] {
    const effects = room.handle(input, { wallMs: Date.parse(beginsAt) + nowMs, monotonicMs: nowMs });
    for (const effect of effects) {
      if (effect.type === "line" && effect.line !== undefined) history.add(effect.line);
      if (effect.type === "registry-change") registry.apply(effect.change);
      if (effect.type === "presence")
        history.recordPresence(effect.publicKey, effect.name, effect.isPresent, effect.lastId);
    }
    return effects;
  }
  function connect(from: Origin = local): ConnectionId {
    lastId += 1;
    feed({ type: "connected", id: lastId, origin: from });
    return lastId;
  }
  const tell = (id: ConnectionId, message: ClientMessage) => feed({ type: "message", id, message });
  /** Says hello as somebody whom the server knows again. */
  function greet(id: ConnectionId, name: string, { publicKey, session, voice, guest }: Known): CoreEffect[] {
    const message = { ...hello(name, voice, session), ...(guest === undefined ? {} : { guest }) };
    return feed({
      type: "message",
      id,
      message,
      ...(publicKey === undefined ? {} : { publicKey: publicKey }),
    });
  }
  return {
    room,
    history,
    registry,
    feed,
    greet,
    /** Comes in with a person and a program that are named after the name, unless others are given. */
    joinKnown(name: string, known: Known = {}): ConnectionId {
      const id = connect();
      greet(id, name, { publicKey: `key of ${name}`, session: `${name}'s program`, ...known });
      return id;
    },
    lose: (id: ConnectionId) => feed({ type: "closed", id }),
    connect,
    tell,
    join(name: string, voice = true): ConnectionId {
      const id = connect();
      tell(id, hello(name, voice));
      return id;
    },
    /** Sends one voice frame. */
    speak: (id: ConnectionId, stream: number, sequence = 0) =>
      feed({ type: "voice", id, stream, body: Uint8Array.of(sequence) }),
    tick: () => feed({ type: "tick" }),
    pass(ms: number) {
      nowMs += ms;
    },
    now: () => nowMs,
  };
}

export type Scene = ReturnType<typeof createScene>;

/** Three people, of whom carol hears no voice. */
export function trio(options: Partial<CoreOptions> = {}) {
  const scene = createScene(options);
  return { scene, alice: scene.join("alice"), bob: scene.join("bob"), carol: scene.join("carol", false) };
}

/** Whom the server knows alice by. */
export const alices = { publicKey: "key of alice", session: "alice's program" } satisfies Known;

/** Two whom the server knows again. */
export function pair() {
  const scene = createScene();
  return { scene, alice: scene.joinKnown("alice"), bob: scene.joinKnown("bob") };
}

/** Connects and says hello. */
export function comeBack(scene: Scene, name = "alice", known: Known = alices) {
  const id = scene.connect();
  return { id, effects: scene.greet(id, name, known) };
}

/** Asks for the floor. */
export const ask = (scene: Scene, id: ConnectionId, seconds = 5, to?: string): CoreEffect[] =>
  scene.tell(id, { type: "requestFloor", seconds, ref: "r", ...(to === undefined ? {} : { to }) });

/** Effects as tests expect them. */
export const sent = (to: ConnectionId[], message: ServerMessage): CoreEffect => ({
  type: "send",
  to,
  message,
});

/** What one connection is sent; the end of a turn that is kept as it is sent when it could not be. */
export function messagesTo(id: ConnectionId, effects: CoreEffect[]): ServerMessage[] {
  return effects.flatMap((effect) => {
    if (effect.type === "clip") return effect.to.includes(id) ? [effect.ended] : [];
    return deliveries([effect]).flatMap(({ to, message }) => (to.includes(id) ? [message] : []));
  });
}

/** Who is in, as whoever runs the server is told. */
export function namesIn(scene: Scene): string[] {
  const answers = messagesTo(consoleId, scene.feed({ type: "console", message: { type: "who" } }));
  return answers.flatMap((message) => (message.type === "members" ? message.names : []));
}

/** The codes of the errors that one connection is answered. */
export function refusalsTo(id: ConnectionId, effects: CoreEffect[]): string[] {
  return messagesTo(id, effects).flatMap((message) => (message.type === "error" ? [message.code] : []));
}

/** Who is closed, and why. */
export function closings(effects: CoreEffect[]): [ConnectionId, ErrorCode | undefined][] {
  return effects.flatMap((effect) => (effect.type === "close" ? [[effect.id, effect.why?.code]] : []));
}

/** Effects of one kind. */
export function effectsOf<Do extends CoreEffect["type"]>(
  what: Do,
  effects: CoreEffect[],
): Extract<CoreEffect, { type: Do }>[] {
  return effects.filter((effect): effect is Extract<CoreEffect, { type: Do }> => effect.type === what);
}

/** Who hears the voice frame. */
export function listeners(effects: CoreEffect[]): ConnectionId[] {
  return effects.flatMap((effect) =>
    effect.type === "relay" ? effect.to.filter((id) => id !== effect.except) : [],
  );
}
