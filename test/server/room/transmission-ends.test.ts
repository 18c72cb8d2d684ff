/** Every way in which a transmission ends. */
import { describe, expect, test } from "bun:test";
import { refusal } from "../../../lib/protocol/errors.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import { floorReleaseReasons } from "../../../lib/protocol/messages.ts";
import type { Scene } from "./scene.ts";
import { ask, closings, createScene, listeners, messagesTo, refusalsTo, sent, trio } from "./scene.ts";

const createTrio = (speakersMax = 1) => trio({ speakersMax, keepsClips: false });

describe("a transmission", () => {
  describe("that has sent all its frames", () => {
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

    test("ends with the recording times of its speaker when the floor is released", () => {
      const { scene, alice, bob, carol } = createSpoken();
      const parts = { captureMs: 22.5, encodeMs: 1.5 };
      expect(scene.tell(alice, { type: "releaseFloor", stream: 1, reason: "done", ...parts })).toEqual([
        sent([alice, bob, carol], { ...ended, ...parts }),
      ]);
      expect(scene.core.deadline()).toBeUndefined();
    });

    test("ends after floorReleaseWithinMs when the floor is not released", () => {
      const { scene, alice, bob, carol } = createSpoken();
      expect(scene.core.deadline()).toBe(limits.floorReleaseWithinMs);
      scene.pass(limits.floorReleaseWithinMs);
      expect(scene.tick()).toEqual([sent([alice, bob, carol], ended)]);
      expect(scene.tell(alice, { type: "releaseFloor", stream: 1, reason: "done" })).toEqual([]);
    });

    test("ignores more frames", () => {
      const { scene, alice } = createSpoken();
      for (let extra = 0; extra < 200; extra += 1) expect(scene.speak(alice, 1, 50 + extra)).toEqual([]);
    });
  });

  describe("that is faster than speech", () => {
    const burst = (limits.voiceBurstMsMax / 1_000) * limits.voiceFramesPerSecond;
    const speakOften = (scene: Scene, id: number, frames: number) =>
      Array.from({ length: frames }, (_, sequence) => scene.speak(id, 1, sequence)).flat();

    test("is stopped with `voice-too-fast`, and its frames are not passed on", () => {
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

    test("goes on when a stalled network brings two seconds at once, again and again", () => {
      const { scene, alice } = createTrio();
      ask(scene, alice, 60);
      scene.speak(alice, 1);
      for (let stall = 0; stall < 20; stall += 1) {
        scene.pass(limits.voiceBurstMsMax);
        expect(refusalsTo(alice, speakOften(scene, alice, burst))).toEqual([]);
      }
    });

    describe("and is one of many", () => {
      /** Begins a transmission of `frames` at once every `everyMs`, for ten seconds; counts what was granted, refused and heard. */
      function speakAgain(everyMs: number, frames: number) {
        // Other members would be cut off for so many messages.
        const scene = createScene({ operators: ["alice"], keepsClips: false });
        const [alice, bob] = [scene.joinWithKey("alice"), scene.join("bob")];
        let [granted, refused, heard] = [0, 0, 0];
        let stream = 1;
        for (; scene.now() < 10_000; scene.pass(everyMs)) {
          const [answer] = messagesTo(alice, ask(scene, alice));
          if (answer?.type === "error") {
            expect(answer).toEqual({ type: "error", ...refusal("voice-too-fast"), ref: "r" });
            refused += 1;
            continue;
          }
          granted += 1;
          for (let sequence = 0; sequence < frames; sequence += 1)
            heard += listeners(scene.speak(alice, stream, sequence)).length;
          scene.tell(alice, { type: "releaseFloor", stream, reason: "done" });
          stream += 1;
        }
        expect(refusalsTo(bob, ask(scene, bob)), "no other member is limited").toEqual([]);
        return { granted, refused, heard };
      }
      const framesIn = (ms: number) => (ms * limits.voiceFramesPerSecond) / 1_000;

      test("adds no more frames than a single transmission could", () => {
        const { heard, refused } = speakAgain(1, burst);
        expect(heard).toBeLessThanOrEqual(framesIn(10_000 + limits.voiceBurstMsMax));
        expect(refused).toBeGreaterThan(0);
      });

      test.each([0, 1])("is refused at times when each has %d frames", (frames) => {
        const { granted, refused } = speakAgain(1, frames);
        expect(granted).toBeLessThanOrEqual((10_000 + limits.voiceBurstMsMax) / limits.transmissionPaceMs);
        expect(refused).toBeGreaterThan(0);
      });

      test.each([
        [limits.transmissionPaceMs, 1],
        [limits.transmissionPaceMs, framesIn(limits.transmissionPaceMs)],
        [200, framesIn(200)],
      ])(
        "is always granted when every %d ms another one of %d frames begins, which is the pace of speech",
        (everyMs, frames) => {
          expect(speakAgain(everyMs, frames)).toMatchObject({ granted: 10_000 / everyMs, refused: 0 });
        },
      );

      test("is granted on a new session without a key", () => {
        const { scene, alice } = createTrio();
        ask(scene, alice);
        speakOften(scene, alice, burst);
        scene.feed({ type: "closed", id: alice });
        expect(refusalsTo(4, ask(scene, scene.join("alice")))).toEqual([]);
      });
    });

    test("by 2 % is stopped after about 100 s", () => {
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

  test.each(floorReleaseReasons)("ends with the reason %s of its speaker", (reason) => {
    const { scene, alice, bob, carol } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    expect(scene.tell(alice, { type: "releaseFloor", stream: 1, reason })).toEqual([
      sent([alice, bob, carol], { type: "voiceEnded", stream: 1, from: "alice", seconds: 0.02, reason }),
    ]);
    expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
  });

  test("without a frame ends for its speaker alone", () => {
    const { scene, alice } = createTrio();
    ask(scene, alice);
    expect(scene.tell(alice, { type: "releaseFloor", stream: 1, reason: "device" })).toEqual([
      sent([alice], { type: "voiceEnded", stream: 1, from: "alice", seconds: 0, reason: "device" }),
    ]);
  });

  test("does not end when another member releases its stream", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice);
    expect(scene.tell(bob, { type: "releaseFloor", stream: 1, reason: "done" })).toEqual([]);
    expect(scene.speak(alice, 1)).not.toEqual([]);
  });

  test("ends with the reason device when no frame comes within firstVoiceWithinMs", () => {
    const { scene, alice } = createTrio();
    ask(scene, alice);
    expect(scene.core.deadline()).toBe(limits.firstVoiceWithinMs);
    scene.pass(limits.firstVoiceWithinMs - 1);
    expect(scene.tick()).toEqual([]);
    scene.pass(1);
    expect(scene.tick()).toEqual([
      sent([alice], { type: "voiceEnded", stream: 1, from: "alice", seconds: 0, reason: "device" }),
    ]);
    expect(scene.speak(alice, 1)).toEqual([]);
  });

  test("ends when its seconds and transmissionGraceMs are over", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice, 2);
    scene.pass(1_000);
    scene.speak(alice, 1);
    expect(scene.core.deadline()).toBe(1_000 + 2_000 + limits.transmissionGraceMs);
    scene.pass(2_000 + limits.transmissionGraceMs - 1);
    expect(scene.tick()).toEqual([]);
    scene.pass(1);
    expect(messagesTo(bob, scene.tick())).toEqual([
      { type: "voiceEnded", stream: 1, from: "alice", seconds: 0.02, reason: "done" },
    ]);
  });

  test("ends at once when its speaker loses the connection, and the floor is free", () => {
    const { scene, alice, bob, carol } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    const effects = scene.feed({ type: "closed", id: alice });
    for (const id of [bob, carol])
      expect(messagesTo(id, effects)).toEqual([
        { type: "voiceEnded", stream: 1, from: "alice", seconds: 0.02, reason: "lost" },
        { type: "left", name: "alice", reason: "lost" },
      ]);
    expect(messagesTo(bob, ask(scene, bob))[0]).toMatchObject({ type: "floorGranted", stream: 2 });
  });

  test("without a frame ends unannounced when its speaker leaves", () => {
    const { scene, alice, bob, carol } = createTrio();
    ask(scene, alice);
    const effects = scene.tell(alice, { type: "quit" });
    expect(messagesTo(alice, effects)).toEqual([]);
    expect(messagesTo(carol, effects)).toEqual([{ type: "left", name: "alice", reason: "quit" }]);
    expect(refusalsTo(bob, ask(scene, bob))).toEqual([]);
  });

  test("ends when its speaker breaks the protocol", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    const effects = scene.feed({ type: "broken", id: alice, why: refusal("bad-message", { at: "say" }) });
    expect(closings(effects)).toEqual([[alice, "bad-message"]]);
    expect(messagesTo(alice, effects)).toEqual([]);
    expect(messagesTo(bob, effects)[0]).toMatchObject({ type: "voiceEnded", reason: "lost" });
  });

  test("for one receiver ends when that member leaves", () => {
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

  test("ends under the present name of its speaker", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    scene.tell(alice, { type: "rename", name: "al" });
    const effects = scene.tell(alice, { type: "releaseFloor", stream: 1, reason: "done" });
    expect(messagesTo(bob, effects)[0]).toMatchObject({ from: "al" });
  });
});
