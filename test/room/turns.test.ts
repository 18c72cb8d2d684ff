/** A turn at the microphone, from the asking to every end it can come to. */
import { describe, expect, test } from "bun:test";
import { refusal } from "../../lib/protocol/errors.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { hushReasons } from "../../lib/protocol/messages.ts";
import type { Scene } from "./scene.ts";
import { closings, createScene, hello, listeners, messagesTo, refusalsTo, sent } from "./scene.ts";

/** Three people, of whom carol hears no voice, in a room that keeps nothing. */
function createTrio(speakersMax = 1) {
  const scene = createScene({ speakersMax, keepsClips: false });
  return { scene, alice: scene.join("alice"), bob: scene.join("bob"), carol: scene.join("carol", false) };
}

const ask = (scene: Scene, id: number, seconds = 5, to?: string) =>
  scene.tell(id, { type: "talk", seconds, ref: "r", ...(to === undefined ? {} : { to }) });

describe("asking", () => {
  test("for a free floor is granted, and told to nobody else", () => {
    const { scene, alice } = createTrio();
    expect(ask(scene, alice)).toEqual([sent([alice], { type: "floor", ref: "r", stream: 1, seconds: 5 })]);
  });

  test("for a taken one is answered with who is talking and how long still", () => {
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

  test("is never answered with less than a second left", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, bob, 1);
    scene.speak(bob, 1);
    scene.pass(1_500);
    expect(messagesTo(alice, ask(scene, alice))[0]).toMatchObject({ message: "bob is talking (1 s left)." });
  });

  test("twice is refused like anybody's", () => {
    const { scene, alice } = createTrio(2);
    ask(scene, alice);
    expect(refusalsTo(alice, ask(scene, alice))).toEqual(["floor-taken"]);
  });

  test.each([0, 0.99, limits.turnSecondsMax + 1, 86_400])("for %d seconds is refused", (seconds) => {
    const { scene, alice } = createTrio();
    expect(refusalsTo(alice, ask(scene, alice, seconds))).toEqual(["bad-seconds"]);
  });

  test.each([1, 2.5, limits.turnSecondsMax])("for %d seconds is granted", (seconds) => {
    const { scene, alice } = createTrio();
    expect(messagesTo(alice, ask(scene, alice, seconds))[0]).toMatchObject({ type: "floor", seconds });
  });

  test("to speak to nobody is refused, and takes no floor", () => {
    const { scene, alice, bob } = createTrio();
    expect(refusalsTo(alice, ask(scene, alice, 5, "nobody"))).toEqual(["no-such-name"]);
    expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
  });

  test("is granted to as many at once as the room allows; then the one who ends first is named", () => {
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
    scene.tell(bob, { type: "hush", stream: 2, reason: "done" });
    expect(refusalsTo(carol, ask(scene, carol))).toEqual([]);
  });

  test("for oneself while one talks names oneself, whoever ends first", () => {
    const { scene, alice, bob } = createTrio(2);
    ask(scene, alice, 30);
    ask(scene, bob, 10);
    expect(messagesTo(alice, ask(scene, alice))[0]).toMatchObject({ code: "floor-taken", name: "alice" });
  });
});

describe("speaking", () => {
  test("is announced with the first frame, and heard by those who want to", () => {
    const { scene, alice, bob, carol } = createTrio();
    ask(scene, alice);
    expect(scene.speak(alice, 1)).toEqual([
      sent([bob, carol, alice], { type: "voiceStarted", stream: 1, from: "alice" }),
      { do: "relay", to: [bob], body: Uint8Array.of(0) },
    ]);
    expect(scene.speak(alice, 1, 1)).toEqual([{ do: "relay", to: [bob], body: Uint8Array.of(1) }]);
  });

  test("to one person is known to the two alone", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice, 5, "BOB");
    const effects = scene.speak(alice, 1);
    expect(effects[0]).toEqual(
      sent([bob, alice], { type: "voiceStarted", stream: 1, from: "alice", to: "bob" }),
    );
    expect(listeners(effects)).toEqual([bob]);
    expect(scene.tell(alice, { type: "hush", stream: 1, reason: "done" })).toEqual([
      sent([alice, bob], { type: "voiceEnded", stream: 1, from: "alice", seconds: 0.02, reason: "done" }),
    ]);
  });

  test("to one who hears no voice is announced all the same", () => {
    const { scene, alice, carol } = createTrio();
    ask(scene, alice, 5, "carol");
    const effects = scene.speak(alice, 1);
    expect(messagesTo(carol, effects)).toHaveLength(1);
    expect(listeners(effects)).toEqual([]);
  });

  test("is heard from where one comes in", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    const late = scene.connect();
    scene.tell(late, hello("late"));
    expect(listeners(scene.speak(alice, 1, 1))).toEqual([bob, late]);
  });

  test("without the floor is answered once a stream, and heard by nobody", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, bob);
    for (const stream of [0, 1, 99]) {
      expect(scene.speak(alice, stream)).toEqual([
        sent([alice], { type: "error", code: "no-floor", message: expect.any(String) }),
      ]);
      expect(scene.speak(alice, stream, 1)).toEqual([]);
    }
  });

  test("after one's turn is silently ignored, so long as it is the last one", () => {
    const { scene, alice } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    scene.tell(alice, { type: "hush", stream: 1, reason: "done" });
    expect(scene.speak(alice, 1)).toEqual([]);
    ask(scene, alice);
    scene.tell(alice, { type: "hush", stream: 2, reason: "done" });
    expect(refusalsTo(alice, scene.speak(alice, 1))).toEqual(["no-floor"]);
  });
});

describe("a turn ends", () => {
  describe("soon after its last frame", () => {
    function createSpoken() {
      const trio = createTrio();
      const { scene, alice, bob } = trio;
      ask(scene, alice, 1);
      for (let sequence = 0; sequence < 50; sequence += 1) {
        const effects = scene.speak(alice, 1, sequence);
        expect(messagesTo(bob, effects)).toHaveLength(sequence === 0 ? 1 : 0);
        expect(listeners(effects)).toEqual([bob]);
      }
      return trio;
    }
    const ended = { type: "voiceEnded", stream: 1, from: "alice", seconds: 1, reason: "done" } as const;

    test("when its speaker says how it was recorded", () => {
      const { scene, alice, bob, carol } = createSpoken();
      const parts = { captureMs: 22.5, encodeMs: 1.5 };
      expect(scene.tell(alice, { type: "hush", stream: 1, reason: "done", ...parts })).toEqual([
        sent([alice, bob, carol], { ...ended, ...parts }),
      ]);
      expect(scene.room.deadline()).toBeUndefined();
    });

    test("when its speaker says nothing", () => {
      const { scene, alice, bob, carol } = createSpoken();
      expect(scene.room.deadline()).toBe(limits.hushWithinMs);
      scene.pass(limits.hushWithinMs);
      expect(scene.tick()).toEqual([sent([alice, bob, carol], ended)]);
      expect(scene.tell(alice, { type: "hush", stream: 1, reason: "done" })).toEqual([]);
    });

    test("and more frames are ignored", () => {
      const { scene, alice } = createSpoken();
      for (let extra = 0; extra < 200; extra += 1) expect(scene.speak(alice, 1, 50 + extra)).toEqual([]);
    });
  });

  describe("when it is too fast to be speech", () => {
    const burst = (limits.voiceBurstMsMax / 1_000) * limits.voiceFramesPerSecond;
    const speakOften = (scene: Scene, id: number, frames: number) =>
      Array.from({ length: frames }, (_, sequence) => scene.speak(id, 1, sequence)).flat();

    test("and is heard by nobody from then on", () => {
      const { scene, alice, bob, carol } = createTrio();
      ask(scene, alice, 60);
      expect(refusalsTo(alice, speakOften(scene, alice, burst))).toEqual([]);
      expect(scene.speak(alice, 1, burst)).toEqual([
        sent([alice], { type: "error", ...refusal("voice-too-fast") }),
        sent([alice, bob, carol], {
          type: "voiceEnded",
          stream: 1,
          from: "alice",
          seconds: burst / limits.voiceFramesPerSecond,
          reason: "stopped",
        }),
      ]);
      expect(speakOften(scene, alice, 100)).toEqual([]);
      expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
    });

    test("but not when a stalled network brings two seconds at once, again and again", () => {
      const { scene, alice } = createTrio();
      ask(scene, alice, 60);
      scene.speak(alice, 1);
      for (let stall = 0; stall < 20; stall += 1) {
        scene.pass(limits.voiceBurstMsMax);
        expect(refusalsTo(alice, speakOften(scene, alice, burst))).toEqual([]);
      }
    });

    test("a little, for long", () => {
      const { scene, alice } = createTrio();
      ask(scene, alice, 300);
      let frames = 0;
      let refused: string[] = [];
      // 51 frames a second.
      for (; refused.length === 0 && frames < 15_000; frames += 1) {
        scene.pass(1_000 / 51);
        refused = refusalsTo(alice, scene.speak(alice, 1, frames));
      }
      expect(refused).toEqual(["voice-too-fast"]);
      expect(frames / 51).toBeGreaterThan(95);
      expect(frames / 51).toBeLessThan(105);
    });
  });

  test.each(hushReasons)("when its speaker says so: %s", (reason) => {
    const { scene, alice, bob, carol } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    expect(scene.tell(alice, { type: "hush", stream: 1, reason })).toEqual([
      sent([alice, bob, carol], { type: "voiceEnded", stream: 1, from: "alice", seconds: 0.02, reason }),
    ]);
    expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
  });

  test("untold to others when it was never heard", () => {
    const { scene, alice } = createTrio();
    ask(scene, alice);
    expect(scene.tell(alice, { type: "hush", stream: 1, reason: "device" })).toEqual([
      sent([alice], { type: "voiceEnded", stream: 1, from: "alice", seconds: 0, reason: "device" }),
    ]);
  });

  test("not when another one says so", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice);
    expect(scene.tell(bob, { type: "hush", stream: 1, reason: "done" })).toEqual([]);
    expect(scene.speak(alice, 1)).not.toEqual([]);
  });

  test("for want of a microphone, when nothing is heard in time", () => {
    const { scene, alice } = createTrio();
    ask(scene, alice);
    expect(scene.room.deadline()).toBe(limits.firstVoiceWithinMs);
    scene.pass(limits.firstVoiceWithinMs - 1);
    expect(scene.tick()).toEqual([]);
    scene.pass(1);
    expect(scene.tick()).toEqual([
      sent([alice], { type: "voiceEnded", stream: 1, from: "alice", seconds: 0, reason: "device" }),
    ]);
    expect(scene.speak(alice, 1)).toEqual([]);
  });

  test("when its time and its grace are over", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice, 2);
    scene.pass(1_000);
    scene.speak(alice, 1);
    expect(scene.room.deadline()).toBe(1_000 + 2_000 + limits.turnGraceMs);
    scene.pass(2_000 + limits.turnGraceMs - 1);
    expect(scene.tick()).toEqual([]);
    scene.pass(1);
    expect(messagesTo(bob, scene.tick())).toEqual([
      { type: "voiceEnded", stream: 1, from: "alice", seconds: 0.02, reason: "done" },
    ]);
  });

  test("at once when its speaker vanishes, and the next who asks is granted", () => {
    const { scene, alice, bob, carol } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    expect(scene.feed({ type: "closed", id: alice }).slice(0, 2)).toEqual([
      sent([bob, carol], { type: "voiceEnded", stream: 1, from: "alice", seconds: 0.02, reason: "lost" }),
      sent([bob, carol], { type: "left", name: "alice", reason: "lost" }),
    ]);
    expect(messagesTo(bob, ask(scene, bob))[0]).toMatchObject({ type: "floor", stream: 2 });
  });

  test("without a word when its speaker leaves before being heard", () => {
    const { scene, alice, bob, carol } = createTrio();
    ask(scene, alice);
    const effects = scene.tell(alice, { type: "quit" });
    expect(messagesTo(alice, effects)).toEqual([]);
    expect(messagesTo(carol, effects)).toEqual([{ type: "left", name: "alice", reason: "quit" }]);
    expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
  });

  test("when its speaker is turned away for breaking the protocol", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    const effects = scene.feed({ type: "broken", id: alice, why: refusal("bad-message", { at: "say" }) });
    expect(closings(effects)).toEqual([[alice, "bad-message"]]);
    expect(messagesTo(alice, effects)).toEqual([]);
    expect(messagesTo(bob, effects)[0]).toMatchObject({ type: "voiceEnded", reason: "lost" });
  });

  test("when the only one who would hear it leaves", () => {
    for (const isHeard of [false, true]) {
      const { scene, alice, bob, carol } = createTrio();
      ask(scene, alice, 5, "bob");
      if (isHeard) scene.speak(alice, 1);
      const effects = scene.feed({ type: "closed", id: bob });
      const [ended] = messagesTo(alice, effects);
      expect(ended).toMatchObject({ type: "voiceEnded", stream: 1, from: "alice", reason: "lost" });
      expect(messagesTo(carol, effects)).toEqual([{ type: "left", name: "bob", reason: "lost" }]);
      expect(scene.speak(alice, 1, 1)).toEqual([]);
      expect(refusalsTo(carol, ask(scene, carol))).toEqual([]);
    }
  });

  test("under the name its speaker has by then", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    scene.tell(alice, { type: "rename", name: "al" });
    const effects = scene.tell(alice, { type: "hush", stream: 1, reason: "done" });
    expect(messagesTo(bob, effects)[0]).toMatchObject({ from: "al" });
  });
});
