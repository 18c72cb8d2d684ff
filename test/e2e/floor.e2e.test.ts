/** Shows with a speaker that speaks the bare protocol who may talk, who hears it, and how a transmission ends. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import { type Client, openStage, type Stage } from "../support/holler.ts";
import { joinRaw, type RawClient } from "../support/raw-client.ts";

setDefaultTimeout(120_000);

/** With voice, and in an environment without a sound system. */
const noSound = { args: [] };

const transmissionsIn = (client: Client) => client.events.filter(({ event }) => event.startsWith("voice"));

async function ask(client: RawClient, fields: { seconds?: number; to?: string } = {}): Promise<number> {
  client.send({ type: "requestFloor", seconds: 5, ref: "t", ...fields });
  return (await client.next("floorGranted", { ref: "t" })).stream;
}

async function scene(stage: Stage) {
  const server = await stage.server();
  const target = { port: server.port, tls: true };
  const bob = await stage.join("bob", server);
  const carol = await stage.join("carol", server);
  const speaker = await joinRaw(target, "speaker");
  const listener = await joinRaw(target, "listener");
  return { server, bob, carol, speaker, listener };
}

describe("a transmission", () => {
  test("is announced with its first frame and at its end, and heard whole by the others", async () => {
    await using stage = await openStage();
    const { bob, speaker, listener } = await scene(stage);
    const stream = await ask(speaker);
    speaker.speak(stream, 100);
    speaker.send({ type: "releaseFloor", stream, reason: "stopped" });
    expect(await bob.next("voice-started")).toEqual({ event: "voice-started", stream, from: "speaker" });
    expect(await bob.next("voice-ended")).toEqual({
      event: "voice-ended",
      stream,
      from: "speaker",
      seconds: 2,
      reason: "stopped",
      clip: 1,
    });
    await listener.next("voiceEnded");
    expect(listener.voice.items.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
    expect(listener.voice.items[99]).toMatchObject({
      stream,
      capturedAt: 99 * 20_000,
      payload: { length: 80 },
    });
    await speaker.next("voiceEnded");
    expect(speaker.voice.items).toEqual([]);
  });

  test("ends when its time is spoken, and late frames are no offence", async () => {
    await using stage = await openStage();
    const { bob, speaker, listener } = await scene(stage);
    const stream = await ask(speaker, { seconds: 1 });
    speaker.speak(stream, 60);
    expect(await bob.next("voice-ended")).toMatchObject({ stream, seconds: 1, reason: "done" });
    speaker.send({ type: "releaseFloor", stream, reason: "done" }, { type: "say", text: "done", ref: "r" });
    await listener.next("said");
    expect(listener.voice.items).toHaveLength(50);
    expect(speaker.messages.filter(({ type }) => type === "error")).toEqual([]);
  });

  test("says at its end how long the speaker's machine took to record it", async () => {
    await using stage = await openStage();
    const { speaker, listener } = await scene(stage);
    const stream = await ask(speaker, { seconds: 1 });
    speaker.speak(stream, 50);
    speaker.send({ type: "releaseFloor", stream, reason: "done", captureMs: 21.5, encodeMs: 1.25 });
    expect(await listener.next("voiceEnded")).toMatchObject({ seconds: 1, captureMs: 21.5, encodeMs: 1.25 });
  });

  test("says at its end that it was cancelled", async () => {
    await using stage = await openStage();
    const { bob, speaker } = await scene(stage);
    const stream = await ask(speaker);
    speaker.speak(stream, 10);
    speaker.send({ type: "releaseFloor", stream, reason: "cancelled" });
    expect(await bob.next("voice-ended")).toMatchObject({ seconds: 0.2, reason: "cancelled" });
  });

  test("to one person is known to the two alone", async () => {
    await using stage = await openStage();
    const { bob, carol, speaker, listener } = await scene(stage);
    const stream = await ask(speaker, { to: "LISTENER" });
    speaker.speak(stream, 10);
    speaker.send({ type: "releaseFloor", stream, reason: "done" }, { type: "say", text: "done", ref: "r" });
    expect(await listener.next("voiceStarted")).toMatchObject({ stream, from: "speaker", to: "listener" });
    await listener.next("voiceEnded", { stream });
    expect(listener.voice.items).toHaveLength(10);
    for (const client of [bob, carol]) {
      await client.next("said", { text: "done" });
      expect(transmissionsIn(client)).toEqual([]);
    }
    const toBob = await ask(speaker, { to: "bob" });
    speaker.speak(toBob, 1);
    expect(await bob.next("voice-started")).toEqual({
      event: "voice-started",
      stream: toBob,
      from: "speaker",
      to: "bob",
    });
  });

  test("is part of the welcome of a client that joins while it lasts", async () => {
    await using stage = await openStage();
    const { server, speaker, bob } = await scene(stage);
    const stream = await ask(speaker);
    speaker.speak(stream, 10);
    await bob.next("voice-started");
    const late = await stage.join("late", server);
    expect(await late.next("voice-started")).toEqual({ event: "voice-started", stream, from: "speaker" });
    speaker.send({ type: "releaseFloor", stream, reason: "done" });
    await late.next("voice-ended", { stream });
  });
});

describe("the floor", () => {
  test("is not granted faster than people speak, and is granted a moment later", async () => {
    await using stage = await openStage();
    const { speaker } = await scene(stage);
    const began = performance.now();
    const talk = async (ref: string): Promise<number | undefined> => {
      speaker.send(
        { type: "requestFloor", seconds: 5, ref },
        { type: "say", text: "answered?", ref: `after ${ref}` },
      );
      await speaker.next("said", { ref: `after ${ref}` });
      const answer = speaker.messages.find((message) => "ref" in message && message.ref === ref);
      if (answer?.type === "floorGranted") return answer.stream;
      expect(answer).toMatchObject({ type: "error", code: "voice-too-fast" });
      return undefined;
    };
    let granted = 0;
    for (let stream = await talk("0"); stream !== undefined; stream = await talk(`${granted}`)) {
      granted += 1;
      speaker.send({ type: "releaseFloor", stream, reason: "done" });
      await speaker.next("voiceEnded", { stream });
    }
    const elapsedMs = performance.now() - began;
    expect(granted).toBeGreaterThanOrEqual(limits.voiceBurstMsMax / limits.transmissionPaceMs);
    expect(granted).toBeLessThanOrEqual((limits.voiceBurstMsMax + elapsedMs) / limits.transmissionPaceMs);
    await Bun.sleep(limits.transmissionPaceMs);
    expect(await talk("last")).toBeNumber();
  });

  test("belongs to one member: a second request is answered with the holder and the time left", async () => {
    await using stage = await openStage();
    const { server, bob, speaker, listener } = await scene(stage);
    const stream = await ask(speaker, { seconds: 30 });
    speaker.speak(stream, 1);
    await bob.next("voice-started");
    listener.send({ type: "requestFloor", seconds: 5, ref: "mine" });
    const refused = await listener.next("error", { ref: "mine" });
    expect(refused).toMatchObject({ code: "floor-taken", name: "speaker", seconds: expect.any(Number) });
    expect(refused.message).toMatch(/^speaker is talking \((30|29) s left\)\.$/);
    const dave = await stage.join("dave", server, noSound);
    dave.do({ do: "record", ref: "r9" });
    expect(await dave.next("error", { code: "floor-taken" })).toMatchObject({ ref: "r9" });
    speaker.send({ type: "releaseFloor", stream, reason: "done" });
    await listener.next("voiceEnded");
    expect(await ask(listener)).toBeGreaterThan(stream);
  });

  test("is free at once when its holder vanishes", async () => {
    await using stage = await openStage();
    const { bob, speaker, listener } = await scene(stage);
    const stream = await ask(speaker, { seconds: 60 });
    speaker.speak(stream, 5);
    await bob.next("voice-started");
    speaker.vanish();
    expect(await bob.next("voice-ended")).toMatchObject({
      stream,
      from: "speaker",
      seconds: 0.1,
      reason: "lost",
    });
    expect(await bob.next("left")).toEqual({ event: "left", name: "speaker", reason: "lost" });
    await ask(listener);
  });

  test("belongs to several members at once with --speakers, and all of them are heard", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--speakers", "2"] });
    const target = { port: server.port, tls: true };
    using alice = await joinRaw(target, "alice");
    using bob = await joinRaw(target, "bob");
    using carol = await joinRaw(target, "carol");
    const [first, second] = [await ask(alice, { seconds: 30 }), await ask(bob, { seconds: 10 })];
    carol.send({ type: "requestFloor", seconds: 5, ref: "third" });
    expect(await carol.next("error")).toMatchObject({ code: "floor-taken", name: "bob", ref: "third" });
    for (let from = 0; from < 50; from += 5) {
      alice.speak(first, 5, from);
      bob.speak(second, 5, from);
    }
    alice.send({ type: "releaseFloor", stream: first, reason: "done" });
    bob.send({ type: "releaseFloor", stream: second, reason: "done" });
    // In whatever order their last words arrive.
    for (let ended = 0; ended < 2; ended += 1) await carol.next("voiceEnded", { seconds: 1 });
    for (const stream of [first, second]) {
      const heard = carol.voice.items.filter((frame) => frame.stream === stream);
      expect(heard.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    }
  });

  test.concurrent("is taken from a holder that sends no voice within five seconds", async () => {
    await using stage = await openStage();
    const { bob, speaker, listener } = await scene(stage);
    const stream = await ask(speaker, { seconds: 60 });
    expect(await speaker.next("voiceEnded")).toMatchObject({ stream, seconds: 0, reason: "device" });
    await ask(listener);
    bob.do({ do: "quit" });
    await bob.exit();
    expect(transmissionsIn(bob)).toEqual([]);
  });

  test("is refused for no time, too much time, or an unknown receiver", async () => {
    await using stage = await openStage();
    const { speaker } = await scene(stage);
    for (const [seconds, code] of [
      [0, "bad-seconds"],
      [301, "bad-seconds"],
    ] as const) {
      speaker.send({ type: "requestFloor", seconds, ref: code });
      await speaker.next("error", { code, ref: code });
    }
    speaker.send({ type: "requestFloor", seconds: 5, to: "nobody", ref: "r" });
    await speaker.next("error", { code: "no-such-name", ref: "r" });
  });
});

describe("without a sound system", () => {
  const systems: [title: string, code: RegExp, env: Record<string, string>][] = [
    ["no sound server", /^no-/, {}],
    ["not even a configuration", /^no-sound-system$/, { ALSA_CONFIG_PATH: "/dev/null" }],
  ];
  for (const [title, code, env] of systems) {
    test(`${title}: recording is refused in one line, the others notice nothing, and text goes on`, async () => {
      await using stage = await openStage();
      const { server, bob, speaker } = await scene(stage);
      const dave = await stage.join("dave", server, { ...noSound, env });
      dave.do({ do: "record", seconds: 2, ref: "r1" });
      const error = await dave.next("error");
      expect(error.code).toMatch(code);
      expect(error.message).toMatch(/^[^\n]+\.$/);
      dave.do({ do: "say", text: "text works" });
      await bob.next("said", { text: "text works" });
      expect(transmissionsIn(bob)).toEqual([]);
      await ask(speaker);
      expect(dave.errors.items).toEqual([]);
      dave.do({ do: "quit" });
      expect(await dave.exit()).toBe(0);
    });
  }

  test("a listener still sees who talks, and is told once that there is no speaker", async () => {
    await using stage = await openStage();
    const { server, speaker } = await scene(stage);
    const dave = await stage.join("dave", server, noSound);
    for (let count = 0; count < 2; count += 1) {
      const stream = await ask(speaker, { seconds: 1 });
      speaker.speak(stream, 50);
      await dave.next("voice-started", { stream });
      await dave.next("voice-ended", { stream, seconds: 1, reason: "done" });
    }
    speaker.send({ type: "say", text: "done", ref: "r" });
    await dave.next("said", { text: "done" });
    dave.do({ do: "quit" });
    expect(await dave.exit()).toBe(0);
    const errors = dave.events.filter(({ event }) => event === "error");
    expect(errors.length).toBeLessThanOrEqual(1);
    expect(dave.errors.items).toEqual([]);
  });
});
