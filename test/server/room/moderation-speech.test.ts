/** Moderation of who may speak: silences, the locked room, moderated mode and the given floor. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { CoreEffect } from "../../../lib/server/core.ts";
import { bobCredentials, createModerationScene, refusedAs, say, told, whisper } from "./moderation-scene.ts";
import type { Credentials, Scene } from "./scene.ts";
import { ask, listeners, local, messagesTo, origin, reconnect, refusalsTo } from "./scene.ts";

/** Joins from that address. */
function come(scene: Scene, name: string, credentials: Credentials, from = origin()): number {
  const id = scene.connect(from);
  scene.greet(id, name, credentials);
  return id;
}

/** The speakers and reasons of the ends of transmissions that one connection is told. */
const ended = (id: number, effects: CoreEffect[]) =>
  messagesTo(id, effects).flatMap((one) => (one.type === "voiceEnded" ? [[one.from, one.reason]] : []));

describe("a silenced member", () => {
  test("has its lines, whispers and floor requests refused until the time is over, and is told how long that is", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
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

  test("is silenced for silenceMinutesDefault without a number of minutes", () => {
    const { scene, alice, bob, moderate } = createModerationScene();
    const effects = moderate(alice, { action: "silence", name: "bob" });
    expect(told(effects, bob)).toMatchObject([[{ minutes: limits.silenceMinutesDefault }]]);
    scene.pass(limits.silenceMinutesDefault * 60_000 - 1);
    expect(say(scene, bob)).toEqual(["silenced"]);
    scene.pass(1);
    expect(say(scene, bob)).toEqual([]);
  });

  test("loses the floor", () => {
    const { scene, alice, bob, moderate } = createModerationScene();
    ask(scene, bob);
    scene.speak(bob, 1);
    const effects = moderate(alice, { action: "silence", name: "bob" });
    expect(messagesTo(alice, effects)).toContainEqual(
      expect.objectContaining({ type: "voiceEnded", from: "Bob", reason: "stopped" }),
    );
    expect(listeners(scene.speak(bob, 1, 1))).toEqual([]);
  });

  test("stays silenced after joining again, under another name, and with a new key from the same address", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    for (const name of ["bob", "carol"]) moderate(alice, { action: "silence", name });
    for (const id of [bob, carol]) scene.tell(id, { type: "quit" });
    const again = scene.joinWithKey("robert", { publicKey: "key of Bob", session: "new" });
    const guest = come(scene, "caro", {});
    const keyed = come(scene, "carla", { publicKey: "a new key" });
    expect([again, guest, keyed].map((id) => say(scene, id))).toEqual([
      ["silenced"],
      ["silenced"],
      ["silenced"],
    ]);
    scene.tell(keyed, { type: "quit" });
    const keyedAgain = come(scene, "carla", { publicKey: "a new key" });
    expect(say(scene, keyedAgain), "joining twice does not help").toEqual(["silenced"]);
    expect(say(scene, come(scene, "other", {}, origin("192.0.2.8")))).toEqual([]);
  });

  test("with a key silences its address, too, so that a new key from there does not help", () => {
    const { scene, alice, moderate } = createModerationScene();
    const dave = come(scene, "dave", { publicKey: "D" });
    moderate(alice, { action: "silence", name: "dave", minutes: 1 });
    scene.tell(dave, { type: "quit" });
    const other = come(scene, "davy", { publicKey: "E" });
    const guest = come(scene, "davo", { publicKey: "F", guest: true });
    expect([say(scene, other), say(scene, guest)]).toEqual([["silenced"], ["silenced"]]);
    scene.pass(60_000);
    expect([say(scene, other), say(scene, guest)]).toEqual([[], []]);
  });

  test("does not silence owners of names at its address, nor users on the server's own machine", () => {
    const { scene, alice, bob, moderate } = createModerationScene();
    const erin = come(scene, "erin", { publicKey: "E" });
    come(scene, "dave", { publicKey: "D" });
    for (const name of ["dave", "bob"]) moderate(alice, { action: "silence", name });
    expect(say(scene, erin)).toEqual([]);
    scene.tell(erin, { type: "quit" });
    expect(say(scene, come(scene, "erin", { publicKey: "E" }))).toEqual([]);
    scene.tell(bob, { type: "quit" });
    expect(say(scene, come(scene, "frank", { publicKey: "F" }, local))).toEqual([]);
  });

  test("cannot rename, while moderated mode allows it", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    moderate(alice, { action: "silence", name: "bob" });
    const effects = scene.tell(bob, { type: "rename", name: "carol_lies", ref: "n" });
    expect(messagesTo(bob, effects)).toMatchObject([{ type: "error", code: "silenced", ref: "n" }]);
    expect(messagesTo(carol, effects)).toEqual([]);
    moderate(alice, { action: "announce", on: true });
    expect(refusalsTo(carol, scene.tell(carol, { type: "rename", name: "caro" }))).toEqual([]);
  });

  test("may speak again after unsilence", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
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

  test("is forgotten after bansMax newer silences", () => {
    const { scene, alice, carol, moderate } = createModerationScene();
    moderate(alice, { action: "silence", name: "carol" });
    for (let one = 0; one < limits.bansMax; one += 1) {
      scene.registry.apply({ type: "own", name: `name${one}`, publicKey: `p${one}` });
      moderate(alice, { action: "silence", name: `name${one}` });
    }
    expect(say(scene, carol)).toEqual([]);
  });
});

describe("a locked room", () => {
  test("lets new operators join and detached members resume, and refuses all others with `room-locked`", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    const effects = moderate(alice, { action: "lock", on: true });
    const moderated = { type: "moderated", action: "lock", by: "alice", on: true } as const;
    expect(told(effects, alice, bob, carol)).toEqual([
      [{ ...moderated, ref: "m" }],
      [moderated],
      [moderated],
    ]);
    expect(refusedAs(scene, "dave", { publicKey: "D" })).toBe("room-locked");
    scene.lose(bob);
    const back = reconnect(scene, "Bob", bobCredentials);
    expect(messagesTo(back.id, back.effects)[0]).toMatchObject({ type: "welcome", locked: true });
    scene.tell(back.id, { type: "quit" });
    expect(refusedAs(scene, "bob", bobCredentials)).toBe("room-locked");
    scene.tell(alice, { type: "quit" });
    expect(refusedAs(scene, "alice", { publicKey: "key of alice" })).toBeUndefined();
  });

  test("lets users join again once it is unlocked", () => {
    const { scene, alice, moderate } = createModerationScene();
    moderate(alice, { action: "lock" });
    moderate(alice, { action: "lock", on: false });
    expect(refusedAs(scene, "dave", { publicKey: "D" })).toBeUndefined();
  });
});

describe("in moderated mode", () => {
  function createModeratedRoom() {
    const all = createModerationScene();
    const effects = all.moderate(all.alice, { action: "announce", on: true });
    return { ...all, effects };
  }

  test("every member is told, new ones by their welcome", () => {
    const { scene, alice, bob, carol, effects } = createModeratedRoom();
    for (const one of told(effects, alice, bob, carol))
      expect(one).toMatchObject([{ action: "announce", on: true }]);
    const dave = reconnect(scene, "dave", { publicKey: "D" });
    expect(messagesTo(dave.id, dave.effects)[0]).toMatchObject({ announce: true });
  });

  test("other members may whisper to operators, and do nothing else", () => {
    const { scene, alice, bob } = createModeratedRoom();
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
    expect(whisper(scene, bob, "alice"), "also to operators who are absent").toEqual([]);
  });

  test("a member with the given floor may talk, and not write", () => {
    const { scene, alice, bob, moderate } = createModeratedRoom();
    moderate(alice, { action: "floor", name: "bob" });
    expect([refusalsTo(bob, ask(scene, bob)), say(scene, bob)]).toEqual([[], ["announce-only"]]);
  });

  test("the transmissions of other members end at once", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
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
      "but not that of the member with the given floor",
    ).toEqual([]);
    expect(ended(alice, moderate(alice, { action: "silence", name: "carol" }))).toEqual([
      ["carol", "stopped"],
    ]);
  });

  test("nothing is refused any more once it is off", () => {
    const { scene, alice, bob, moderate } = createModeratedRoom();
    moderate(alice, { action: "announce", on: false });
    expect([say(scene, bob), refusalsTo(bob, ask(scene, bob))]).toEqual([[], []]);
  });
});

describe("the floor action", () => {
  /** Bob and carol talk. */
  function talking() {
    const all = createModerationScene();
    for (const [index, id] of [all.bob, all.carol].entries()) {
      ask(all.scene, id);
      all.scene.speak(id, index + 1);
    }
    return all;
  }
  test("without a name ends all transmissions", () => {
    const { scene, alice, bob, moderate } = talking();
    const effects = moderate(alice, { action: "floor" });
    expect(ended(alice, effects)).toEqual([
      ["Bob", "stopped"],
      ["carol", "stopped"],
    ]);
    expect(told(effects, bob)).toEqual([[{ type: "moderated", action: "floor", by: "alice" }]]);
    expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
  });

  test("with a name ends the transmissions of all others, who wait until that of the member is over", () => {
    const { scene, alice, bob, carol, moderate } = talking();
    const effects = moderate(alice, { action: "floor", name: "bob" });
    expect(ended(alice, effects)).toEqual([["carol", "stopped"]]);
    expect(messagesTo(carol, ask(scene, carol))).toMatchObject([
      { code: "floor-taken", name: "Bob", seconds: limits.floorGivenMs / 1_000 },
    ]);
    scene.tell(bob, { type: "releaseFloor", stream: 1, reason: "done" });
    expect(refusalsTo(carol, ask(scene, carol)), "once the transmission is over").toEqual([]);
  });

  test("has no effect any more after floorGivenMs, or once the member has left", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    moderate(alice, { action: "floor", name: "bob" });
    scene.pass(limits.floorGivenMs - 1);
    expect(refusalsTo(carol, ask(scene, carol))).toEqual(["floor-taken"]);
    scene.pass(1);
    expect(refusalsTo(carol, ask(scene, carol))).toEqual([]);
    moderate(alice, { action: "floor", name: "bob" });
    scene.tell(bob, { type: "quit" });
    expect(refusalsTo(carol, ask(scene, carol))).toEqual([]);
  });

  test("holds after a first try without a microphone", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    moderate(alice, { action: "floor", name: "bob" });
    ask(scene, bob);
    scene.tell(bob, { type: "releaseFloor", stream: 1, reason: "device" });
    expect(refusalsTo(carol, ask(scene, carol))).toEqual(["floor-taken"]);
    expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
  });
});
