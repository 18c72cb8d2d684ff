/** The core: users join, send any message, talk, vanish and resume in any order, and every effect is checked. */
import { refusal } from "../../lib/protocol/errors.ts";
import { headerBytes } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { MessageState, ServerMessage } from "../../lib/protocol/messages.ts";
import {
  clientMessages,
  decodeClientMessage,
  decodeServerMessage,
  encodeServerMessage,
  isHandledBy,
} from "../../lib/protocol/messages.ts";
import { cleanLine, nameKey, parseName } from "../../lib/protocol/text.ts";
import type { CoreEffect, CoreInput } from "../../lib/server/core.ts";
import { consoleId, createCore } from "../../lib/server/core.ts";
import { isLegal } from "../../lib/server/session/sessions.ts";
import type { Random } from "../../test/support/random.ts";
import { deliveries, fakeHistory, memoryRegistry, roomOptions } from "../../test/support/rooms.ts";
import type { Hints } from "./schema.ts";
import { makerOf } from "./schema.ts";
import type { Seen } from "./target.ts";
import { demand, fuzzer, without } from "./target.ts";
import { acts } from "./text.ts";
import { anyName, anyText } from "./texts.ts";

/** Each of the users has one connection at a time, or none, and opens a new one when it is over. */
type Step = { waitMs: number } & (
  | { who: number; does: "connect" | "lose" | "read too slowly" }
  | { who: number; does: "send"; kind: number; body: string }
  | { who: number; does: "speak"; stream: number }
  | { who: 0; does: "tick" }
  | { who: 0; does: "console"; kind: number; body: string }
);

/** In a room with a passphrase every proof counts as right, because the runtime checks proofs, not the core. */
interface Case {
  passphrase: boolean;
  steps: Step[];
}

const users = 6;
const letters = "ABCD";

/** Values that fit each other, so that users meet, streams are those of transmissions, and refs come twice. */
const hints: Hints = {
  name: anyName,
  to: anyName,
  text: anyText,
  words: anyText,
  ref: (random) => `r${random.below(30)}`,
  session: (random) => `s${random.below(2)}`,
  key: (random) => (letters[random.below(letters.length)] ?? "A").repeat(42).concat("A"),
  signature: () => "secret".repeat(15).slice(0, 86),
  protocol: (random) => (random.chance(0.97) ? 1 : random.below(5)),
  seconds: (random) => random.pick([1, 3, 5, 60, 300, 0.5, 301]),
  stream: (random) => random.below(8),
  clip: (random) => random.below(6),
  before: (random) => random.below(60),
  after: (random) => random.below(60),
};

const types = Object.entries(clientMessages)
  .filter(([, { handledBy }]) => handledBy !== "transport")
  .map(([type, { kind, fields }]) => ({ type, kind, ...makerOf(fields, hints) }));

function anySend(random: Random, type: (typeof types)[number]): { kind: number; body: string } {
  const isBad = random.chance(0.01);
  return { kind: type.kind, body: JSON.stringify(isBad ? (type.bad?.(random) ?? null) : type.good(random)) };
}

function anySteps(random: Random): Step[] {
  const steps: Step[] = [];
  const [unlock, prove, hello, moderate, talk] = ["unlock", "prove", "hello", "moderate", "requestFloor"].map(
    (wanted) => types.find(({ type }) => type === wanted),
  );
  for (let left = 1 + random.below(150); left > 0; left -= 1) {
    const waitMs = random.chance(0.02) ? random.below(40_000) : random.below(40);
    const who = 1 + random.below(users);
    const chance = random.below(100);
    if (chance < 10 && hello !== undefined) {
      steps.push({ waitMs, who, does: "connect" });
      if (random.chance(0.3))
        for (const type of [unlock, prove])
          if (type !== undefined) steps.push({ waitMs: 0, who, does: "send", ...anySend(random, type) });
      if (random.chance(0.9)) steps.push({ waitMs: 0, who, does: "send", ...anySend(random, hello) });
    } else if (chance === 10 && moderate !== undefined && random.chance(0.2))
      steps.push({ waitMs, who: 0, does: "console", ...anySend(random, moderate) });
    else if (chance < 13) steps.push({ waitMs, who, does: random.pick(["lose", "read too slowly"]) });
    else if (chance < 18) steps.push({ waitMs, who: 0, does: "tick" });
    else if (chance < 20 && talk !== undefined) {
      steps.push({ waitMs, who, does: "send", kind: talk.kind, body: '{"seconds":3,"ref":"r0"}' });
      for (let stream = 1; stream < 4; stream += 1) steps.push({ waitMs, who, does: "speak", stream });
    } else if (chance < 35) steps.push({ waitMs, who, does: "speak", stream: 1 + random.below(6) });
    else {
      const type = types[random.below(types.length)];
      // Otherwise most connections would end after their first message.
      if (
        type === undefined ||
        (/^(quit|hello|unlock|prove|moderate)$/.test(type.type) && random.chance(0.8))
      )
        continue;
      steps.push({ waitMs, who, does: "send", ...anySend(random, type) });
    }
  }
  return steps;
}

/** A core that is fed with the steps, and whose effects are checked. */
function createPlay(passphrase: boolean, seen: Seen) {
  const history = fakeHistory();
  const registry = memoryRegistry(["alice"]);
  const speakersMax = 2;
  const core = createCore({ ...roomOptions, history, registry, passphrase, clientsMax: 4, speakersMax });
  /** The open connections and their states. */
  const open = new Map<number, MessageState>();
  const now = { wallMs: 1_760_000_000_000, monotonicMs: 0 };

  function delivered(to: readonly number[], message: ServerMessage): void {
    demand(new Set(to).size === to.length, "no connection is sent a message twice", to, message);
    for (const id of to)
      demand(open.has(id) || id === consoleId, "only open connections are sent messages", id, message);
    const frame = encodeServerMessage(message);
    demand(frame.length - headerBytes <= limits.serverBodyBytesMax, "a message fits a frame", frame.length);
    const read = decodeServerMessage(frame[4] ?? 0, frame.subarray(headerBytes));
    demand(
      read.type === "message" && Bun.deepEquals(read.message, message),
      "a message is decoded as it was encoded",
      message,
      read,
    );
    demand(!JSON.stringify(message).includes("secretsecret"), "no message has a secret", message);
    if ("text" in message)
      demand(cleanLine(message.text) === message.text && message.text !== "", "text is clean", message);
    if ("from" in message) demand(parseName(message.from) === message.from, "names are names", message);
    if ("message" in message)
      demand(
        !acts.test(message.message) && message.message.length <= limits.messageCharsMax,
        "sentences are clean",
        message,
      );
    if (message.type === "welcome") {
      for (const id of to) open.set(id, "joined");
      demandUnique([message.you, ...message.members]);
    }
    if (message.type === "members") demandUnique(message.names);
  }

  function demandUnique(names: string[]): void {
    demand(new Set(names.map(nameKey)).size === names.length && names.length <= 4, "names are unique", names);
  }

  function saw(effect: CoreEffect, input: CoreInput): void {
    for (const { to, message } of deliveries([effect])) delivered(to, message);
    if (effect.type === "line") {
      if (effect.line !== undefined) history.add(effect.line);
    } else if (effect.type === "clip") delivered(effect.to, effect.ended);
    else if (effect.type === "presence")
      history.recordPresence(effect.publicKey, effect.name, effect.isPresent, effect.lastId);
    else if (effect.type === "registry-change") registry.apply(effect.change);
    else if (effect.type === "close") {
      demand(open.delete(effect.id), "only what is open is closed", effect);
    } else if (effect.type === "relay") {
      for (const id of effect.to) demand(open.get(id) === "joined", "only members hear", effect);
      demand(input.type === "voice" && effect.except === input.id, "no member hears itself", effect);
    } else if (effect.type === "log")
      demand(!acts.test(`${effect.name}${effect.detail ?? ""}`), "the log is clean", effect);
    else if ("id" in effect) demand(open.has(effect.id), "only open connections are answered", effect);
  }

  return {
    now,
    open,
    core,
    feed(input: CoreInput): CoreEffect[] {
      if (input.type === "connected") open.set(input.id, "pending");
      if (input.type === "closed") open.delete(input.id);
      const effects = core.handle(input, now);
      for (const effect of effects) saw(effect, input);
      if (input.type === "tick") {
        const deadline = core.deadline();
        demand(
          deadline === undefined || deadline > now.monotonicMs,
          "no deadline is in the past",
          deadline,
          now,
        );
      }
      return effects;
    },
    /** A line on the server's console. */
    order(kind: number, body: string): void {
      const decoded = decodeClientMessage(kind, new TextEncoder().encode(body));
      if (decoded.type === "message" && decoded.message.type === "moderate")
        this.feed({ type: "console", message: decoded.message });
    },
    /** A message as it comes from the network. */
    send(id: number, kind: number, body: string): void {
      const state = open.get(id);
      const decoded = decodeClientMessage(kind, new TextEncoder().encode(body));
      if (decoded.type === "unknown") return;
      if (decoded.type === "error") {
        this.feed({ type: "broken", id, why: refusal("bad-message", { at: decoded.at }) });
        return;
      }
      const { message } = decoded;
      if (isHandledBy("transport", message)) return;
      if (state !== undefined && isLegal(state, message.type)) seen(`${message.type} heard`);
      const publicKey =
        message.type === "hello" && message.key !== undefined ? { publicKey: message.key } : {};
      const effects = this.feed({ type: "message", id, message, ...publicKey });
      for (const effect of effects) {
        if (effect.type === "unlock" && effect.message.type === "prove") this.feed({ type: "unlocked", id });
        const isError = effect.type === "send" && effect.message.type === "error" && effect.to.includes(id);
        if (isError || (effect.type === "close" && effect.id === id && effect.why !== undefined))
          seen(`${message.type} refused`);
      }
    },
  };
}

/** A message that is legal in every state is never refused. */
const refusable = types.filter(({ type }) => {
  const message = type as keyof typeof clientMessages;
  return !(isLegal("pending", message) && isLegal("joined", message));
});

export const room = fuzzer<Case>({
  name: "room",
  wanted: [
    ...types.map(({ type }) => `${type} heard`),
    ...refusable.map(({ type }) => `${type} refused`),
    "voice heard",
  ],
  make: (random) => ({ passphrase: random.chance(0.3), steps: anySteps(random) }),
  check({ passphrase, steps }, seen) {
    const play = createPlay(passphrase, seen);
    const connections = new Map<number, number>();
    let lastId = 0;
    for (const step of steps) {
      play.now.wallMs += step.waitMs;
      play.now.monotonicMs += step.waitMs;
      const id = connections.get(step.who) ?? 0;
      const isOpen = play.open.has(id);
      if (step.does === "tick") play.feed({ type: "tick" });
      else if (step.does === "console") play.order(step.kind, step.body);
      else if (step.does === "connect" && !isOpen) {
        lastId += 1;
        connections.set(step.who, lastId);
        play.feed({
          type: "connected",
          id: lastId,
          origin: { address: `192.0.2.${step.who}`, isLocal: true },
        });
      } else if (!isOpen) continue;
      else if (step.does === "lose") play.feed({ type: "closed", id });
      else if (step.does === "read too slowly") play.feed({ type: "broken", id, why: refusal("too-slow") });
      else if (step.does === "send") play.send(id, step.kind, step.body);
      else if (step.does === "speak") {
        const body = new Uint8Array(20);
        const effects = play.feed({ type: "voice", id, stream: step.stream, body });
        const isHeard = effects.some((one) => one.type === "relay" && one.to.some((other) => other !== id));
        if (isHeard) seen("voice heard");
      }
    }
    play.feed({ type: "shutdown" });
    demand(
      play.open.size === 0 && play.core.deadline() === undefined,
      "the shutdown closes every connection",
      [...play.open],
    );
  },
  inputs: ({ steps }) => steps.length,
  *smaller({ passphrase, steps }) {
    for (const fewer of without(steps)) yield { passphrase, steps: fewer };
  },
});
