/** Random inputs in any order: the core keeps its promises after each of them. */
import { expect, test } from "bun:test";
import { refusal } from "../../../lib/protocol/errors.ts";
import { moderationActions } from "../../../lib/protocol/messages.ts";
import type { CoreInput, CoreMessage } from "../../../lib/server/core.ts";
import type { Random } from "../../support/random.ts";
import { eachSeed } from "../../support/random.ts";
import { createScene, effectsOf, hello, listeners, namesIn, origin } from "./scene.ts";
import type { Witness } from "./witness.ts";
import { createWitness } from "./witness.ts";

const names = ["alice", "ALICE", "bob", "carol", "陈伟", "no name", ""] as const;
const texts = ["hi", " ", "\x1b[2J", "two\nlines"] as const;
const publicKeys = ["p1", "p2", "p3"] as const;
const speakersMax = 2;
const clientsMax = 4;

/** A message that a member may send. */
function anyMessage(random: Random): CoreMessage {
  const name = random.pick(names);
  const text = random.pick(texts);
  const to = random.chance(0.3) ? { to: name } : {};
  const ref = `r${random.below(60)}`;
  return random.pick<CoreMessage>([
    { type: "say", text, ref },
    { type: "whisper", to: name, text, ref },
    { type: "whisper", to: name, text: "hi", ref },
    { type: "who" },
    { type: "rename", name },
    { type: "requestFloor", seconds: random.below(4), ref, ...to },
    { type: "releaseFloor", stream: random.below(50), reason: random.pick(["done", "cancelled"]) },
    { type: "clips", ref },
    { type: "fetch", first: 0, ref, ...(random.chance(0.5) ? { clip: random.below(50) } : {}) },
    { type: "history", limit: 5, ref },
    { type: "search", words: text, limit: 5, ref },
    { type: "whois", name, ref },
    anyModeration(random),
  ]);
}

/** Any action of an operator. */
function anyModeration(random: Random): Extract<CoreMessage, { type: "moderate" }> {
  const about = {
    ...(random.chance(0.9) ? { name: random.pick(names) } : {}),
    on: random.chance(0.2),
    minutes: 0.1,
  };
  return { type: "moderate", action: random.pick(moderationActions), ...about, ref: "m" };
}

/** A hello that joins or resumes, perhaps of a guest. */
function anyHello(random: Random, id: number): CoreInput {
  const session = random.chance(0.8) ? random.pick(["s1", "s2"]) : undefined;
  const guest = random.chance(0.1) ? { guest: true } : {};
  const message = { ...hello(random.pick(names), random.chance(0.7), session), ...guest };
  return {
    type: "message",
    id,
    message,
    ...(random.chance(0.8) ? { publicKey: random.pick(publicKeys) } : {}),
  };
}

/** Mostly what a correct client would do, sometimes anything, from any connection that ever was open. */
function anyInput(random: Random, witness: Witness, lastId: number): CoreInput {
  const id = 1 + random.below(lastId + 1);
  const present = [...witness.open];
  const chosen = present[random.below(present.length)] ?? id;
  if (random.chance(0.05)) return { type: "connected", id: lastId + 1, origin: origin() };
  if (random.chance(0.02)) return { type: "closed", id: random.chance(0.5) ? chosen : id };
  if (random.chance(0.01))
    return { type: "broken", id, why: refusal(random.pick(["too-slow", "bad-message"])) };
  if (random.chance(0.05)) return { type: "tick" };
  if (random.chance(0.03)) return { type: "console", message: anyConsole(random) };
  if (random.chance(0.01))
    return { type: "message", id, message: random.pick<CoreMessage>([{ type: "quit" }, hello("x")]) };
  if (random.chance(0.02)) return voiceInput(id, random.below(50));
  const [stream, holder] = witness.speakers()[random.below(speakersMax)] ?? [];
  if (stream !== undefined && holder !== undefined && random.chance(0.7)) return voiceInput(holder, stream);
  if (!witness.isIn(chosen)) return anyHello(random, chosen);
  return { type: "message", id: chosen, message: anyMessage(random) };
}

/** The server's console mostly takes bans and names back. */
function anyConsole(random: Random): Extract<CoreInput, { type: "console" }>["message"] {
  const name = random.pick(names);
  const action = random.pick(["unban", "release", "deop"] as const);
  return random.pick([anyModeration(random), { type: "moderate", action, name, ref: "c" }]);
}

function voiceInput(id: number, stream: number): CoreInput {
  return { type: "voice", id, stream, body: Uint8Array.of(1) };
}

test("the core keeps its promises to all under random inputs", () => {
  const counts = {
    heard: 0,
    moderated: 0,
    clips: 0,
    returned: 0,
    replaced: 0,
    expired: 0,
    repeated: 0,
    waiting: 0,
  };
  eachSeed(100, (random) => {
    const scene = createScene({ speakersMax, clientsMax, operators: ["alice"] });
    const witness = createWitness({ clientsMax, speakersMax, registry: scene.registry });
    let lastId = 0;
    const feed = (input: CoreInput) => {
      const effects = scene.feed(input);
      witness.feed(input, effects);
      counts.heard += listeners(effects).length;
      counts.moderated += effectsOf("log", effects).filter(({ what }) => what === "moderated").length;
    };
    if (random.chance(0.3))
      feed({
        type: "restored",
        members: publicKeys.map((publicKey) => ({ publicKey, name: random.pick(names) })),
      });
    for (let step = 0; step < 600; step += 1) {
      scene.pass(random.below(random.chance(0.01) ? 40_000 : 60));
      const input = anyInput(random, witness, lastId);
      if (input.type === "connected") lastId = input.id;
      feed(input);
      const member = witness.anyMember();
      if (member !== undefined) expect(namesIn(scene).sort()).toEqual(witness.names().sort());
      const deadline = scene.core.deadline();
      if (input.type === "tick" && deadline !== undefined) expect(deadline).toBeGreaterThan(scene.now());
    }
    for (const [what, count] of Object.entries(witness.counts)) counts[what as keyof typeof counts] += count;
    feed({ type: "shutdown" });
    expect(witness.open.size).toBe(0);
    expect(scene.core.deadline()).toBeUndefined();
  });
  // Otherwise the run proves nothing about these.
  expect(counts.heard).toBeGreaterThan(1_000);
  for (const what of [
    "moderated",
    "clips",
    "returned",
    "replaced",
    "expired",
    "repeated",
    "waiting",
  ] as const)
    expect(counts[what], what).toBeGreaterThan(100);
});
