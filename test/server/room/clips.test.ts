/** Recorded transmissions: what is in a clip, who may hear it again, and when it is forgotten. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { floorReleaseReasons } from "../../../lib/protocol/messages.ts";
import { encodeVoice } from "../../../lib/protocol/voice-frame.ts";
import type { CoreEffect, CoreOptions } from "../../../lib/server/core.ts";
import type { Scene } from "./scene.ts";
import { ask, beginsAt, effectsOf, trio } from "./scene.ts";

const createTrio = (options: Partial<CoreOptions> = {}) => trio({ lastClip: 6, ...options });

let lastStream = 0;

/** Sends these packets and releases the floor; returns the effects of the release. */
function speak(
  scene: Scene,
  id: number,
  { packets = [Uint8Array.of(0x78)], to, reason = "done" }: Said = {},
): CoreEffect[] {
  const asked = ask(scene, id, 60, to);
  for (const { message } of effectsOf("send", asked))
    if (message.type === "floorGranted") lastStream = message.stream;
  const stream = lastStream;
  for (const [sequence, payload] of packets.entries()) {
    scene.feed({
      type: "voice",
      id,
      stream,
      body: encodeVoice({ stream, sequence, capturedAt: 0, payload }),
    });
    scene.pass(20);
  }
  const effects = scene.tell(id, { type: "releaseFloor", stream, reason });
  scene.pass(limits.transmissionPaceMs);
  return effects;
}

interface Said {
  packets?: Uint8Array[];
  to?: string;
  reason?: (typeof floorReleaseReasons)[number];
}

/** The private clips that a member may hear, which list and fetch must agree on. */
function privateClips(scene: Scene, id: number): number[] {
  const [listed] = effectsOf("list-clips", scene.tell(id, { type: "clips", ref: "c" }));
  const [fetched] = effectsOf("fetch-clip", scene.tell(id, { type: "fetch", clip: 1, first: 0, ref: "f" }));
  expect(fetched).toEqual({
    type: "fetch-clip",
    id,
    ref: "f",
    clip: 1,
    first: 0,
    privateClips: listed?.privateClips ?? [],
  });
  return listed?.privateClips ?? [];
}

describe("a transmission", () => {
  test("is kept with every packet that was heard, and its end is sent with the clip", () => {
    const { scene, alice, bob, carol } = createTrio();
    scene.pass(1_000);
    const packets = [Uint8Array.of(0x78, 1), Uint8Array.of(0x78, 2, 3)];
    expect(speak(scene, alice, { packets })).toEqual([
      {
        type: "clip",
        clip: { clip: 7, from: "alice", at: beginsAt.replace("00.000Z", "01.000Z"), seconds: 0.04 },
        packets,
        to: [alice, bob, carol],
        ended: { type: "voiceEnded", stream: 1, from: "alice", seconds: 0.04, reason: "done" },
      },
    ]);
    const [second] = effectsOf("clip", speak(scene, bob));
    expect(second?.clip).toMatchObject({ clip: 8, from: "bob" });
  });

  test("is kept in a copy, because the bytes of a frame are valid only during the call", () => {
    const { scene, alice } = createTrio();
    ask(scene, alice);
    const frame = encodeVoice({ stream: 1, sequence: 0, capturedAt: 0, payload: Uint8Array.of(0x78, 9) });
    // As a socket hands it over: in the middle of other bytes.
    const chunk = Buffer.concat([Buffer.alloc(60_000), frame, Buffer.alloc(60_000)]);
    const body = chunk.subarray(60_000, 60_000 + frame.length);
    scene.feed({ type: "voice", id: alice, stream: 1, body });
    chunk.fill(0);
    const [kept] = effectsOf("clip", scene.feed({ type: "closed", id: alice }));
    expect(kept).toMatchObject({ packets: [Uint8Array.of(0x78, 9)], ended: { reason: "lost" } });
    expect(kept?.packets[0]?.buffer.byteLength, "the copy holds on to no other bytes").toBe(2);
  });

  test("that was cancelled is not kept", () => {
    const { scene, alice } = createTrio();
    const effects = speak(scene, alice, { reason: "cancelled" });
    expect(effects).toMatchObject([{ type: "send", message: { type: "voiceEnded", reason: "cancelled" } }]);
  });

  test("without a frame is not kept", () => {
    const { scene, alice } = createTrio();
    expect(effectsOf("clip", speak(scene, alice, { packets: [] }))).toEqual([]);
  });

  test("is not kept in a room without clips", () => {
    const { scene, alice } = createTrio({ keepsClips: false });
    expect(effectsOf("clip", speak(scene, alice))).toEqual([]);
  });

  test("of more than clipBytesMax is not kept, and ends like any other", () => {
    const { scene, alice } = createTrio();
    const packet = new Uint8Array(limits.packetBytesMax).fill(0x78);
    const fitting = Math.floor(limits.clipBytesMax / limits.packetBytesMax);
    ask(scene, alice, 300);
    const speakOne = (stream: number, sequence: number) => {
      const body = encodeVoice({ stream, sequence, capturedAt: 0, payload: packet });
      scene.feed({ type: "voice", id: alice, stream, body });
      scene.pass(20);
    };
    for (let sequence = 0; sequence < fitting; sequence += 1) speakOne(1, sequence);
    const [whole] = effectsOf("clip", scene.tell(alice, { type: "releaseFloor", stream: 1, reason: "done" }));
    expect(whole?.packets).toHaveLength(fitting);
    ask(scene, alice, 300);
    for (let sequence = 0; sequence <= fitting; sequence += 1) speakOne(2, sequence);
    expect(scene.tell(alice, { type: "releaseFloor", stream: 2, reason: "done" })).toMatchObject([
      { type: "send", message: { type: "voiceEnded", stream: 2, seconds: (fitting + 1) / 50 } },
    ]);
  });

  test("that the shutdown interrupts is kept before the connections are closed", () => {
    const { scene, alice } = createTrio();
    ask(scene, alice);
    scene.speak(alice, 1);
    const effects = scene.feed({ type: "shutdown" });
    expect(effects[0]).toMatchObject({ type: "clip", clip: { from: "alice" } });
    expect(effectsOf("close", effects)).toHaveLength(3);
  });
});

describe("a clip for one person", () => {
  test("may be heard again by its speaker and its receiver only", () => {
    const { scene, alice, bob, carol } = createTrio();
    const [kept] = effectsOf("clip", speak(scene, alice, { to: "bob" }));
    expect(kept).toMatchObject({ clip: { clip: 7, from: "alice", to: "bob" }, to: [alice, bob] });
    speak(scene, alice);
    expect([alice, bob, carol].map((id) => privateClips(scene, id))).toEqual([[7], [7], []]);
  });

  test("is forgotten when both are gone, and a new member under an old name may not hear it", () => {
    const { scene, alice, bob, carol } = createTrio();
    speak(scene, alice, { to: "bob" });
    scene.tell(carol, { type: "rename", name: "caroline" });
    expect(effectsOf("clips-forgotten", scene.feed({ type: "closed", id: alice }))).toEqual([]);
    const another = scene.join("alice");
    expect([another, bob].map((id) => privateClips(scene, id))).toEqual([[], [7]]);
    const effects = scene.tell(bob, { type: "quit" });
    expect(effectsOf("clips-forgotten", effects)).toEqual([{ type: "clips-forgotten", clips: [7] }]);
  });

  test("may be heard by the speaker alone after its receiver left during the transmission", () => {
    const { scene, alice, bob } = createTrio();
    ask(scene, alice, 5, "bob");
    scene.speak(alice, 1);
    const effects = scene.feed({ type: "closed", id: bob });
    expect(effectsOf("clip", effects)).toMatchObject([{ to: [alice], clip: { to: "bob" } }]);
    expect(privateClips(scene, alice)).toEqual([7]);
    expect(effectsOf("clips-forgotten", scene.feed({ type: "closed", id: alice }))).toHaveLength(1);
  });

  test("is forgotten when the server stops, a running transmission included", () => {
    const { scene, alice, bob } = createTrio();
    speak(scene, alice);
    speak(scene, alice, { to: "bob" });
    ask(scene, bob, 5, "carol");
    scene.speak(bob, 3);
    const effects = scene.feed({ type: "shutdown" });
    expect(effectsOf("clips-forgotten", effects).flatMap(({ clips }) => clips)).toEqual([8, 9]);
    const last = effects.findLastIndex((effect) => effect.type === "clip");
    expect(effects.findIndex((effect) => effect.type === "clips-forgotten")).toBeGreaterThan(last);
  });

  test("from a member to itself is forgotten when that member leaves", () => {
    const { scene, alice } = createTrio();
    speak(scene, alice, { to: "alice" });
    expect(privateClips(scene, alice)).toEqual([7]);
    expect(effectsOf("clips-forgotten", scene.feed({ type: "closed", id: alice }))).toHaveLength(1);
  });

  test("is forgotten when both have privateClipsMax newer ones", () => {
    const { scene, alice, bob } = createTrio();
    for (let count = 0; count < limits.privateClipsMax; count += 1) {
      expect(effectsOf("clips-forgotten", speak(scene, alice, { to: "bob" }))).toEqual([]);
    }
    expect(effectsOf("clips-forgotten", speak(scene, bob, { to: "alice" }))).toEqual([
      { type: "clips-forgotten", clips: [7] },
    ]);
    expect(privateClips(scene, alice)).toHaveLength(limits.privateClipsMax);
  });
});

test("a request for a clip without a number asks for the newest", () => {
  const { scene, bob } = createTrio();
  expect(scene.tell(bob, { type: "fetch", first: 500, ref: "f" })).toEqual([
    { type: "fetch-clip", id: bob, ref: "f", first: 500, privateClips: [] },
  ]);
});
