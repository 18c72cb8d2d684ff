/** The client's half: whatever a server says and a person types, it goes on, shows clean words and sends good messages. */

import { Command } from "../../lib/client/api.ts";
import { createChat } from "../../lib/client/core/chat.ts";
import type { ChatEffect, ChatInput } from "../../lib/client/core/chat-io.ts";
import { headerBytes } from "../../lib/protocol/frame.ts";
import type { ServerMessage } from "../../lib/protocol/messages.ts";
import { decodeClientMessage, encodeClientMessage, serverMessages } from "../../lib/protocol/messages.ts";
import type { Random } from "../../test/support/random.ts";
import { countedRefs } from "../../test/support/refs.ts";
import type { Hints } from "./schema.ts";
import { makerOf } from "./schema.ts";
import { demand, fuzzer, without } from "./target.ts";
import { acts } from "./text.ts";
import { anyName, anyText } from "./texts.ts";

type Step = { waitMs: number; input: ChatInput };

/** A server answers what was asked, more or less: the client numbers its questions from one on. */
const hints: Hints = {
  ref: (random) => `me-${random.below(12)}`,
  stream: (random) => random.below(6),
  clip: (random) => random.below(5),
  id: (random) => random.below(40),
  lastId: (random) => random.below(40),
  text: anyText,
  from: anyName,
  name: anyName,
  you: (random) => random.pick(["alice", "alice", "bob"]),
  history: (random) => random.pick(["one", "one", "two"]),
  frames: (random) => random.below(8),
  first: (random) => random.below(8),
  at: (random) => random.pick(["2026-11-22T10:00:00.000Z", "not a time", ""]),
};
/** `at` of a pong is a number. */
const hintsOf = (type: string): Hints =>
  type === "pong" ? { ...hints, at: (random) => random.below(2 ** 40) } : hints;
const types = Object.entries(serverMessages).map(([type, { fields }]) => ({
  type,
  ...makerOf(fields, hintsOf(type)),
}));
const commands = Command.options.map((option) =>
  makerOf(option, { text: anyText, to: anyName, name: anyName, clip: (random) => random.below(5) }),
);

function anyMessage(random: Random, wanted?: string): ServerMessage {
  const one = types.find(({ type }) => type === wanted) ?? types[random.below(types.length)];
  return { ...(one?.good(random) as object), type: one?.type } as ServerMessage;
}

function anyInput(random: Random): ChatInput {
  const chance = random.below(100);
  if (chance < 60) return { type: "server-message", message: anyMessage(random) };
  if (chance < 85)
    return { type: "command", command: commands[random.below(commands.length)]?.good(random) as Command };
  if (chance < 90) {
    const payload = new Uint8Array([0x78, 1, 2]);
    return {
      type: "voice-frame",
      frame: {
        stream: random.below(6),
        sequence: random.below(9),
        capturedAt: random.below(2 ** 40),
        payload,
      },
    };
  }
  if (chance < 92) {
    const why = random.chance(0.5) ? {} : { why: { code: anyText(random), message: anyText(random) } };
    return { type: random.chance(0.5) ? "connection-lost" : "kept-out", ...why };
  }
  if (chance < 96) return { type: "tick" };
  if (chance < 97)
    return {
      type: "clip-saved",
      ...(random.chance(0.5)
        ? { error: { code: "save-failed", file: anyText(random), detail: anyText(random) } }
        : {}),
    };
  if (chance < 99)
    return {
      type: "audio-event",
      event: {
        type: "capture-ended",
        reason: "device",
        error: { code: "no-microphone", message: anyText(random) },
      },
    };
  return { type: "finish" };
}

/** What is our own may be as it was typed: the line that is put back, the ref, the name of a file. */
const ownFields = new Set(["ref", "text", "file", "code"]);

function checkEffect(effect: ChatEffect): void {
  if (effect.type === "send") {
    const frame = encodeClientMessage(effect.message);
    const read = decodeClientMessage(frame[4] ?? 0, frame.subarray(headerBytes));
    demand(read.type === "message", "what is sent is understood", effect, read);
  }
  if (effect.type !== "show") return;
  const { event } = effect;
  const isOwn = event.type === "error" || event.type === "pending";
  const check = (value: unknown, field: string): void => {
    if (typeof value === "string")
      demand(
        (isOwn && ownFields.has(field)) || field === "ref" || !acts.test(value),
        `${field} is clean`,
        event,
      );
    else if (Array.isArray(value)) for (const item of value) check(item, field);
    else if (typeof value === "object" && value !== null)
      for (const [name, part] of Object.entries(value)) check(part, name);
  };
  check(event, "");
}

export const chat = fuzzer<Step[]>({
  name: "chat",
  wanted: [
    ...types.map(({ type }) => `server ${type}`),
    ...Command.options.map(({ entries }) => `command ${entries.type.literal}`),
    "shown",
    "sent",
    "left",
  ],
  make: (random) => [
    { waitMs: 0, input: { type: "server-message", message: anyMessage(random, "welcome") } },
    ...Array.from({ length: 1 + random.below(60) }, () => ({
      waitMs: random.chance(0.1) ? random.below(10_000) : random.below(50),
      input: anyInput(random),
    })),
  ],
  check(steps, seen) {
    const chat = createChat({ newRef: countedRefs("me"), voice: true, earlierLines: 20 });
    const now = { wallMs: 1_760_000_000_000, monotonicMs: 1_000 };
    let hasLeft = false;
    for (const { waitMs, input } of steps) {
      now.wallMs += waitMs;
      now.monotonicMs += waitMs;
      if (hasLeft) break;
      if (input.type === "server-message") seen(`server ${input.message.type}`);
      if (input.type === "command") seen(`command ${input.command.type}`);
      for (const effect of chat.handle(input, { ...now })) {
        checkEffect(effect);
        if (effect.type === "show") seen("shown");
        if (effect.type === "send") seen("sent");
        if (effect.type === "leave") hasLeft = true;
      }
      if (hasLeft) seen("left");
      demand(
        chat.others().every((name) => !acts.test(name)),
        "names are clean",
        chat.others(),
      );
    }
  },
  inputs: (steps) => steps.length,
  smaller: without,
});
