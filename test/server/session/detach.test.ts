/** Sessions whose connection is lost: kept for the grace period or ended at once, and what is recorded of their users. */
import { describe, expect, test } from "bun:test";
import { refusal } from "../../../lib/protocol/errors.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import { deliveries } from "../../support/rooms.ts";
import {
  ask,
  closings,
  createScene,
  effectsOf,
  hello,
  listeners,
  messagesTo,
  namesIn,
  pair,
  reconnect,
  refusalsTo,
  sent,
} from "../room/scene.ts";

describe("a member who loses the connection", () => {
  test("stays in the lists, and is recorded as present", () => {
    const { scene, alice } = pair();
    const effects = scene.lose(alice);
    expect(effectsOf("presence", effects)).toMatchObject([{ name: "alice", isPresent: true, lastId: 41 }]);
    expect(effectsOf("log", effects)).toMatchObject([{ id: alice, what: "away", detail: "lost" }]);
    expect(effectsOf("send", effects)).toEqual([]);
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

  test("leaves for all others once the grace period is over, and no sooner", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    expect(scene.core.deadline()).toBe(limits.gracePeriodMs);
    scene.pass(limits.gracePeriodMs - 1);
    expect(scene.tick()).toEqual([]);
    scene.pass(1);
    const effects = scene.tick();
    expect(effectsOf("presence", effects)).toMatchObject([{ name: "alice", isPresent: false, lastId: 41 }]);
    expect(effectsOf("send", effects)).toEqual([
      sent([bob], { type: "left", name: "alice", reason: "lost" }),
    ]);
    expect(effectsOf("log", effects)).toMatchObject([{ id: alice, what: "left", detail: "lost" }]);
    expect(scene.core.deadline()).toBeUndefined();
    expect(effectsOf("log", reconnect(scene).effects)[0]).toMatchObject({ what: "joined" });
  });

  test("has a grace period of its own", () => {
    const { scene, alice, bob } = pair();
    const carol = scene.join("carol");
    scene.lose(alice);
    scene.pass(10);
    scene.lose(bob);
    scene.pass(limits.gracePeriodMs - 10);
    expect(messagesTo(carol, scene.tick())).toEqual([{ type: "left", name: "alice", reason: "lost" }]);
    expect(scene.core.deadline()).toBe(limits.gracePeriodMs + 10);
    scene.pass(10);
    expect(messagesTo(carol, scene.tick())).toEqual([{ type: "left", name: "bob", reason: "lost" }]);
  });

  test("because it reads too slowly is told so, and may resume before or after the connection is closed", () => {
    for (const isClosedFirst of [true, false]) {
      const { scene, alice, bob } = pair();
      const effects = scene.feed({ type: "broken", id: alice, why: refusal("too-slow") });
      expect(closings(effects)).toEqual([[alice, "too-slow"]]);
      expect(messagesTo(bob, effects)).toEqual([]);
      if (isClosedFirst) expect(scene.lose(alice)).toEqual([]);
      const back = reconnect(scene);
      expect(messagesTo(back.id, back.effects)[0]).toMatchObject({ type: "welcome", you: "alice" });
      if (!isClosedFirst) expect(scene.lose(alice)).toEqual([]);
      expect(namesIn(scene)).toEqual(["alice", "bob"]);
    }
  });

  test.each([
    ["is a guest", {}],
    ["is a guest with a program", { session: "s" }],
    ["has a key and no program", { publicKey: "p" }],
  ])("leaves at once if it %s", (_, known) => {
    const { scene, bob } = pair();
    const id = scene.connect();
    scene.greet(id, "carol", known);
    expect(messagesTo(bob, scene.lose(id))).toEqual([{ type: "left", name: "carol", reason: "lost" }]);
  });

  test("leaves at once if it quits or breaks the protocol", () => {
    for (const leave of [
      { type: "message", message: { type: "quit" } } as const,
      { type: "broken", why: refusal("bad-message", { at: "say" }) } as const,
    ]) {
      const { scene, alice, bob } = pair();
      const effects = scene.feed({ ...leave, id: alice });
      expect(messagesTo(bob, effects)).toMatchObject([{ type: "left", name: "alice" }]);
      expect(effectsOf("presence", effects)).toMatchObject([{ name: "alice", isPresent: false }]);
      expect(scene.core.deadline()).toBeUndefined();
    }
  });

  test("keeps its name, and counts in a full room", () => {
    const scene = createScene({ clientsMax: 2 });
    const [alice, bob] = [scene.joinWithKey("alice"), scene.joinWithKey("bob")];
    scene.lose(alice);
    const strangers = [scene.connect(), scene.connect(), scene.connect()] as const;
    expect(closings(scene.tell(strangers[0], hello("ALICE")))).toEqual([[strangers[0], "name-taken"]]);
    expect(closings(scene.greet(strangers[1], "alice", { publicKey: "another" }))).toHaveLength(1);
    expect(closings(scene.tell(strangers[2], hello("carol")))).toEqual([[strangers[2], "room-full"]]);
    expect(refusalsTo(bob, scene.tell(bob, { type: "rename", name: "Alice" }))).toEqual(["name-taken"]);
    expect(closings(reconnect(scene).effects)).toEqual([]);
  });

  test("cannot be the receiver of a transmission", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    expect(refusalsTo(bob, ask(scene, bob, 5, "alice"))).toEqual(["no-such-name"]);
  });
});

describe("a restored session", () => {
  const members = [
    { publicKey: "key of alice", name: "alice" },
    { publicKey: "key of bob", name: "bob" },
  ];

  test("is resumed unnoticed, or ends after the grace period", () => {
    const scene = createScene();
    expect(effectsOf("presence", scene.feed({ type: "restored", members }))).toMatchObject([
      { name: "alice", isPresent: true, lastId: 41 },
      { name: "bob", isPresent: true, lastId: 41 },
    ]);
    scene.pass(1);
    const { id, effects } = reconnect(scene);
    expect(messagesTo(id, effects)).toMatchObject([{ type: "welcome", you: "alice", members: ["bob"] }]);
    expect(effectsOf("log", effects)).toMatchObject([{ what: "returned" }]);
    expect(scene.core.deadline()).toBe(limits.gracePeriodMs);
    scene.pass(limits.gracePeriodMs - 1);
    expect(messagesTo(id, scene.tick())).toEqual([{ type: "left", name: "bob", reason: "lost" }]);
  });

  test("is made once for each valid name", () => {
    const scene = createScene();
    scene.feed({ type: "restored", members: [...members, ...members, { publicKey: "p", name: "no name" }] });
    scene.join("carol");
    expect(namesIn(scene)).toEqual(["alice", "bob", "carol"]);
  });
});

test("the presence of a member with a key is recorded under each name from join to leave, and that of a guest without a key never", () => {
  const { scene, alice } = pair();
  const guest = scene.join("carol");
  const recorded = (effects: Parameters<typeof messagesTo>[1]) =>
    effectsOf("presence", effects).map(({ name, isPresent }) => [name, isPresent]);
  expect(recorded(scene.tell(alice, { type: "rename", name: "al" }))).toEqual([
    ["alice", false],
    ["al", true],
  ]);
  expect(recorded(scene.tell(guest, { type: "rename", name: "caroline" }))).toEqual([]);
  expect(recorded(scene.lose(guest))).toEqual([]);
  scene.lose(alice);
  scene.join("dave");
  const effects = scene.feed({ type: "shutdown" });
  expect(recorded(effects)).toEqual([["bob", true]]);
  expect(closings(effects).map(([id]) => id)).not.toContain(alice);
  expect(scene.core.deadline()).toBeUndefined();
  expect(scene.lose(alice)).toEqual([]);
});
