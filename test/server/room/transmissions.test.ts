/** Requests for the floor, and voice frames that are passed on. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import { ask, effectsOf, hello, listeners, messagesTo, refusalsTo, sent, trio } from "./scene.ts";

const createTrio = (speakersMax = 1) => trio({ speakersMax, keepsClips: false });

describe("a request for the floor", () => {
  test("is granted when the floor is free, and no other member is told", () => {
    const { scene, alice } = createTrio();
    expect(ask(scene, alice)).toEqual([
      sent([alice], { type: "floorGranted", ref: "r", stream: 1, seconds: 5 }),
    ]);
  });

  test("is refused with the name of the speaker and the seconds left when the floor is taken", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, bob);
    scene.pass(100);
    scene.speak(bob, 1);
    scene.pass(2_500);
    expect(ask(scene, alice)).toEqual([
      sent([alice], {
        type: "error",
        code: "floor-taken",
        message: "bob is talking (3 s left).",
        name: "bob",
        seconds: 3,
        ref: "r",
      }),
    ]);
  });

  test("is never refused with less than one second left", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, bob, 1);
    scene.speak(bob, 1);
    scene.pass(1_500);
    expect(messagesTo(alice, ask(scene, alice))[0]).toMatchObject({ message: "bob is talking (1 s left)." });
  });

  test("from the holder of the floor is refused with `floor-taken`", () => {
    const { scene, alice } = createTrio(2);
    ask(scene, alice);
    expect(refusalsTo(alice, ask(scene, alice))).toEqual(["floor-taken"]);
  });

  test.each([0, 0.99, limits.transmissionSecondsMax + 1, 86_400])(
    "for %d seconds is refused with `bad-seconds`",
    (seconds) => {
      const { scene, alice } = createTrio();
      expect(refusalsTo(alice, ask(scene, alice, seconds))).toEqual(["bad-seconds"]);
    },
  );

  test.each([1, 2.5, limits.transmissionSecondsMax])("for %d seconds is granted", (seconds) => {
    const { scene, alice } = createTrio();
    expect(messagesTo(alice, ask(scene, alice, seconds))[0]).toMatchObject({ type: "floorGranted", seconds });
  });

  test("for an unknown receiver is refused, and the floor stays free", () => {
    const { scene, alice, bob } = createTrio();
    expect(refusalsTo(alice, ask(scene, alice, 5, "zack"))).toEqual(["no-such-name"]);
    expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
  });

  test("is granted to speakersMax members at once, and then refused with the name of the one who ends first", () => {
    const { scene, alice, bob, carol } = createTrio(2);
    expect(refusalsTo(alice, ask(scene, alice, 30))).toEqual([]);
    expect(refusalsTo(bob, ask(scene, bob, 10))).toEqual([]);
    const [taken] = messagesTo(carol, ask(scene, carol));
    expect(taken).toMatchObject({ code: "floor-taken", name: "bob", seconds: 10 });
    scene.pass(4_000);
    scene.speak(alice, 1);
    scene.speak(bob, 2);
    scene.pass(2_000);
    expect(messagesTo(carol, ask(scene, carol))[0]).toMatchObject({ name: "bob", seconds: 8 });
    scene.tell(bob, { type: "releaseFloor", stream: 2, reason: "done" });
    expect(refusalsTo(carol, ask(scene, carol))).toEqual([]);
  });

  test("from a speaker is refused with its own name, even if another speaker ends first", () => {
    const { scene, alice, bob } = createTrio(2);
    ask(scene, alice, 30);
    ask(scene, bob, 10);
    expect(messagesTo(alice, ask(scene, alice))[0]).toMatchObject({ code: "floor-taken", name: "alice" });
  });
});

describe("a voice frame", () => {
  test("is passed on to the voice subscribers, and the first one is announced to everyone", () => {
    const { scene, alice, bob, carol } = createTrio();
    ask(scene, alice);
    expect(scene.speak(alice, 1)).toEqual([
      sent([alice, bob, carol], { type: "voiceStarted", stream: 1, from: "alice" }),
      { type: "relay", to: [alice, bob], except: alice, body: Uint8Array.of(0) },
    ]);
    expect(scene.speak(alice, 1, 1)).toEqual([
      { type: "relay", to: [alice, bob], except: alice, body: Uint8Array.of(1) },
    ]);
  });

  test("goes to the same array until a member joins or leaves", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice);
    const heardBy = (): unknown => effectsOf("relay", scene.speak(alice, 1))[0]?.to;
    const first = heardBy();
    expect(heardBy()).toBe(first);
    const dave = scene.join("dave");
    expect(heardBy()).toEqual([alice, bob, dave]);
    scene.tell(bob, { type: "quit" });
    expect(heardBy()).toEqual([alice, dave]);
  });

  test("for one receiver reaches that member, and only the two are told", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice, 5, "BOB");
    const effects = scene.speak(alice, 1);
    expect(effects[0]).toEqual(
      sent([alice, bob], { type: "voiceStarted", stream: 1, from: "alice", to: "bob" }),
    );
    expect(listeners(effects)).toEqual([bob]);
    expect(scene.tell(alice, { type: "releaseFloor", stream: 1, reason: "done" })).toEqual([
      sent([alice, bob], { type: "voiceEnded", stream: 1, from: "alice", seconds: 0.02, reason: "done" }),
    ]);
  });

  test("for a receiver who hears no voice is announced, and not passed on", () => {
    const { scene, alice, carol } = createTrio();
    ask(scene, alice, 5, "carol");
    const effects = scene.speak(alice, 1);
    expect(messagesTo(carol, effects)).toHaveLength(1);
    expect(listeners(effects)).toEqual([]);
  });

  test("reaches a member who joins during the transmission", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    const late = scene.connect();
    scene.tell(late, hello("late"));
    expect(listeners(scene.speak(alice, 1, 1))).toEqual([bob, late]);
  });

  test("without the floor is refused once for each stream, and not passed on", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, bob);
    for (const stream of [0, 1, 99]) {
      expect(scene.speak(alice, stream)).toEqual([
        sent([alice], { type: "error", code: "no-floor", message: expect.any(String) }),
      ]);
      expect(scene.speak(alice, stream, 1)).toEqual([]);
    }
  });

  test("of the last transmission that is over is ignored, and of an earlier one refused", () => {
    const { scene, alice } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    scene.tell(alice, { type: "releaseFloor", stream: 1, reason: "done" });
    expect(scene.speak(alice, 1)).toEqual([]);
    ask(scene, alice);
    scene.tell(alice, { type: "releaseFloor", stream: 2, reason: "done" });
    expect(refusalsTo(alice, scene.speak(alice, 1))).toEqual(["no-floor"]);
  });
});
