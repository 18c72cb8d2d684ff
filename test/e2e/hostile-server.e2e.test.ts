/** Shows that a hostile server can end a client with one sentence at most, and never acts on its terminal. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { encodeFrame, voiceKind } from "../../lib/protocol/frame.ts";
import type { ServerMessage } from "../../lib/protocol/messages.ts";
import { type FakeServer, type Peer, startFakeServer, welcome } from "../support/fake-server.ts";
import { clientBinary, openStage } from "../support/holler.ts";

setDefaultTimeout(120_000);

const json = (kind: number, text: string) => encodeFrame(kind, new TextEncoder().encode(text));

/** Everything that may act on a terminal, line ends aside. */
const acting = /[^\P{C}\n\u200c\u200d]/u;

/** Answers every hello like this. */
function onHello(answer: (peer: Peer) => void): Promise<FakeServer> {
  return startFakeServer((message, peer) => {
    if (message.type === "hello") answer(peer);
  });
}

describe("instead of a welcome,", () => {
  const answers: Record<string, Uint8Array | string> = {
    "another protocol": "HTTP/1.1 400 Bad Request\r\n\r\n",
    noise: Buffer.from("9f3ac1d2e07b44aa", "hex"),
    "a TLS alert": Buffer.from("15030300020246", "hex"),
    "an empty frame": new Uint8Array(4),
    "a frame of four gigabytes": new Uint8Array(4).fill(255),
    "half a frame": Buffer.from("000000ff20", "hex"),
    "a damaged welcome": json(32, '{"you":'),
    "a welcome of another shape": json(32, '{"you":5}'),
    nothing: "",
  };
  for (const [title, bytes] of Object.entries(answers)) {
    test(`${title} ends with 1 and one sentence`, async () => {
      await using stage = await openStage();
      using server = await onHello((peer) => {
        peer.write(bytes);
        peer.close();
      });
      const { code, output, errors } = await stage.holler(["send", ...server.there, "hi"]);
      expect({ code, output }).toEqual({ code: 1, output: "" });
      expect(errors).toMatch(/^holler: [^\n]+\.\n$/);
      expect(errors).not.toMatch(/undefined|Error/);
    });
  }

  test.concurrent("silence ends the client with 1 and one sentence", async () => {
    await using stage = await openStage();
    using server = await onHello(() => {});
    const { code, errors } = await stage.holler(["send", ...server.there, "hi"]);
    expect({ code, errors }).toEqual({
      code: 1,
      errors: "holler: The server was reached, but does not answer. Try again later.\n",
    });
  });

  test("a refusal is shown without control characters", async () => {
    await using stage = await openStage();
    using server = await onHello((peer) => {
      peer.send({ type: "goodbye", code: "\u001b[31m", message: "Go\u001b[2J\naway\u202e." });
      peer.close();
    });
    const { code, errors } = await stage.holler(["send", ...server.there, "hi"]);
    expect({ code, errors }).toEqual({ code: 1, errors: "holler: Go[2J away.\n" });
    const alice = await stage.client("alice", server.there);
    await alice.exit();
    expect(alice.output.items.join("\n")).not.toMatch(acting);
    for (const event of alice.events) expect(JSON.stringify(event)).not.toMatch(/\\u|\\n/);
  });
});

describe("a hostile message after the welcome", () => {
  const evil = "\u001b]52;c;ZXZpbA==\u0007\u009b2J\u202e\u2066x\r\nbob: fake";
  const at = "2026-11-22T10:00:00.000Z";
  const all: ServerMessage[] = [
    { ...welcome, you: `alice${evil}`, room: `Lab${evil}`, members: [evil], motd: evil, server: evil },
    { type: "joined", name: evil },
    { type: "said", id: 1, from: evil, text: evil, at },
    { type: "said", id: 2, from: "bob", text: "no time", at: evil },
    { type: "said", id: 2, from: "bob", text: "same number", at: "" },
    { type: "whispered", id: 3, from: evil, to: evil, text: evil, at },
    { type: "renamed", from: evil, to: evil },
    { type: "members", names: [evil, evil] },
    { type: "error", code: evil, message: evil, ref: "never-sent" },
    { type: "voiceStarted", stream: 7, from: evil, to: evil },
    { type: "voiceStarted", stream: 7, from: "bob" },
    { type: "voiceEnded", stream: 7, from: evil, seconds: 86_400, reason: "done" },
    { type: "voiceEnded", stream: 99, from: evil, seconds: 0, reason: "lost" },
    { type: "floorGranted", ref: "never-asked", stream: 9, seconds: 86_400 },
    { type: "left", name: evil, reason: "lost" },
    { type: "left", name: "nobody", reason: "banned" },
    { ...welcome, you: "again" },
    { type: "said", id: 4, from: "bob", text: "the last", at },
  ];
  const script = (peer: Peer): void => {
    const [first, ...rest] = all;
    if (first !== undefined) peer.send(first);
    peer.write(json(250, "of the future"));
    for (const stream of [0, 7, 9]) peer.write(encodeFrame(voiceKind, new Uint8Array(40).fill(stream)));
    peer.write(encodeFrame(voiceKind, new Uint8Array(3)));
    peer.send(...rest);
  };

  test("does nothing to a terminal behind a pipe", async () => {
    await using stage = await openStage();
    using server = await onHello(script);
    const program = await stage.start([clientBinary, "--name", "alice", ...server.there]);
    await program.output.next((line) => line.includes("the last"), "the last line");
    program.close();
    const { output, errors } = await program.result();
    expect(output + errors).not.toMatch(acting);
    expect(output.split("\n").filter((line) => line.startsWith("bob: fake"))).toEqual([]);
    expect(output + errors).not.toMatch(/Invalid Date|undefined|NaN/);
  });

  test("becomes one harmless event in --json", async () => {
    await using stage = await openStage();
    using server = await onHello(script);
    const alice = await stage.client("alice", server.there, { args: [] });
    await alice.next("said", { text: "the last" });
    alice.do({ do: "quit" });
    await alice.exit();
    for (const event of alice.events) expect(Object.values(event).join(" ")).not.toMatch(acting);
    expect(alice.errors.items).toEqual([]);
  });

  const ends: Record<string, Uint8Array> = {
    "frame-too-long": new Uint8Array(4).fill(255),
    "frame-empty": new Uint8Array(4),
    "bad-message": json(35, '{"id":"one"}'),
  };
  for (const [code, bytes] of Object.entries(ends)) {
    test(`${code} ends with 1 and one sentence`, async () => {
      await using stage = await openStage();
      using server = await onHello((peer) => {
        peer.send(welcome);
        peer.write(bytes);
        peer.close();
      });
      const alice = await stage.client("alice", server.there);
      expect(await alice.exit()).toBe(1);
      expect(alice.events.at(-1)).toEqual({
        event: "error",
        code,
        message: expect.stringMatching(/^[^\n]+\.$/),
      });
      expect(alice.errors.items).toEqual([]);
    });
  }

  test("a server that closes every connection is not hammered, and does not end its clients", async () => {
    await using stage = await openStage();
    let hellos = 0;
    using server = await onHello((peer) => {
      hellos += 1;
      peer.send(welcome);
      peer.close();
    });
    const alice = await stage.client("alice", server.there);
    for (let time = 0; time < 4; time += 1) await alice.next("connection", { state: "restored" });
    const began = performance.now();
    const before = hellos;
    while (performance.now() - began < 2_000) await alice.next("connection", { state: "restored" });
    expect(hellos - before).toBeLessThan(12);
    alice.do({ do: "quit" });
    expect(await alice.exit()).toBe(0);
  });

  test("a server that never confirms a line cannot keep a client from leaving", async () => {
    await using stage = await openStage();
    using server = await onHello((peer) => peer.send(welcome));
    const alice = await stage.client("alice", server.there);
    await alice.next("welcome");
    alice.do({ do: "say", text: "anybody?" });
    alice.signal("SIGTERM");
    expect(await alice.exit()).toBe(0);
  });
});
