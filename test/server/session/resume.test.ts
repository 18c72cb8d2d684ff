/** The place of one who lost the connection is kept, or given up; and who the server remembers as being here. */
import { describe, expect, test } from "bun:test";
import { refusal } from "../../../lib/protocol/errors.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import { deliveries } from "../../support/rooms.ts";
import {
  alices,
  ask,
  closings,
  comeBack,
  createScene,
  effectsOf,
  hello,
  listeners,
  messagesTo,
  namesIn,
  pair,
  refusalsTo,
  sent,
} from "../room/scene.ts";

describe("who loses the connection", () => {
  test("stays in the room, unseen by nobody, and is remembered as there", () => {
    const { scene, alice } = pair();
    expect(scene.lose(alice)).toEqual([
      { type: "presence", publicKey: alices.publicKey, name: "alice", isPresent: true, lastId: 41 },
      { type: "log", id: alice, what: "away", name: "alice", detail: "lost" },
    ]);
    expect(namesIn(scene)).toEqual(["alice", "bob"]);
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
    expect(listeners(effects)).toEqual([]);
  });

  test("is gone for all when the time is over, and no sooner", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    expect(scene.room.deadline()).toBe(limits.gracePeriodMs);
    scene.pass(limits.gracePeriodMs - 1);
    expect(scene.tick()).toEqual([]);
    scene.pass(1);
    expect(scene.tick()).toEqual([
      { type: "presence", publicKey: alices.publicKey, name: "alice", isPresent: false, lastId: 41 },
      sent([bob], { type: "left", name: "alice", reason: "lost" }),
      { type: "log", id: alice, what: "left", name: "alice", detail: "lost" },
    ]);
    expect(scene.room.deadline()).toBeUndefined();
    expect(effectsOf("log", comeBack(scene).effects)[0]).toMatchObject({ what: "joined" });
  });

  test("each has a time of their own", () => {
    const { scene, alice, bob } = pair();
    const carol = scene.join("carol");
    scene.lose(alice);
    scene.pass(10);
    scene.lose(bob);
    scene.pass(limits.gracePeriodMs - 10);
    expect(messagesTo(carol, scene.tick())).toEqual([{ type: "left", name: "alice", reason: "lost" }]);
    expect(scene.room.deadline()).toBe(limits.gracePeriodMs + 10);
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
      const back = comeBack(scene);
      expect(messagesTo(back.id, back.effects)[0]).toMatchObject({ type: "welcome", you: "alice" });
      if (!isClosedFirst) expect(scene.lose(alice)).toEqual([]);
      expect(namesIn(scene)).toEqual(["alice", "bob"]);
    }
  });

  test.each([
    ["a guest", {}],
    ["a guest with a program", { session: "s" }],
    ["one whose program is not known", { publicKey: "p" }],
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
      expect(effectsOf("presence", effects)).toMatchObject([{ name: "alice", isPresent: false }]);
      expect(scene.room.deadline()).toBeUndefined();
    }
  });

  test("keeps the name from others, and a place in a full room", () => {
    const scene = createScene({ clientsMax: 2 });
    const [alice, bob] = [scene.joinKnown("alice"), scene.joinKnown("bob")];
    scene.lose(alice);
    const strangers = [scene.connect(), scene.connect(), scene.connect()] as const;
    expect(closings(scene.tell(strangers[0], hello("ALICE")))).toEqual([[strangers[0], "name-taken"]]);
    expect(closings(scene.greet(strangers[1], "alice", { publicKey: "another" }))).toHaveLength(1);
    expect(closings(scene.tell(strangers[2], hello("carol")))).toEqual([[strangers[2], "room-full"]]);
    expect(refusalsTo(bob, scene.tell(bob, { type: "rename", name: "Alice" }))).toEqual(["name-taken"]);
    expect(closings(comeBack(scene).effects)).toEqual([]);
  });

  test("is nobody to talk to", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    expect(refusalsTo(bob, ask(scene, bob, 5, "alice"))).toEqual(["no-such-name"]);
  });
});

describe("after a crash", () => {
  const people = [
    { publicKey: "key of alice", name: "alice" },
    { publicKey: "key of bob", name: "bob" },
  ];

  test("those who were there come back unseen, and the others are gone", () => {
    const scene = createScene();
    expect(effectsOf("presence", scene.feed({ type: "restored", members: people }))).toMatchObject([
      { name: "alice", isPresent: true, lastId: 41 },
      { name: "bob", isPresent: true, lastId: 41 },
    ]);
    scene.pass(1);
    const { id, effects } = comeBack(scene);
    expect(messagesTo(id, effects)).toMatchObject([{ type: "welcome", you: "alice", members: ["bob"] }]);
    expect(effectsOf("log", effects)).toMatchObject([{ what: "returned" }]);
    expect(scene.room.deadline()).toBe(limits.gracePeriodMs);
    scene.pass(limits.gracePeriodMs - 1);
    expect(messagesTo(id, scene.tick())).toEqual([{ type: "left", name: "bob", reason: "lost" }]);
  });

  test("nobody is restored twice, nor who has no name", () => {
    const scene = createScene();
    scene.feed({ type: "restored", members: [...people, ...people, { publicKey: "p", name: "no name" }] });
    scene.join("carol");
    expect(namesIn(scene)).toEqual(["alice", "bob", "carol"]);
  });
});

test("who is there is remembered from coming in to leaving, by every name; guests never", () => {
  const { scene, alice } = pair();
  const guest = scene.join("carol");
  const known = (effects: Parameters<typeof messagesTo>[1]) =>
    effectsOf("presence", effects).map(({ name, isPresent }) => [name, isPresent]);
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
