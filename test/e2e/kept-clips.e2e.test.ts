/** Shows that clips can be played again: after joining later, after a kill -9, and never by a third person. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openStage } from "../support/holler.ts";
import { joinRaw, type RawClient } from "../support/raw-client.ts";

setDefaultTimeout(120_000);

/** Speaks this many frames; returns the number of the clip. */
async function speak(speaker: RawClient, frames: number, to?: string): Promise<number | undefined> {
  speaker.send({ type: "requestFloor", seconds: 60, ref: "t", ...(to === undefined ? {} : { to }) });
  const { stream } = await speaker.next("floorGranted");
  speaker.speak(stream, frames);
  speaker.send({ type: "releaseFloor", stream, reason: "done" });
  return (await speaker.next("voiceEnded", { stream })).clip;
}

/** All packets of a clip, page by page. */
async function fetchAll(client: RawClient, clip: number): Promise<string[]> {
  const packets: string[] = [];
  for (let frames = 1; packets.length < frames; ) {
    const ref = `f${clip}.${packets.length}`;
    client.send({ type: "fetch", clip, first: packets.length, ref });
    const piece = await client.next("clip", { ref });
    expect(piece).toMatchObject({ clip, first: packets.length });
    ({ frames } = piece);
    packets.push(...piece.packets);
  }
  return packets;
}

test("a server killed with -9 has every announced clip, except those for one person", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  const first = await stage.server({ home });
  {
    using alice = await joinRaw({ port: first.port, tls: true }, "alice");
    using bob = await joinRaw({ port: first.port, tls: true }, "bob");
    expect(await speak(alice, 80)).toBe(1);
    expect(await speak(alice, 20, "bob")).toBe(2);
    expect(await speak(bob, 7)).toBe(3);
    await first.kill9();
  }
  const second = await stage.server({ home });
  using carol = await joinRaw({ port: second.port, tls: true }, "carol");
  using bob = await joinRaw({ port: second.port, tls: true }, "bob");
  for (const one of [carol, bob]) {
    one.send({ type: "clips", ref: "c" }, { type: "fetch", clip: 2, first: 0, ref: "f" });
    const { clips } = await one.next("clips");
    expect(clips).toMatchObject([
      { clip: 1, from: "alice", seconds: 1.6 },
      { clip: 3, from: "bob", seconds: 0.14 },
    ]);
    expect(await one.next("error", { ref: "f" })).toMatchObject({ code: "no-such-clip", clip: 2 });
  }
  const packets = await fetchAll(carol, 1);
  expect(packets).toEqual(Array(80).fill(new Uint8Array(80).fill(0x78).toBase64()));
  expect(await speak(carol, 1), "a number is never given twice").toBe(4);
});

test("a clip for one person exists for the two, and not for another who takes the name", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const target = { port: server.port, tls: true };
  using alice = await joinRaw(target, "alice");
  const bob = await joinRaw(target, "bob");
  using carol = await joinRaw(target, "carol");
  const clip = (await speak(alice, 30, "bob")) ?? 0;
  for (const one of [alice, bob]) expect(await fetchAll(one, clip)).toHaveLength(30);
  const refused = async (one: RawClient): Promise<void> => {
    one.send({ type: "clips", ref: "c" }, { type: "fetch", clip, first: 0, ref: "f" });
    expect(await one.next("clips")).toMatchObject({ clips: [] });
    expect(await one.next("error")).toMatchObject({ code: "no-such-clip", clip });
  };
  await refused(carol);
  expect(carol.messages.filter(({ type }) => type.startsWith("voice"))).toEqual([]);
  bob.vanish();
  await carol.next("left", { name: "bob" });
  using impostor = await joinRaw(target, "bob");
  await refused(impostor);
  expect(await fetchAll(alice, clip)).toHaveLength(30);
});

test.concurrent("a long clip comes in pieces, and the newest is found without its number", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  using alice = await joinRaw({ port: server.port, tls: true }, "alice");
  alice.send({ type: "requestFloor", seconds: 60, ref: "t" });
  const { stream } = await alice.next("floorGranted");
  for (let from = 0; from < 600; from += 10) {
    alice.speak(stream, 10, from);
    await Bun.sleep(170);
  }
  alice.send({ type: "releaseFloor", stream, reason: "done" });
  const { clip = 0 } = await alice.next("voiceEnded");
  alice.send({ type: "fetch", first: 0, ref: "newest" });
  expect(await alice.next("clip", { ref: "newest" })).toMatchObject({
    clip,
    frames: 600,
    packets: { length: 500 },
  });
  expect(await fetchAll(alice, clip)).toHaveLength(600);
});

test("a server with --clip-days 0 keeps no clips, and forgets those it had", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  const first = await stage.server({ home });
  using alice = await joinRaw({ port: first.port, tls: true }, "alice");
  expect(await speak(alice, 10)).toBe(1);
  expect(await first.stop()).toBe(0);
  const second = await stage.server({ home, args: ["--clip-days", "0"] });
  using bob = await joinRaw({ port: second.port, tls: true }, "bob");
  expect(await speak(bob, 10)).toBeUndefined();
  bob.send({ type: "clips", ref: "c" }, { type: "fetch", first: 0, ref: "f" });
  expect(await bob.next("clips")).toMatchObject({ clips: [] });
  expect(await bob.next("error")).toMatchObject({ code: "no-such-clip" });
});

test("a transmission that the end of the server interrupts is kept as a clip", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  const first = await stage.server({ home });
  using alice = await joinRaw({ port: first.port, tls: true }, "alice");
  using bob = await joinRaw({ port: first.port, tls: true }, "bob");
  alice.send({ type: "requestFloor", seconds: 60, ref: "t" });
  const { stream } = await alice.next("floorGranted");
  alice.speak(stream, 25);
  await bob.voice.next(({ sequence }) => sequence === 24, "the last frame");
  expect(await first.stop()).toBe(0);
  expect(await bob.next("voiceEnded")).toMatchObject({ stream, clip: 1, reason: "lost" });
  const second = await stage.server({ home });
  using carol = await joinRaw({ port: second.port, tls: true }, "carol");
  expect(await fetchAll(carol, 1)).toHaveLength(25);
});

test("a clip for one person is gone from the disk when the server has stopped", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  const server = await stage.server({ home });
  using alice = await joinRaw({ port: server.port, tls: true }, "alice");
  using _bob = await joinRaw({ port: server.port, tls: true }, "bob");
  const onDisk = async (): Promise<boolean> => {
    const names = (await readdir(home.data)).filter((name) => name.startsWith("room.sqlite"));
    const bytes = await Promise.all(names.map((name) => Bun.file(join(home.data, name)).bytes()));
    return Buffer.concat(bytes).includes(new Uint8Array(80).fill(0x78));
  };
  expect(await speak(alice, 30, "bob")).toBe(1);
  expect(await onDisk()).toBeTrue();
  expect(await server.stop()).toBe(0);
  expect(await onDisk()).toBeFalse();
});

test("a room.sqlite that is no database is refused in one sentence with status 1, and left alone", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  const path = join(home.data, "room.sqlite");
  const text = "This is a shopping list.\n".repeat(100);
  await Bun.write(path, text);
  const { code, output, errors } = await stage.runServer({ home });
  expect({ code, output }).toEqual({ code: 1, output: "" });
  expect(errors).toMatch(
    /^holler-server: \S+room\.sqlite cannot be used \([^\n]+\)\. Restore it [^\n]+\.\n$/,
  );
  expect(await Bun.file(path).text()).toBe(text);
});
