/** Operators and who may speak: silence, the locked room, announcements, the floor. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { CoreEffect } from "../../../lib/server/room/state.ts";
import { bobs, createClass, refusedAs, say, told, whisper } from "./class.ts";
import type { Known, Scene } from "./scene.ts";
import { ask, comeBack, listeners, local, messagesTo, origin, refusalsTo } from "./scene.ts";

/** Comes in from that address. */
function come(scene: Scene, name: string, known: Known, from = origin()): number {
  const id = scene.connect(from);
  scene.greet(id, name, known);
  return id;
}

/** Whose turns end for this one, and why. */
const ended = (id: number, effects: CoreEffect[]) =>
  messagesTo(id, effects).flatMap((one) => (one.type === "voiceEnded" ? [[one.from, one.reason]] : []));

describe("who is silenced", () => {
  test("says nothing to anybody until the time is over, and is told how long that is", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    const effects = moderate(alice, { action: "silence", name: "bob", minutes: 2, reason: "spam" });
    const moderated = {
      type: "moderated",
      action: "silence",
      by: "alice",
      name: "Bob",
      minutes: 2,
      reason: "spam",
    } as const;
    expect(told(effects, alice, bob, carol)).toEqual([[{ ...moderated, ref: "m" }], [moderated], []]);
    scene.pass(60_500);
    expect(messagesTo(bob, scene.tell(bob, { type: "say", text: "hi", ref: "1" }))).toMatchObject([
      { type: "error", code: "silenced", seconds: 60, ref: "1" },
    ]);
    expect([whisper(scene, bob, "alice"), refusalsTo(bob, ask(scene, bob))]).toEqual([
      ["silenced"],
      ["silenced"],
    ]);
    expect(say(scene, carol)).toEqual([]);
    scene.pass(59_500);
    expect([say(scene, bob), refusalsTo(bob, ask(scene, bob))]).toEqual([[], []]);
  });

  test("is silenced for ten minutes, unless it is said for how long", () => {
    const { scene, alice, bob, moderate } = createClass();
    const effects = moderate(alice, { action: "silence", name: "bob" });
    expect(told(effects, bob)).toMatchObject([[{ minutes: limits.silenceMinutesDefault }]]);
    scene.pass(limits.silenceMinutesDefault * 60_000 - 1);
    expect(say(scene, bob)).toEqual(["silenced"]);
    scene.pass(1);
    expect(say(scene, bob)).toEqual([]);
  });

  test("loses the microphone", () => {
    const { scene, alice, bob, moderate } = createClass();
    ask(scene, bob);
    scene.speak(bob, 1);
    const effects = moderate(alice, { action: "silence", name: "bob" });
    expect(messagesTo(alice, effects)).toContainEqual(
      expect.objectContaining({ type: "voiceEnded", from: "Bob", reason: "stopped" }),
    );
    expect(listeners(scene.speak(bob, 1, 1))).toEqual([]);
  });

  test("is so also after coming again, by another name, and as somebody new from the same address", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    for (const name of ["bob", "carol"]) moderate(alice, { action: "silence", name });
    for (const id of [bob, carol]) scene.tell(id, { type: "quit" });
    const again = scene.joinKnown("robert", { publicKey: "key of Bob", session: "new" });
    const guest = come(scene, "caro", {});
    const keyed = come(scene, "carla", { publicKey: "a new key" });
    expect([again, guest, keyed].map((id) => say(scene, id))).toEqual([
      ["silenced"],
      ["silenced"],
      ["silenced"],
    ]);
    scene.tell(keyed, { type: "quit" });
    const keyedAgain = come(scene, "carla", { publicKey: "a new key" });
    expect(say(scene, keyedAgain), "coming twice helps nobody").toEqual(["silenced"]);
    expect(say(scene, come(scene, "other", {}, origin("192.0.2.8")))).toEqual([]);
  });

  test("is known by the address with a key, too, and so is who comes from there with a new one", () => {
    const { scene, alice, moderate } = createClass();
    const dave = come(scene, "dave", { publicKey: "D" });
    moderate(alice, { action: "silence", name: "dave", minutes: 1 });
    scene.tell(dave, { type: "quit" });
    const other = come(scene, "davy", { publicKey: "E" });
    const guest = come(scene, "davo", { publicKey: "F", guest: true });
    expect([say(scene, other), say(scene, guest)]).toEqual([["silenced"], ["silenced"]]);
    scene.pass(60_000);
    expect([say(scene, other), say(scene, guest)]).toEqual([[], []]);
  });

  test("takes the voice of nobody there who owns a name, nor of the server's own machine", () => {
    const { scene, alice, bob, moderate } = createClass();
    const erin = come(scene, "erin", { publicKey: "E" });
    come(scene, "dave", { publicKey: "D" });
    for (const name of ["dave", "bob"]) moderate(alice, { action: "silence", name });
    expect(say(scene, erin)).toEqual([]);
    scene.tell(erin, { type: "quit" });
    expect(say(scene, come(scene, "erin", { publicKey: "E" }))).toEqual([]);
    scene.tell(bob, { type: "quit" });
    expect(say(scene, come(scene, "frank", { publicKey: "F" }, local))).toEqual([]);
  });

  test("cannot speak by names either", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    moderate(alice, { action: "silence", name: "bob" });
    const effects = scene.tell(bob, { type: "rename", name: "carol_lies", ref: "n" });
    expect(messagesTo(bob, effects)).toMatchObject([{ type: "error", code: "silenced", ref: "n" }]);
    expect(messagesTo(carol, effects)).toEqual([]);
    moderate(alice, { action: "announce", on: true });
    expect(refusalsTo(carol, scene.tell(carol, { type: "rename", name: "caro" }))).toEqual([]);
  });

  test("speaks again when that is taken back", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    moderate(alice, { action: "silence", name: "bob" });
    const effects = moderate(alice, { action: "unsilence", name: "bob" });
    expect(told(effects, bob, carol)).toEqual([
      [{ type: "moderated", action: "unsilence", by: "alice", name: "Bob" }],
      [],
    ]);
    expect(say(scene, bob)).toEqual([]);
    moderate(alice, { action: "silence", name: "carol" });
    scene.tell(carol, { type: "quit" });
    const again = come(scene, "caro", { publicKey: "a new key" });
    moderate(alice, { action: "unsilence", name: "caro" });
    expect(say(scene, again)).toEqual([]);
  });

  test("is one of so many that are remembered", () => {
    const { scene, alice, carol, moderate } = createClass();
    moderate(alice, { action: "silence", name: "carol" });
    for (let one = 0; one < limits.bansMax; one += 1) {
      scene.registry.apply({ type: "own", name: `name${one}`, publicKey: `p${one}` });
      moderate(alice, { action: "silence", name: `name${one}` });
    }
    expect(say(scene, carol)).toEqual([]);
  });
});

describe("a locked room", () => {
  test("lets in nobody new but operators, and those who were here come back", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    const effects = moderate(alice, { action: "lock", on: true });
    const moderated = { type: "moderated", action: "lock", by: "alice", on: true } as const;
    expect(told(effects, alice, bob, carol)).toEqual([
      [{ ...moderated, ref: "m" }],
      [moderated],
      [moderated],
    ]);
    expect(refusedAs(scene, "dave", { publicKey: "D" })).toBe("room-locked");
    scene.lose(bob);
    const back = comeBack(scene, "Bob", bobs);
    expect(messagesTo(back.id, back.effects)[0]).toMatchObject({ type: "welcome", locked: true });
    scene.tell(back.id, { type: "quit" });
    expect(refusedAs(scene, "bob", bobs)).toBe("room-locked");
    scene.tell(alice, { type: "quit" });
    expect(refusedAs(scene, "alice", { publicKey: "key of alice" })).toBeUndefined();
  });

  test("is open again", () => {
    const { scene, alice, moderate } = createClass();
    moderate(alice, { action: "lock" });
    moderate(alice, { action: "lock", on: false });
    expect(refusedAs(scene, "dave", { publicKey: "D" })).toBeUndefined();
  });
});

describe("when only operators speak", () => {
  function announce() {
    const all = createClass();
    const effects = all.moderate(all.alice, { action: "announce", on: true });
    return { ...all, effects };
  }

  test("everybody is told, also those who come later", () => {
    const { scene, alice, bob, carol, effects } = announce();
    for (const one of told(effects, alice, bob, carol))
      expect(one).toMatchObject([{ action: "announce", on: true }]);
    const dave = comeBack(scene, "dave", { publicKey: "D" });
    expect(messagesTo(dave.id, dave.effects)[0]).toMatchObject({ announce: true });
  });

  test("others may whisper to operators, and nothing else", () => {
    const { scene, alice, bob } = announce();
    expect([say(scene, bob), whisper(scene, bob, "carol"), refusalsTo(bob, ask(scene, bob))]).toEqual([
      ["announce-only"],
      ["announce-only"],
      ["announce-only"],
    ]);
    expect([whisper(scene, bob, "alice"), say(scene, alice), whisper(scene, alice, "bob")]).toEqual([
      [],
      [],
      [],
    ]);
    scene.tell(alice, { type: "quit" });
    expect(whisper(scene, bob, "alice"), "also when they are gone").toEqual([]);
  });

  test("who was given the floor may talk, and write nothing", () => {
    const { scene, alice, bob, moderate } = announce();
    moderate(alice, { action: "floor", name: "bob" });
    expect([refusalsTo(bob, ask(scene, bob)), say(scene, bob)]).toEqual([[], ["announce-only"]]);
  });

  test("the turns of all others end at once", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    moderate(alice, { action: "op", name: "bob" });
    for (const [index, id] of [bob, carol].entries()) {
      ask(scene, id);
      scene.speak(id, index + 1);
    }
    expect(ended(alice, moderate(alice, { action: "announce", on: true }))).toEqual([["carol", "stopped"]]);
    expect(listeners(scene.speak(bob, 1, 1))).not.toEqual([]);
    scene.tell(bob, { type: "releaseFloor", stream: 1, reason: "done" });
    moderate(alice, { action: "floor", name: "carol" });
    ask(scene, carol);
    scene.speak(carol, 3);
    expect(
      ended(alice, moderate(alice, { action: "announce", on: true })),
      "but not of who has the floor",
    ).toEqual([]);
    expect(ended(alice, moderate(alice, { action: "silence", name: "carol" }))).toEqual([
      ["carol", "stopped"],
    ]);
  });

  test("until that is over", () => {
    const { scene, alice, bob, moderate } = announce();
    moderate(alice, { action: "announce", on: false });
    expect([say(scene, bob), refusalsTo(bob, ask(scene, bob))]).toEqual([[], []]);
  });
});

describe("the floor", () => {
  /** Bob and carol talk. */
  function talking() {
    const all = createClass();
    for (const [index, id] of [all.bob, all.carol].entries()) {
      ask(all.scene, id);
      all.scene.speak(id, index + 1);
    }
    return all;
  }
  test("is taken from everybody", () => {
    const { scene, alice, bob, moderate } = talking();
    const effects = moderate(alice, { action: "floor" });
    expect(ended(alice, effects)).toEqual([
      ["Bob", "stopped"],
      ["carol", "stopped"],
    ]);
    expect(told(effects, bob)).toEqual([[{ type: "moderated", action: "floor", by: "alice" }]]);
    expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
  });

  test("is given to one: the turns of others end, and they wait", () => {
    const { scene, alice, bob, carol, moderate } = talking();
    const effects = moderate(alice, { action: "floor", name: "bob" });
    expect(ended(alice, effects)).toEqual([["carol", "stopped"]]);
    expect(messagesTo(carol, ask(scene, carol))).toMatchObject([
      { code: "floor-taken", name: "Bob", seconds: limits.floorGivenMs / 1_000 },
    ]);
    scene.tell(bob, { type: "releaseFloor", stream: 1, reason: "done" });
    expect(refusalsTo(carol, ask(scene, carol)), "once the turn is over").toEqual([]);
  });

  test("is free again when nobody took it, or who was to have it has gone", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    moderate(alice, { action: "floor", name: "bob" });
    scene.pass(limits.floorGivenMs - 1);
    expect(refusalsTo(carol, ask(scene, carol))).toEqual(["floor-taken"]);
    scene.pass(1);
    expect(refusalsTo(carol, ask(scene, carol))).toEqual([]);
    moderate(alice, { action: "floor", name: "bob" });
    scene.tell(bob, { type: "quit" });
    expect(refusalsTo(carol, ask(scene, carol))).toEqual([]);
  });

  test("stays given to one whose microphone did not work at first", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    moderate(alice, { action: "floor", name: "bob" });
    ask(scene, bob);
    scene.tell(bob, { type: "releaseFloor", stream: 1, reason: "device" });
    expect(refusalsTo(carol, ask(scene, carol))).toEqual(["floor-taken"]);
    expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
  });
});
