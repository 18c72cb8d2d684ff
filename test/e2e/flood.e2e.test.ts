/** Shows that floods, many connections and clients that never read cost the server little and the others nothing. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { encodeFrame } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { openStage, type Server } from "../support/holler.ts";
import { connectRaw, joinRaw } from "../support/raw-client.ts";

setDefaultTimeout(120_000);
const mebibyte = 2 ** 20;

async function memoryOf({ pid }: Server): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1_024;
}

/** Alice is an operator: operators may say more in a second. */
const flagsOf = (tls: boolean) => ({ args: ["--op", "alice", ...(tls ? [] : ["--plaintext"])] });

for (const tls of [true, false]) {
  describe(tls ? "with TLS" : "in plaintext", () => {
    test("a client that never reads is cut off with a reason, and the others miss nothing", async () => {
      await using stage = await openStage();
      const server = await stage.server(flagsOf(tls));
      const [alice, bob] = [await stage.join("alice", server), await stage.join("bob", server)];
      using mallory = await joinRaw({ port: server.port, tls }, "mallory");
      mallory.socket.pause();
      const before = await memoryOf(server);
      const text = "x".repeat(4_000);
      const lines = 5_000;
      for (let sent = 0; sent < lines; sent += 1)
        alice.do({ do: "say", text: `${sent} ${text}`.slice(0, 4_000) });
      await bob.next("left", { name: "mallory", reason: "lost" }, 30_000);
      mallory.socket.resume();
      expect(await mallory.next("goodbye")).toMatchObject({ code: "too-slow" });
      await bob.next("said", { id: lines }, 30_000);
      const ids = bob.events.flatMap((event) => (event.event === "said" ? [event.id] : []));
      expect(ids).toEqual(Array.from({ length: lines }, (_, index) => index + 1));
      expect(await memoryOf(server)).toBeLessThan(before + 100 * mebibyte);
      expect(server.output.items.join("\n")).toContain("too-slow");
    });

    test("a listener that stalls for two seconds hears no late speech, and the others hear all of it", async () => {
      await using stage = await openStage();
      const server = await stage.server(flagsOf(tls));
      const target = { port: server.port, tls };
      using speaker = await joinRaw(target, "speaker");
      using listener = await joinRaw(target, "listener");
      using stalled = await joinRaw(target, "stalled");
      speaker.send({ type: "requestFloor", seconds: 60, ref: "t" });
      const { stream } = await speaker.next("floorGranted");
      const speakUntil = async (end: number): Promise<void> => {
        for (let sequence = heard; sequence < end; sequence += 1) {
          speaker.speak(stream, 1, sequence);
          await Bun.sleep(20);
        }
        heard = end;
      };
      let heard = 0;
      await speakUntil(50);
      stalled.socket.pause();
      await speakUntil(150);
      speaker.send({ type: "say", text: "text is not lost", ref: "r" });
      await listener.next("said");
      stalled.socket.resume();
      await stalled.next("said", { text: "text is not lost" });
      // Its answer is on the way.
      await speakUntil(160);
      const resumedAt = heard;
      await speakUntil(200);
      speaker.send({ type: "releaseFloor", stream, reason: "done" });
      for (const one of [listener, stalled]) await one.next("voiceEnded");
      const all = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);
      expect(listener.voice.items.map(({ sequence }) => sequence)).toEqual(all(200));
      const got = stalled.voice.items.map(({ sequence }) => sequence);
      const late = got.filter((sequence) => sequence >= 50 && sequence < 150);
      expect(late.length).toBeLessThanOrEqual((limits.voicePingEveryMs + limits.voiceWaitMsMax) / 20 + 3);
      expect(got.filter((sequence) => sequence >= resumedAt)).toEqual(all(200 - resumedAt, resumedAt));
    });

    test("a gigabyte of garbage on one connection is not even read", async () => {
      await using stage = await openStage();
      const server = await stage.server(flagsOf(tls));
      const [alice, bob] = [await stage.join("alice", server), await stage.join("bob", server)];
      const before = await memoryOf(server);
      using mallory = await connectRaw({ port: server.port, tls, isStubborn: true });
      const garbage = Buffer.alloc(mebibyte, 0xa5);
      let sent = 0;
      for (; sent < 1_024 && !mallory.socket.destroyed; sent += 1) await mallory.write(garbage);
      expect(sent).toBeLessThan(64);
      alice.do({ do: "say", text: "calm" });
      await bob.next("said", { text: "calm" });
      expect(await memoryOf(server)).toBeLessThan(before + 100 * mebibyte);
    });

    test("a gigabyte of unknown frames is read and forgotten", async () => {
      await using stage = await openStage();
      const server = await stage.server(flagsOf(tls));
      const [alice, bob] = [await stage.join("alice", server), await stage.join("bob", server)];
      using mallory = await joinRaw({ port: server.port, tls }, "mallory");
      const before = await memoryOf(server);
      const frames = Buffer.concat(Array(16).fill(encodeFrame(200, new Uint8Array(65_535))));
      for (let sent = 0; sent < 256; sent += 1) await mallory.write(frames);
      alice.do({ do: "say", text: "calm" });
      await bob.next("said", { text: "calm" });
      expect(await memoryOf(server)).toBeLessThan(before + 100 * mebibyte);
    });

    test("a thousand connections of garbage and silence leave the room usable", async () => {
      await using stage = await openStage();
      const server = await stage.server(flagsOf(tls));
      const [alice, bob] = [await stage.join("alice", server), await stage.join("bob", server)];
      const before = await memoryOf(server);
      const connections = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) =>
          connectRaw({ port: server.port, tls: tls && index % 4 === 0 }),
        ),
      );
      try {
        for (const [index, one] of connections.entries())
          if (index % 2 === 0) void one.write(new Uint8Array(4_096).fill(index));
        for (let round = 0; round < 20; round += 1) {
          const began = performance.now();
          alice.do({ do: "say", text: `round ${round}` });
          await bob.next("said", { text: `round ${round}` });
          expect(performance.now() - began).toBeLessThan(1_000);
        }
        await stage.join("carol", server);
        expect(await memoryOf(server)).toBeLessThan(before + 200 * mebibyte);
      } finally {
        for (const one of connections) one.vanish();
      }
      const { code } = await stage.holler(["send", "--name", "dave", ...server.there, "after"]);
      expect(code).toBe(0);
      await bob.next("said", { text: "after" });
      await bob.next("left", { name: "dave" });
      expect(bob.events.filter(({ event }) => event === "left")).toHaveLength(1);
    });
  });
}
