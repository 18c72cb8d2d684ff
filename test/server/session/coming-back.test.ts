/** Who takes the place of one who lost the connection, and what of voice goes with it. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import {
  alices,
  ask,
  closings,
  comeBack,
  effectsOf,
  listeners,
  messagesTo,
  namesIn,
  pair,
} from "../room/scene.ts";

describe("who comes back", () => {
  test("is welcomed, and nobody else hears of it", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    scene.pass(limits.gracePeriodMs - 1);
    const { id, effects } = comeBack(scene);
    expect(effects).toMatchObject([
      { type: "log", id, what: "returned", name: "alice" },
      { type: "send", to: [id], message: { type: "welcome", you: "alice", members: ["bob"] } },
    ]);
    expect(effects).toHaveLength(2);
    scene.pass(1);
    expect(scene.tick()).toEqual([]);
    expect(messagesTo(id, scene.tell(bob, { type: "say", text: "hi", ref: "r" }))).toHaveLength(1);
    expect(namesIn(scene)).toEqual(["alice", "bob"]);
  });

  test("has the name that the room knows, in whatever way the hello has it, and may change it", () => {
    const { scene, alice, bob } = pair();
    scene.tell(alice, { type: "rename", name: "al" });
    scene.lose(alice);
    const { id, effects } = comeBack(scene);
    expect(messagesTo(id, effects)[0]).toMatchObject({ you: "al" });
    const renamed = scene.tell(id, { type: "rename", name: "AL" });
    expect(messagesTo(bob, renamed)).toEqual([{ type: "renamed", from: "al", to: "AL" }]);
  });

  test("hears voice if the new hello says so", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    const back = comeBack(scene, "alice", { ...alices, voice: false });
    ask(scene, bob);
    const effects = scene.speak(bob, 1);
    expect(messagesTo(back.id, effects)).toHaveLength(1);
    expect(listeners(effects)).toEqual([]);
  });

  test("with a program that was started anew takes the place by the name, and the old program has none", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    const anew = comeBack(scene, "ALICE", { ...alices, session: "another program" });
    expect(messagesTo(anew.id, anew.effects)[0]).toMatchObject({ type: "welcome", you: "alice" });
    expect(messagesTo(bob, anew.effects)).toEqual([]);
    expect(closings(comeBack(scene).effects)).toMatchObject([[expect.any(Number), "name-taken"]]);
    scene.lose(anew.id);
    const again = comeBack(scene, "x", { ...alices, session: "another program" });
    expect(messagesTo(again.id, again.effects)[0]).toMatchObject({ you: "alice" });
  });

  test("under another name with another program is somebody else", () => {
    const { scene, alice } = pair();
    scene.lose(alice);
    const other = comeBack(scene, "carol", { ...alices, session: "another program" });
    expect(messagesTo(other.id, other.effects)[0]).toMatchObject({ members: ["alice", "bob"] });
  });

  test("while the old connection is in replaces it, whichever is noticed first", () => {
    const { scene, alice, bob } = pair();
    const { id, effects } = comeBack(scene);
    expect(closings(effects)).toEqual([[alice, "replaced"]]);
    expect(messagesTo(bob, effects)).toEqual([]);
    expect(messagesTo(alice, effects)).toEqual([]);
    expect(messagesTo(id, effects)).toMatchObject([{ type: "welcome", members: ["bob"] }]);
    expect(scene.tell(alice, { type: "say", text: "late", ref: "r" })).toEqual([]);
    expect(scene.lose(alice)).toEqual([]);
    expect(namesIn(scene)).toEqual(["alice", "bob"]);
    expect(scene.room.deadline()).toBeUndefined();
  });

  test("does not replace a later connection by one whose hello comes late", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    const early = scene.connect();
    const { id } = comeBack(scene);
    expect(closings(scene.greet(early, "alice", alices))).toEqual([[early, "replaced"]]);
    expect(messagesTo(id, scene.tell(bob, { type: "say", text: "hi", ref: "r" }))).toHaveLength(1);
    scene.lose(id);
    const stale = scene.connect();
    const next = comeBack(scene, "alice", { ...alices, session: "another program" });
    scene.lose(next.id);
    const ofOldProgram = scene.greet(stale, "alice", { ...alices, session: "a third program" });
    expect(closings(ofOldProgram)).toEqual([[stale, "name-taken"]]);
  });

  test("with another program while the old one is in is refused", () => {
    const { scene } = pair();
    const { id, effects } = comeBack(scene, "alice", { ...alices, session: "another program" });
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
      const { id, effects } = comeBack(scene);
      const all = [...lost, ...effects];
      expect(messagesTo(bob, all)).toMatchObject([{ type: "voiceEnded", from: "alice", reason: "lost" }]);
      expect(messagesTo(id, all)).toMatchObject([{ type: "welcome", talking: [] }]);
      expect(messagesTo(id, ask(scene, id))).toMatchObject([{ type: "floorGranted" }]);
      expect(scene.speak(alice, 1)).toEqual([]);
    }
  });

  test("for one who is lost ends, and both may hear it again, with whatever connection", () => {
    const { scene, alice, bob } = pair();
    ask(scene, bob, 5, "alice");
    scene.speak(bob, 1);
    expect(messagesTo(bob, scene.lose(alice))).toMatchObject([{ type: "voiceEnded", reason: "lost" }]);
    const { id } = comeBack(scene);
    scene.lose(bob);
    const other = comeBack(scene, "bob", { publicKey: "key of bob", session: "bob's program" });
    for (const one of [id, other.id])
      expect(effectsOf("list-clips", scene.tell(one, { type: "clips", ref: "r" }))).toMatchObject([
        { privateClips: [1] },
      ]);
    expect(effectsOf("clips-forgotten", scene.tell(id, { type: "quit" }))).toEqual([]);
    expect(effectsOf("clips-forgotten", scene.tell(other.id, { type: "quit" }))).toMatchObject([
      { clips: [1] },
    ]);
  });

  test("between two who are lost is forgotten when neither comes back", () => {
    const { scene, alice, bob } = pair();
    ask(scene, bob, 5, "alice");
    scene.speak(bob, 1);
    scene.lose(alice);
    scene.lose(bob);
    scene.pass(limits.gracePeriodMs);
    expect(effectsOf("clips-forgotten", scene.tick())).toMatchObject([{ clips: [1] }]);
  });
});
