/** Session resumption: which session a hello resumes, and its transmissions and clips. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import {
  aliceCredentials,
  ask,
  closings,
  effectsOf,
  listeners,
  messagesTo,
  namesIn,
  pair,
  reconnect,
} from "../room/scene.ts";

describe("a hello of a detached member", () => {
  test("resumes the session, and no other member is told", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    scene.pass(limits.gracePeriodMs - 1);
    const { id, effects } = reconnect(scene);
    expect(effectsOf("send", effects)).toMatchObject([
      { to: [id], message: { type: "welcome", you: "alice", members: ["bob"] } },
    ]);
    expect(effectsOf("log", effects)).toMatchObject([{ id, what: "returned", name: "alice" }]);
    expect(effectsOf("presence", effects)).toEqual([]);
    scene.pass(1);
    expect(scene.tick()).toEqual([]);
    expect(messagesTo(id, scene.tell(bob, { type: "say", text: "hi", ref: "r" }))).toHaveLength(1);
    expect(namesIn(scene)).toEqual(["alice", "bob"]);
  });

  test("keeps the name of the session, whatever name the hello has", () => {
    const { scene, alice, bob } = pair();
    scene.tell(alice, { type: "rename", name: "al" });
    scene.lose(alice);
    const { id, effects } = reconnect(scene);
    expect(messagesTo(id, effects)[0]).toMatchObject({ you: "al" });
    const renamed = scene.tell(id, { type: "rename", name: "AL" });
    expect(messagesTo(bob, renamed)).toEqual([{ type: "renamed", from: "al", to: "AL" }]);
  });

  test("decides anew whether the member hears voice", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    const back = reconnect(scene, "alice", { ...aliceCredentials, voice: false });
    ask(scene, bob);
    const effects = scene.speak(bob, 1);
    expect(messagesTo(back.id, effects)).toHaveLength(1);
    expect(listeners(effects)).toEqual([]);
  });

  test("of a program that was started anew resumes by the name, and the old program cannot any more", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    const anew = reconnect(scene, "ALICE", { ...aliceCredentials, session: "another program" });
    expect(messagesTo(anew.id, anew.effects)[0]).toMatchObject({ type: "welcome", you: "alice" });
    expect(messagesTo(bob, anew.effects)).toEqual([]);
    expect(closings(reconnect(scene).effects)).toMatchObject([[expect.any(Number), "name-taken"]]);
    scene.lose(anew.id);
    const again = reconnect(scene, "x", { ...aliceCredentials, session: "another program" });
    expect(messagesTo(again.id, again.effects)[0]).toMatchObject({ you: "alice" });
  });

  test("under another name with another program begins another session", () => {
    const { scene, alice } = pair();
    scene.lose(alice);
    const other = reconnect(scene, "carol", { ...aliceCredentials, session: "another program" });
    expect(messagesTo(other.id, other.effects)[0]).toMatchObject({ members: ["alice", "bob"] });
  });

  test("replaces the old connection if the server has not noticed its loss", () => {
    const { scene, alice, bob } = pair();
    const { id, effects } = reconnect(scene);
    expect(closings(effects)).toEqual([[alice, "replaced"]]);
    expect(messagesTo(bob, effects)).toEqual([]);
    expect(messagesTo(alice, effects)).toEqual([]);
    expect(messagesTo(id, effects)).toMatchObject([{ type: "welcome", members: ["bob"] }]);
    expect(scene.tell(alice, { type: "say", text: "late", ref: "r" })).toEqual([]);
    expect(scene.lose(alice)).toEqual([]);
    expect(namesIn(scene)).toEqual(["alice", "bob"]);
    expect(scene.core.deadline()).toBeUndefined();
  });

  test("does not replace a later connection by an earlier one whose hello comes late", () => {
    const { scene, alice, bob } = pair();
    scene.lose(alice);
    const early = scene.connect();
    const { id } = reconnect(scene);
    expect(closings(scene.greet(early, "alice", aliceCredentials))).toEqual([[early, "replaced"]]);
    expect(messagesTo(id, scene.tell(bob, { type: "say", text: "hi", ref: "r" }))).toHaveLength(1);
    scene.lose(id);
    const stale = scene.connect();
    const next = reconnect(scene, "alice", { ...aliceCredentials, session: "another program" });
    scene.lose(next.id);
    const ofOldProgram = scene.greet(stale, "alice", { ...aliceCredentials, session: "a third program" });
    expect(closings(ofOldProgram)).toEqual([[stale, "name-taken"]]);
  });

  test("of another program is refused while the old connection is open", () => {
    const { scene } = pair();
    const { id, effects } = reconnect(scene, "alice", { ...aliceCredentials, session: "another program" });
    expect(closings(effects)).toEqual([[id, "name-taken"]]);
  });
});

describe("a transmission", () => {
  test("ends at once when its speaker is detached or replaced, and the floor is free for the speaker, too", () => {
    for (const isReplaced of [true, false]) {
      const { scene, alice, bob } = pair();
      ask(scene, alice);
      scene.speak(alice, 1);
      const lost = isReplaced ? [] : scene.lose(alice);
      const { id, effects } = reconnect(scene);
      const all = [...lost, ...effects];
      expect(messagesTo(bob, all)).toMatchObject([{ type: "voiceEnded", from: "alice", reason: "lost" }]);
      expect(messagesTo(id, all)).toMatchObject([{ type: "welcome", talking: [] }]);
      expect(messagesTo(id, ask(scene, id))).toMatchObject([{ type: "floorGranted" }]);
      expect(scene.speak(alice, 1)).toEqual([]);
    }
  });

  test("for a member who is detached ends, and both may hear the clip on their next connections", () => {
    const { scene, alice, bob } = pair();
    ask(scene, bob, 5, "alice");
    scene.speak(bob, 1);
    expect(messagesTo(bob, scene.lose(alice))).toMatchObject([{ type: "voiceEnded", reason: "lost" }]);
    const { id } = reconnect(scene);
    scene.lose(bob);
    const other = reconnect(scene, "bob", { publicKey: "key of bob", session: "bob's program" });
    for (const one of [id, other.id])
      expect(effectsOf("list-clips", scene.tell(one, { type: "clips", ref: "r" }))).toMatchObject([
        { privateClips: [1] },
      ]);
    expect(effectsOf("clips-forgotten", scene.tell(id, { type: "quit" }))).toEqual([]);
    expect(effectsOf("clips-forgotten", scene.tell(other.id, { type: "quit" }))).toMatchObject([
      { clips: [1] },
    ]);
  });

  test("between two detached members is forgotten when neither resumes", () => {
    const { scene, alice, bob } = pair();
    ask(scene, bob, 5, "alice");
    scene.speak(bob, 1);
    scene.lose(alice);
    scene.lose(bob);
    scene.pass(limits.gracePeriodMs);
    expect(effectsOf("clips-forgotten", scene.tick())).toMatchObject([{ clips: [1] }]);
  });
});
