/** The place of one who lost the connection: kept, taken again, or given up. */
import { describe, expect, test } from "bun:test";
import { refusal } from "../../lib/protocol/errors.ts";
import { limits } from "../../lib/protocol/limits.ts";
import {
  ask,
  closings,
  createScene,
  deliveries,
  effectsOf,
  hello,
  messagesTo,
  namesIn,
  refusalsTo,
  sent,
} from "./scene.ts";

const alices = { person: "person of alice", session: "alice's program" };

function pair() {
  const scene = createScene();
  return { scene, alice: scene.joinKnown("alice"), bob: scene.joinKnown("bob") };
}

/** Connects and says hello. */
function comeBack({ scene }: Pick<ReturnType<typeof pair>, "scene">, name = "alice", known = alices) {
  const id = scene.connect();
  return { id, effects: scene.greet(id, name, known) };
}

describe("who loses the connection", () => {
  test("stays in the room, unseen by nobody, and is remembered as there", () => {
    const { scene, alice, bob } = pair();
    expect(scene.lose(alice)).toEqual([
      { do: "know", person: alices.person, name: "alice", isPresent: true, lastId: 41 },
      { do: "log", id: alice, what: "away", name: "alice", detail: "lost" },
    ]);
    expect(namesIn(scene, bob)).toEqual(["alice", "bob"]);
    const carol = scene.connect();
    expect(messagesTo(carol, scene.tell(carol, hello("carol")))[0]).toMatchObject({
      members: ["alice", "bob"],
    });
  });

  test("is sent nothing", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    const effects = [
      ...scene.tell(bob, { type: "say", text: "hi", ref: "1" }),
      ...scene.tell(bob, { type: "whisper", to: "alice", text: "hi", ref: "2" }),
      ...scene.tell(bob, { type: "rename", name: "bobby" }),
      ...ask(scene, bob),
      ...scene.speak(bob, 1),
      ...scene.tell(bob, { type: "quit" }),
    ];
    expect(deliveries(effects).flatMap(({ to }) => to)).not.toContain(alice);
    expect(effectsOf("relay", effects)).toEqual([]);
  });

  test("is gone for all when the time is over, and no sooner", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    expect(scene.room.deadline()).toBe(limits.awayMs);
    scene.pass(limits.awayMs - 1);
    expect(scene.tick()).toEqual([]);
    scene.pass(1);
    expect(scene.tick()).toEqual([
      { do: "know", person: alices.person, name: "alice", isPresent: false, lastId: 41 },
      sent([bob], { type: "left", name: "alice", reason: "lost" }),
      { do: "log", id: alice, what: "left", name: "alice", detail: "lost" },
    ]);
    expect(scene.room.deadline()).toBeUndefined();
    expect(effectsOf("log", comeBack({ scene }).effects)[0]).toMatchObject({ what: "joined" });
  });

  test("each has a time of their own", () => {
    const { scene, alice, bob } = pair();
    const carol = scene.join("carol");
    scene.lose(alice);
    scene.pass(10);
    scene.lose(bob);
    scene.pass(limits.awayMs - 10);
    expect(messagesTo(carol, scene.tick())).toEqual([{ type: "left", name: "alice", reason: "lost" }]);
    expect(scene.room.deadline()).toBe(limits.awayMs + 10);
    scene.pass(10);
    expect(messagesTo(carol, scene.tick())).toEqual([{ type: "left", name: "bob", reason: "lost" }]);
  });

  test("because of reading too slowly is told why, and may come back before or after the connection is closed", () => {
    for (const isClosedFirst of [true, false]) {
      const { scene, alice, bob } = pair();
      const effects = scene.feed({ type: "broken", id: alice, why: refusal("too-slow") });
      expect(closings(effects)).toEqual([[alice, "too-slow"]]);
      expect(messagesTo(bob, effects)).toEqual([]);
      if (isClosedFirst) expect(scene.lose(alice)).toEqual([]);
      const back = comeBack({ scene });
      expect(messagesTo(back.id, back.effects)[0]).toMatchObject({ type: "welcome", you: "alice" });
      if (!isClosedFirst) expect(scene.lose(alice)).toEqual([]);
      expect(namesIn(scene, back.id)).toEqual(["alice", "bob"]);
    }
  });

  test.each([
    ["a guest", {}],
    ["a guest with a program", { session: "s" }],
    ["one whose program is not known", { person: "p" }],
  ])("leaves at once, being %s", (_, known) => {
    const { scene, bob } = pair();
    const id = scene.connect();
    scene.greet(id, "carol", known);
    expect(messagesTo(bob, scene.lose(id))).toEqual([{ type: "left", name: "carol", reason: "lost" }]);
  });

  test("by quitting or by breaking the protocol leaves at once", () => {
    for (const leave of [
      { type: "message", message: { type: "quit" } } as const,
      { type: "broken", why: refusal("bad-message", { at: "say" }) } as const,
    ]) {
      const { scene, alice, bob } = pair();
      const effects = scene.feed({ ...leave, id: alice });
      expect(messagesTo(bob, effects)).toMatchObject([{ type: "left", name: "alice" }]);
      expect(effectsOf("know", effects)).toMatchObject([{ name: "alice", isPresent: false }]);
      expect(scene.room.deadline()).toBeUndefined();
    }
  });

  test("keeps the name from others, and a place in a full room", () => {
    const scene = createScene({ clientsMax: 2 });
    const [alice, bob] = [scene.joinKnown("alice"), scene.joinKnown("bob")];
    scene.lose(alice);
    const strangers = [scene.connect(), scene.connect(), scene.connect()] as const;
    expect(closings(scene.tell(strangers[0], hello("ALICE")))).toEqual([[strangers[0], "name-taken"]]);
    expect(closings(scene.greet(strangers[1], "alice", { person: "another" }))).toHaveLength(1);
    expect(closings(scene.tell(strangers[2], hello("carol")))).toEqual([[strangers[2], "room-full"]]);
    expect(refusalsTo(bob, scene.tell(bob, { type: "rename", name: "Alice" }))).toEqual(["name-taken"]);
    expect(closings(comeBack({ scene }).effects)).toEqual([]);
  });

  test("is nobody to talk to", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    expect(refusalsTo(bob, ask(scene, bob, 5, "alice"))).toEqual(["no-such-name"]);
  });
});

describe("who comes back", () => {
  test("is welcomed, and nobody else hears of it", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    scene.pass(limits.awayMs - 1);
    const { id, effects } = comeBack({ scene });
    expect(effects).toMatchObject([
      { do: "log", id, what: "returned", name: "alice" },
      { do: "send", to: [id], message: { type: "welcome", you: "alice", members: ["bob"] } },
    ]);
    expect(effects).toHaveLength(2);
    scene.pass(1);
    expect(scene.tick()).toEqual([]);
    expect(messagesTo(id, scene.tell(bob, { type: "say", text: "hi", ref: "r" }))).toHaveLength(1);
    expect(namesIn(scene, bob)).toEqual(["alice", "bob"]);
  });

  test("has the name that the room knows, in whatever way the hello has it, and may change it", () => {
    const { scene, alice, bob } = pair();
    scene.tell(alice, { type: "rename", name: "al" });
    scene.lose(alice);
    const { id, effects } = comeBack({ scene });
    expect(messagesTo(id, effects)[0]).toMatchObject({ you: "al" });
    const renamed = scene.tell(id, { type: "rename", name: "AL" });
    expect(messagesTo(bob, renamed)).toEqual([{ type: "renamed", from: "al", to: "AL" }]);
  });

  test("hears voice if the new hello says so", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    const back = comeBack({ scene }, "alice", { ...alices, voice: false } as typeof alices);
    ask(scene, bob);
    const effects = scene.speak(bob, 1);
    expect(messagesTo(back.id, effects)).toHaveLength(1);
    expect(effectsOf("relay", effects)).toEqual([]);
  });

  test("with a program that was started anew takes the place by the name, and the old program has none", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    const anew = comeBack({ scene }, "ALICE", { ...alices, session: "another program" });
    expect(messagesTo(anew.id, anew.effects)[0]).toMatchObject({ type: "welcome", you: "alice" });
    expect(messagesTo(bob, anew.effects)).toEqual([]);
    expect(closings(comeBack({ scene }).effects)).toMatchObject([[expect.any(Number), "name-taken"]]);
    scene.lose(anew.id);
    const again = comeBack({ scene }, "x", { ...alices, session: "another program" });
    expect(messagesTo(again.id, again.effects)[0]).toMatchObject({ you: "alice" });
  });

  test("under another name with another program is somebody else", () => {
    const { scene, alice } = pair();
    scene.lose(alice);
    const other = comeBack({ scene }, "carol", { ...alices, session: "another program" });
    expect(messagesTo(other.id, other.effects)[0]).toMatchObject({ members: ["alice", "bob"] });
  });

  test("while the old connection is in replaces it, whichever is noticed first", () => {
    const { scene, alice, bob } = pair();
    const { id, effects } = comeBack({ scene });
    expect(closings(effects)).toEqual([[alice, "replaced"]]);
    expect(messagesTo(bob, effects)).toEqual([]);
    expect(messagesTo(alice, effects)).toEqual([]);
    expect(messagesTo(id, effects)).toMatchObject([{ type: "welcome", members: ["bob"] }]);
    expect(scene.tell(alice, { type: "say", text: "late", ref: "r" })).toEqual([]);
    expect(scene.lose(alice)).toEqual([]);
    expect(namesIn(scene, id)).toEqual(["alice", "bob"]);
    expect(scene.room.deadline()).toBeUndefined();
  });

  test("does not replace a later connection by one whose hello comes late", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    const early = scene.connect();
    const { id } = comeBack({ scene });
    expect(closings(scene.greet(early, "alice", alices))).toEqual([[early, "replaced"]]);
    expect(messagesTo(id, scene.tell(bob, { type: "say", text: "hi", ref: "r" }))).toHaveLength(1);
    scene.lose(id);
    const stale = scene.connect();
    const next = comeBack({ scene }, "alice", { ...alices, session: "another program" });
    scene.lose(next.id);
    const ofOldProgram = scene.greet(stale, "alice", { ...alices, session: "a third program" });
    expect(closings(ofOldProgram)).toEqual([[stale, "name-taken"]]);
  });

  test("with another program while the old one is in is refused", () => {
    const { scene } = pair();
    const { id, effects } = comeBack({ scene }, "alice", { ...alices, session: "another program" });
    expect(closings(effects)).toEqual([[id, "name-taken"]]);
  });
});

describe("a turn", () => {
  test("ends at once when its speaker is lost or replaced, and is free for the speaker too", () => {
    for (const isReplaced of [true, false]) {
      const { scene, alice, bob } = pair();
      ask(scene, alice);
      scene.speak(alice, 1);
      const lost = isReplaced ? [] : scene.lose(alice);
      const { id, effects } = comeBack({ scene });
      const all = [...lost, ...effects];
      expect(messagesTo(bob, all)).toMatchObject([{ type: "voiceEnded", from: "alice", reason: "lost" }]);
      expect(messagesTo(id, all)).toMatchObject([{ type: "welcome", talking: [] }]);
      expect(messagesTo(id, ask(scene, id))).toMatchObject([{ type: "floor" }]);
      expect(scene.speak(alice, 1)).toEqual([]);
    }
  });

  test("for one who is lost ends, and both may hear it again, with whatever connection", () => {
    const { scene, alice, bob } = pair();
    ask(scene, bob, 5, "alice");
    scene.speak(bob, 1);
    expect(messagesTo(bob, scene.lose(alice))).toMatchObject([{ type: "voiceEnded", reason: "lost" }]);
    const { id } = comeBack({ scene });
    scene.lose(bob);
    const other = comeBack({ scene }, "bob", { person: "person of bob", session: "bob's program" });
    for (const one of [id, other.id])
      expect(effectsOf("list-clips", scene.tell(one, { type: "clips", ref: "r" }))).toMatchObject([
        { privateClips: [1] },
      ]);
    expect(effectsOf("forget-clips", scene.tell(id, { type: "quit" }))).toEqual([]);
    expect(effectsOf("forget-clips", scene.tell(other.id, { type: "quit" }))).toMatchObject([{ clips: [1] }]);
  });

  test("between two who are lost is forgotten when neither comes back", () => {
    const { scene, alice, bob } = pair();
    ask(scene, bob, 5, "alice");
    scene.speak(bob, 1);
    scene.lose(alice);
    scene.lose(bob);
    scene.pass(limits.awayMs);
    expect(effectsOf("forget-clips", scene.tick())).toMatchObject([{ clips: [1] }]);
  });
});

describe("after a crash", () => {
  const people = [
    { person: "person of alice", name: "alice" },
    { person: "person of bob", name: "bob" },
  ];

  test("those who were there come back unseen, and the others are gone", () => {
    const scene = createScene();
    expect(effectsOf("know", scene.feed({ type: "restored", people }))).toMatchObject([
      { name: "alice", isPresent: true, lastId: 41 },
      { name: "bob", isPresent: true, lastId: 41 },
    ]);
    scene.pass(1);
    const { id, effects } = comeBack({ scene });
    expect(messagesTo(id, effects)).toMatchObject([{ type: "welcome", you: "alice", members: ["bob"] }]);
    expect(effectsOf("log", effects)).toMatchObject([{ what: "returned" }]);
    expect(scene.room.deadline()).toBe(limits.awayMs);
    scene.pass(limits.awayMs - 1);
    expect(messagesTo(id, scene.tick())).toEqual([{ type: "left", name: "bob", reason: "lost" }]);
  });

  test("nobody is restored twice, nor who has no name", () => {
    const scene = createScene();
    scene.feed({ type: "restored", people: [...people, ...people, { person: "p", name: "no name" }] });
    expect(namesIn(scene, scene.join("carol"))).toEqual(["alice", "bob", "carol"]);
  });
});

test("who is there is remembered from coming in to leaving, by every name; guests never", () => {
  const { scene, alice } = pair();
  const guest = scene.join("carol");
  const known = (effects: Parameters<typeof messagesTo>[1]) =>
    effectsOf("know", effects).map(({ name, isPresent }) => [name, isPresent]);
  expect(known(scene.tell(alice, { type: "rename", name: "al" }))).toEqual([
    ["alice", false],
    ["al", true],
  ]);
  expect(known(scene.tell(guest, { type: "rename", name: "caroline" }))).toEqual([]);
  expect(known(scene.lose(guest))).toEqual([]);
  scene.lose(alice);
  scene.join("dave");
  const effects = scene.feed({ type: "shutdown" });
  expect(known(effects)).toEqual([
    ["bob", false],
    ["al", false],
  ]);
  expect(closings(effects).map(([id]) => id)).not.toContain(alice);
  expect(scene.room.deadline()).toBeUndefined();
  expect(scene.lose(alice)).toEqual([]);
});
