/** Thousands of inputs in no order at all: whatever they are, the room keeps its promises. */
import { expect, test } from "bun:test";
import { refusal } from "../../lib/protocol/errors.ts";
import type { ClientMessage, ServerMessage } from "../../lib/protocol/messages.ts";
import { nameKey } from "../../lib/protocol/text.ts";
import type { ConnectionId } from "../../lib/room/member.ts";
import type { RoomInput } from "../../lib/room/room.ts";
import type { RoomEffect } from "../../lib/room/state.ts";
import type { Random } from "../support/random.ts";
import { eachSeed } from "../support/random.ts";
import { createScene, hello, namesIn } from "./scene.ts";

const names = ["alice", "ALICE", "bob", "carol", "陈伟", "no name", ""] as const;
const texts = ["hi", " ", "\x1b[2J", "two\nlines"] as const;
const speakersMax = 2;
const clientsMax = 4;

/** What a member may send. */
function anyMessage(random: Random): ClientMessage {
  const name = random.pick(names);
  const text = random.pick(texts);
  const to = random.chance(0.3) ? { to: name } : {};
  return random.pick<ClientMessage>([
    { type: "say", text, ref: "r" },
    { type: "whisper", to: name, text, ref: "r" },
    { type: "who" },
    { type: "rename", name },
    { type: "talk", seconds: random.below(4), ref: "r", ...to },
    { type: "hush", stream: random.below(50), reason: random.pick(["done", "cancelled"]) },
    { type: "ping", sent: 7 },
    { type: "pong", sent: 7 },
    { type: "clips", ref: "r" },
    { type: "fetch", first: 0, ref: "r", ...(random.chance(0.5) ? { clip: random.below(50) } : {}) },
  ]);
}

/** What somebody outside the room knows of it from its effects alone, and holds it to. */
function createWitness() {
  const open = new Set<ConnectionId>();
  const named = new Map<ConnectionId, string>();
  const lastSaid = new Map<ConnectionId, number>();
  const floor = new Map<number, ConnectionId>();
  /** Who may hear each private clip that is kept. */
  const privateClips = new Map<number, Set<ConnectionId>>();
  let lastClip = 0;

  function kept({ clip, to, ended }: Extract<RoomEffect, { do: "keep-clip" }>): void {
    expect(clip.clip).toBeGreaterThan(lastClip);
    expect(ended.reason).not.toBe("cancelled");
    lastClip = clip.clip;
    if (clip.to !== undefined) privateClips.set(clip.clip, new Set(to));
    for (const id of to) received(id, ended);
  }

  /** Exactly those are named that are kept for this connection. */
  function mayHear(id: ConnectionId, clips: number[]): void {
    const own = [...privateClips].filter(([, hearers]) => hearers.has(id)).map(([clip]) => clip);
    expect(clips).toEqual(own);
  }

  function received(id: ConnectionId, message: ServerMessage): void {
    expect(open.has(id)).toBeTrue();
    if (message.type === "welcome") {
      expect(named.has(id)).toBeFalse();
      expect(new Set(message.members)).toEqual(new Set(named.values()));
      named.set(id, message.you);
    }
    expect(named.has(id)).toBeTrue();
    if (message.type === "said") {
      expect(message.id).toBeGreaterThan(lastSaid.get(id) ?? 0);
      lastSaid.set(id, message.id);
      expect([...named.values()]).toContain(message.from);
    }
    if (message.type === "floor") floor.set(message.stream, id);
    if (message.type === "voiceStarted") {
      expect(floor.has(message.stream)).toBeTrue();
      expect(message.from).not.toBe("");
      expect(message.to).not.toBe("");
    }
    if (message.type === "voiceEnded") {
      expect(message.from).not.toBe("");
      floor.delete(message.stream);
    }
  }

  return {
    open,
    feed(input: RoomInput, effects: RoomEffect[]) {
      if (input.type === "connected") open.add(input.id);
      const leaver = input.type === "closed" ? input.id : undefined;
      if (leaver !== undefined) forget(leaver);
      for (const effect of effects) {
        if (effect.do === "close") {
          expect(open.has(effect.id)).toBeTrue();
          forget(effect.id);
        } else if (effect.do === "send") {
          expect(new Set(effect.to).size).toBe(effect.to.length);
          const { message } = effect;
          // The bearer learns the new name last, but has it from the first of the two on.
          if (message.type === "renamed") {
            for (const [id, name] of named) if (name === message.from) named.set(id, message.to);
          }
          for (const id of effect.to) received(id, message);
        } else if (effect.do === "keep-clip") {
          kept(effect);
        } else if (effect.do === "forget-clips") {
          for (const clip of effect.clips) expect(privateClips.delete(clip)).toBeTrue();
        } else if (effect.do === "list-clips" || effect.do === "fetch-clip") {
          mayHear(effect.id, effect.privateClips);
        } else if (effect.do === "relay") {
          for (const id of effect.to) expect(named.has(id)).toBeTrue();
          if (input.type === "voice") expect(effect.to).not.toContain(input.id);
        }
      }
      const keys = [...named.values()].map(nameKey);
      expect(new Set(keys).size).toBe(keys.length);
      expect(named.size).toBeLessThanOrEqual(clientsMax);
      expect(floor.size).toBeLessThanOrEqual(speakersMax);
      for (const hearers of privateClips.values())
        expect([...hearers].some((id) => named.has(id))).toBeTrue();
    },
    names: () => named,
    clips: () => lastClip,
    isIn: (id: ConnectionId) => named.has(id),
    speakers: () => [...floor],
  };

  function forget(id: ConnectionId): void {
    open.delete(id);
    named.delete(id);
    for (const [stream, holder] of floor) if (holder === id) floor.delete(stream);
  }
}

type Witness = ReturnType<typeof createWitness>;

/** Mostly what a sound client would do, sometimes anything at all, from anybody who ever was here. */
function anyInput(random: Random, witness: Witness, lastId: number): RoomInput {
  const id = 1 + random.below(lastId + 1);
  const present = [...witness.open];
  if (random.chance(0.05)) return { type: "connected", id: lastId + 1 };
  if (random.chance(0.02)) return { type: "closed", id };
  if (random.chance(0.01))
    return { type: "broken", id, why: refusal(random.pick(["too-slow", "bad-message"])) };
  if (random.chance(0.05)) return { type: "tick" };
  if (random.chance(0.01))
    return { type: "message", id, message: random.pick([{ type: "quit" }, hello("x")]) };
  if (random.chance(0.02)) return voiceInput(id, random.below(50));
  const [stream, holder] = witness.speakers()[random.below(speakersMax)] ?? [];
  if (stream !== undefined && holder !== undefined && random.chance(0.7)) return voiceInput(holder, stream);
  const chosen = present[random.below(present.length)] ?? id;
  const message = witness.isIn(chosen) ? anyMessage(random) : hello(random.pick(names), random.chance(0.7));
  return { type: "message", id: chosen, message };
}

function voiceInput(id: ConnectionId, stream: number): RoomInput {
  return { type: "voice", id, stream, body: Uint8Array.of(1) };
}

test("a room of chance and malice keeps its promises", () => {
  let heard = 0;
  let kept = 0;
  eachSeed(60, (random) => {
    const scene = createScene({ speakersMax, clientsMax });
    const witness = createWitness();
    let lastId = 0;
    for (let step = 0; step < 600; step += 1) {
      scene.pass(random.below(60));
      const input = anyInput(random, witness, lastId);
      if (input.type === "connected") lastId = input.id;
      const effects = scene.feed(input);
      witness.feed(input, effects);
      heard += effects.filter((effect) => effect.do === "relay").length;
      const [member] = witness.names().keys();
      if (member !== undefined)
        expect(namesIn(scene, member).sort()).toEqual([...witness.names().values()].sort());
      const deadline = scene.room.deadline();
      if (input.type === "tick" && deadline !== undefined) expect(deadline).toBeGreaterThan(scene.now());
    }
    kept += witness.clips();
    witness.feed({ type: "shutdown" }, scene.feed({ type: "shutdown" }));
    expect(witness.open.size).toBe(0);
    expect(scene.room.deadline()).toBeUndefined();
  });
  // Otherwise the run proves nothing about voice.
  expect(heard).toBeGreaterThan(1_000);
  expect(kept).toBeGreaterThan(100);
});
