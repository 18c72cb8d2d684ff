/** Shows that docs/protocol.md is enough: the client in its appendix talks with the compiled programs, and its dump is what they send. */
import { expect, test } from "bun:test";
import { createFrameReader } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { decodeServerMessage } from "../../lib/protocol/messages.ts";
import { openStage, type Program, type Server, type Stage } from "../support/holler.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { clientPath, docPath, fencedBlocks } from "./blocks.ts";
import { aliceSession, roomName } from "./session.ts";

const hasPython = requireRig("python3", hasProgram("python3"), "install Python 3.9 or newer");
const timeoutMs = 60_000;

/** The client in Python; with a home of an earlier one it knows what that one pinned. */
function startPython(stage: Stage, server: Server, name: string, home?: Program["home"]): Promise<Program> {
  const python = Bun.which("python3") ?? "python3";
  const options = home === undefined ? {} : { home };
  return stage.start([python, clientPath, "127.0.0.1", String(server.port), name], options);
}

async function prints(program: Program, line: string): Promise<void> {
  await program.output.next((text) => text === line, JSON.stringify(line));
}

test("the client in Python has 60 lines at most and is the one in the page", async () => {
  const client = await Bun.file(clientPath).text();
  expect(client.split("\n").length - 1).toBeLessThanOrEqual(60);
  expect(Math.max(...client.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
  expect(fencedBlocks(await Bun.file(docPath).text()).get("python")).toBe(client);
});

test.skipIf(!hasPython)(
  "the client in Python and the real one hear each other, whisper, and leave",
  async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--name", roomName] });
    const alice = await stage.join("alice", server);
    const bob = await startPython(stage, server, "bob");
    await prints(bob, `Identity ${server.identity}`);
    await prints(bob, "You are bob in Lab 3, with: ['alice']");
    await alice.next("joined", { name: "bob" });

    alice.do({ do: "say", text: "grüß dich 👋" });
    await prints(bob, "alice: grüß dich 👋");
    bob.write("hallo\n");
    await alice.next("said", { from: "bob", text: "hallo" });
    await prints(bob, "bob: hallo");

    const carol = await stage.join("carol", server);
    await prints(bob, "carol joined");
    bob.write("@ALICE psst\n@zed psst\n");
    await alice.next("whispered", { from: "bob", to: "alice", text: "psst" });
    await prints(bob, "bob to alice alone: psst");
    await prints(bob, "Refused: There is no zed here.");
    alice.do({ do: "whisper", to: "bob", text: "pst!" });
    await prints(bob, "alice to bob alone: pst!");
    carol.do({ do: "quit" });
    await prints(bob, "carol left (quit)");
    expect(carol.events.filter(({ event }) => event === "whispered")).toEqual([]);

    // Who comes later reads what was said to everyone, in its order, and no whisper of others.
    const dave = await startPython(stage, server, "dave");
    await prints(dave, "bob: hallo");
    expect(dave.output.items.slice(1)).toEqual([
      "You are dave in Lab 3, with: ['alice', 'bob']",
      "alice: grüß dich 👋",
      "bob: hallo",
    ]);
    dave.close();
    expect(await dave.exit()).toBe(0);

    bob.write("bye\nquit\n");
    await prints(bob, "bob: bye");
    await alice.next("said", { from: "bob", text: "bye" });
    await alice.next("left", { name: "bob", reason: "quit" });
    expect(await bob.exit()).toBe(0);
    expect(bob.errors.items).toEqual([]);
  },
  timeoutMs,
);

test.skipIf(!hasPython)(
  "the client in Python sends all of its input before it leaves",
  async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    const bob = await startPython(stage, server, "bob");
    const lines = Array.from({ length: limits.linesBurst }, (_, index) => `line ${index}`);
    bob.write(lines.map((line) => `${line}\n`).join(""));
    bob.close();
    expect(await bob.exit()).toBe(0);
    await alice.next("left", { name: "bob", reason: "quit" });
    const heard = alice.events.flatMap((event) => (event.event === "said" ? [event.text] : []));
    expect(heard).toEqual(lines);
    expect(bob.output.items.slice(2)).toEqual(lines.map((line) => `bob: ${line}`));
  },
  timeoutMs,
);

test.skipIf(!hasPython)(
  "the client in Python stops at a refusal, at a server that stops, and at another identity",
  async () => {
    await using stage = await openStage();
    const server = await stage.server();
    await stage.join("alice", server);
    const double = await startPython(stage, server, "Alice");
    await prints(double, "Goodbye: The name Alice is taken; choose another.");
    expect(await double.exit()).toBe(1);

    const bob = await startPython(stage, server, "bob");
    await bob.output.next((text) => text.startsWith("You are bob"), "the welcome");
    await server.stop();
    await prints(bob, "Goodbye: The server was stopped.");
    expect(await bob.exit()).toBe(1);

    const impostor = await stage.server({ args: ["--port", String(server.port)] });
    const again = await startPython(stage, impostor, "bob", bob.home);
    expect(await again.exit()).toBe(1);
    expect(again.errors.items.join()).toContain(`${impostor.identity} instead of ${server.identity}`);
  },
  timeoutMs,
);

test(
  "the session in the page is what the compiled server sends",
  async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--name", roomName, "--plaintext"] });
    await stage.join("bob", server);
    const steps = aliceSession();
    const answers = Promise.withResolvers<object[]>();
    const got: object[] = [];
    const reader = createFrameReader(1_048_576, {
      frame: (kind, body) => got.push(decodeServerMessage(kind, body)),
      error: (code) => answers.reject(new Error(code)),
    });
    const sent = Buffer.concat(steps.flatMap(({ direction, frame }) => (direction === "C→S" ? [frame] : [])));
    await Bun.connect({
      hostname: "127.0.0.1",
      port: server.port,
      socket: {
        open: (socket) => void socket.write(sent),
        data: (_, chunk) => reader.push(chunk),
        close: () => answers.resolve(got),
      },
    });
    const shown = steps
      .filter(({ direction }) => direction === "S→C")
      .map(({ kind, frame }) => decodeServerMessage(kind, frame.subarray(5)));
    // What differs from day to day and from version to version.
    const changing = {
      at: expect.any(String),
      server: expect.stringMatching(/^holler-server \d/),
      history: expect.any(String),
    };
    const expected = shown.map((decoded) => {
      if (decoded.type !== "message") throw new Error("the page shows what is no message");
      const kept = Object.entries(changing).filter(([field]) => field in decoded.message);
      return { type: "message", message: { ...decoded.message, ...Object.fromEntries(kept) } };
    });
    expect(await answers.promise).toEqual(expected);
  },
  timeoutMs,
);
