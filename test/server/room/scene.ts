/** A core with its clock, and short ways to join, to speak, and to look at the effects. */
import type { ErrorCode } from "../../../lib/protocol/errors.ts";
import type { ServerMessage } from "../../../lib/protocol/messages.ts";
import type { CoreEffect, CoreInput, CoreMessage, CoreOptions, Send } from "../../../lib/server/core.ts";
import { consoleId, createCore } from "../../../lib/server/core.ts";
import type { ConnectionId, Origin } from "../../../lib/server/session/identity.ts";
import { deliveries, fakeHistory, memoryRegistry, roomOptions } from "../../support/rooms.ts";

/** The beginning of every scene on the wall clock. */
export const beginsAt = "2026-11-22T10:00:00.000Z";

export const hello = (
  name: string,
  voice = true,
  session?: string,
): Extract<CoreMessage, { type: "hello" }> => ({
  type: "hello",
  protocol: 1,
  name,
  voice,
  ...(session === undefined ? {} : { session }),
});

/** The key, the program and the wishes in a hello; without a key: a guest. */
export interface Credentials {
  publicKey?: string;
  session?: string;
  voice?: boolean;
  guest?: boolean;
}

/** The server's own machine. */
export const local: Origin = { address: "127.0.0.1", isLocal: true };

/** Another machine on the network. */
export const origin = (address = "192.0.2.7"): Origin => ({ address, isLocal: false });

/** `operators`: the names whose owners are operators. */
export function createScene({
  operators = [],
  ...options
}: Partial<CoreOptions> & { operators?: string[] } = {}) {
  const history = fakeHistory(41);
  const registry = memoryRegistry(operators);
  const core = createCore({ ...roomOptions, history, registry, ...options });
  let nowMs = 0;
  let lastId: ConnectionId = 0;

  function feed(input: CoreInput): CoreEffect[] {
    const effects = core.handle(input, { wallMs: Date.parse(beginsAt) + nowMs, monotonicMs: nowMs });
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
  const tell = (id: ConnectionId, message: CoreMessage) => feed({ type: "message", id, message });
  /** Says hello with these credentials. */
  function greet(
    id: ConnectionId,
    name: string,
    { publicKey, session, voice, guest }: Credentials,
  ): CoreEffect[] {
    const message = { ...hello(name, voice, session), ...(guest === undefined ? {} : { guest }) };
    return feed({
      type: "message",
      id,
      message,
      ...(publicKey === undefined ? {} : { publicKey: publicKey }),
    });
  }
  return {
    core,
    history,
    registry,
    feed,
    greet,
    /** Joins with a key and a program that are named after the name, unless others are given. */
    joinWithKey(name: string, credentials: Credentials = {}): ConnectionId {
      const id = connect();
      greet(id, name, { publicKey: `key of ${name}`, session: `${name}'s program`, ...credentials });
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

/** Three guests, of whom carol hears no voice. */
export function trio(options: Partial<CoreOptions> = {}) {
  const scene = createScene(options);
  return { scene, alice: scene.join("alice"), bob: scene.join("bob"), carol: scene.join("carol", false) };
}

/** With these alice resumes her session. */
export const aliceCredentials = {
  publicKey: "key of alice",
  session: "alice's program",
} satisfies Credentials;

/** Two members with keys. */
export function pair() {
  const scene = createScene();
  return { scene, alice: scene.joinWithKey("alice"), bob: scene.joinWithKey("bob") };
}

/** Connects and says hello. */
export function reconnect(scene: Scene, name = "alice", credentials: Credentials = aliceCredentials) {
  const id = scene.connect();
  return { id, effects: scene.greet(id, name, credentials) };
}

/** Asks for the floor. */
export const ask = (scene: Scene, id: ConnectionId, seconds = 5, to?: string): CoreEffect[] =>
  scene.tell(id, { type: "requestFloor", seconds, ref: "r", ...(to === undefined ? {} : { to }) });

/** Effects as tests expect them. */
export const sent = (to: ConnectionId[], message: ServerMessage): Send => ({
  type: "send",
  to,
  message,
});

/** The messages to one connection. The end of a recorded transmission is as it is sent when the clip cannot be kept. */
export function messagesTo(id: ConnectionId, effects: CoreEffect[]): ServerMessage[] {
  return effects.flatMap((effect) => {
    if (effect.type === "clip") return effect.to.includes(id) ? [effect.ended] : [];
    return deliveries([effect]).flatMap(({ to, message }) => (to.includes(id) ? [message] : []));
  });
}

/** The names of the members, as the server's console gets them. */
export function namesIn(scene: Scene): string[] {
  const answers = messagesTo(consoleId, scene.feed({ type: "console", message: { type: "who" } }));
  return answers.flatMap((message) => (message.type === "members" ? message.names : []));
}

/** The codes of the errors to one connection. */
export function refusalsTo(id: ConnectionId, effects: CoreEffect[]): string[] {
  return messagesTo(id, effects).flatMap((message) => (message.type === "error" ? [message.code] : []));
}

/** The connections that are closed, and why. */
export function closings(effects: CoreEffect[]): [ConnectionId, ErrorCode | undefined][] {
  return effects.flatMap((effect) => (effect.type === "close" ? [[effect.id, effect.why?.code]] : []));
}

/** The effects of one type. */
export function effectsOf<Type extends CoreEffect["type"]>(
  type: Type,
  effects: CoreEffect[],
): Extract<CoreEffect, { type: Type }>[] {
  return effects.filter((effect): effect is Extract<CoreEffect, { type: Type }> => effect.type === type);
}

/** The connections that receive the voice frame. */
export function listeners(effects: CoreEffect[]): ConnectionId[] {
  return effects.flatMap((effect) =>
    effect.type === "relay" ? effect.to.filter((id) => id !== effect.except) : [],
  );
}
