/** A host, its registry and its console: what operators do holds at once, is written before it is told, and ends connections. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { Signed } from "../../../lib/client/desktop/key-pair.ts";
import type { ClientMessage, ServerMessage } from "../../../lib/protocol/messages.ts";
import { encodeClientMessage } from "../../../lib/protocol/messages.ts";
import type { Host } from "../../../lib/server/runtime/host.ts";
import type { PassphraseLogin, PassphraseLoginSink } from "../../../lib/server/runtime/host-parts.ts";
import { openRoomMemory } from "../../../lib/server/storage/database.ts";
import { createSqliteRegistry } from "../../../lib/server/storage/registry.ts";
import { createFakeTransport } from "../../support/fake-transport.ts";
import { createKeyHolder } from "../../support/keys.ts";
import { memoryHost } from "../../support/rooms.ts";

const log = { event() {}, listening() {}, notice() {} };
const tickIsOver = () => new Promise((resolve) => setImmediate(resolve));

let file: ReturnType<typeof openRoomMemory>;
let answers: ServerMessage[];
let host: Host;
/** What stands in the file at each write to a transport. */
let written: string[];

beforeEach(() => {
  file = openRoomMemory();
  answers = [];
  written = [];
  const registry = createSqliteRegistry(file, new Set(["alice"]), () => 0);
  host = memoryHost(log, { registry, onAnswer: (message) => void answers.push(message) });
});

function connect(name: string, signed?: Signed, address = "192.0.2.7") {
  const transport = createFakeTransport();
  transport.onWrite = () => {
    const rows = file
      .query<{ what: string }, []>("SELECT name AS what FROM bans UNION SELECT name FROM names")
      .all();
    written.push(rows.map(({ what }) => what).join());
  };
  const hosted = host.connect(transport, { address, isLocal: false });
  const tell = (message: ClientMessage) => hosted.receive(encodeClientMessage(message));
  tell({ type: "hello", protocol: 1, name, voice: false, ...signed });
  const last = () => transport.received().at(-1);
  return { transport, hosted, tell, last };
}

test("a name is written before its owner is welcome", async () => {
  connect("alice", createKeyHolder().sign());
  await tickIsOver();
  expect(written).toEqual(["alice"]);
});

describe("a moderation action", () => {
  test("holds at once, though a line of the same tick is not committed yet, and is written before it is told", async () => {
    const [alice, bob] = [
      connect("alice", createKeyHolder().sign()),
      connect("bob", createKeyHolder().sign()),
    ];
    await tickIsOver();
    written.length = 0;
    alice.tell({ type: "say", text: "be gone", ref: "1" });
    alice.tell({ type: "moderate", action: "ban", name: "bob", ref: "2" });
    bob.tell({ type: "say", text: "no", ref: "3" });
    const guest = connect("caro", undefined, "192.0.2.8");
    await tickIsOver();
    expect(new Set(written)).toEqual(new Set(["alice,bob"]));
    expect(bob.last()).toMatchObject({ type: "goodbye", code: "banned", name: "alice" });
    expect(guest.last()).toMatchObject({ type: "welcome", members: ["alice"] });
    const texts = alice.transport
      .received()
      .flatMap((one) => (one !== "voice" && one.type === "said" ? [one.text] : []));
    expect(texts).toEqual(["be gone"]);
  });

  test("of the console is answered there, and written though no client is told", async () => {
    host.command({ type: "moderate", action: "release", name: "bob", ref: "c" });
    connect("bob", createKeyHolder().sign()).tell({ type: "quit" });
    await tickIsOver();
    host.command({ type: "moderate", action: "ban", name: "bob", ref: "c" });
    host.command({ type: "who" });
    await tickIsOver();
    expect(answers).toMatchObject([
      { type: "error", code: "not-yours" },
      { type: "moderated", action: "ban", name: "bob" },
      { type: "members", names: [] },
    ]);
    expect(file.query("SELECT name FROM bans").values()).toEqual([["bob"]]);
  });
});

describe("a passphrase", () => {
  const unlock: ClientMessage = { type: "unlock", request: "KE1" };
  let sink: PassphraseLoginSink;
  let calls: string[];

  beforeEach(() => {
    calls = [];
    const createPassphraseLogin = (given: PassphraseLoginSink): PassphraseLogin => {
      sink = given;
      return {
        take: ({ id, address, binding }, message) =>
          void calls.push(`${message.type} of ${id} at ${address}, bound to ${binding().length} bytes`),
        forget: (id) => void calls.push(`forget ${id}`),
      };
    };
    host = memoryHost(log, { createPassphraseLogin });
  });

  function knock() {
    const transport = createFakeTransport();
    const hosted = host.connect(transport, { address: "192.0.2.7", isLocal: false });
    hosted.receive(encodeClientMessage(unlock));
    return { transport, hosted };
  }

  test("is judged elsewhere, and then a hello is welcome", async () => {
    const { transport, hosted } = knock();
    expect(calls).toEqual(["unlock of 1 at 192.0.2.7, bound to 32 bytes"]);
    sink.send(1, { type: "challenge", response: "KE2" });
    await tickIsOver();
    expect(transport.received()).toEqual([{ type: "challenge", response: "KE2" }]);
    hosted.receive(encodeClientMessage({ type: "prove", finish: "KE3", proof: "p".repeat(43) }));
    sink.unlocked(1);
    hosted.receive(encodeClientMessage({ type: "hello", protocol: 1, name: "alice", voice: false }));
    await tickIsOver();
    expect(transport.received().at(-1)).toMatchObject({ type: "welcome" });
  });

  test("that is wrong ends the connection, and what was begun is forgotten", async () => {
    const { transport, hosted } = knock();
    sink.refuse(1, { code: "wrong-passphrase", message: "No." });
    await tickIsOver();
    expect(transport.received()).toMatchObject([{ type: "goodbye", code: "wrong-passphrase" }]);
    hosted.closed();
    expect(calls.at(-1)).toBe("forget 1");
    sink.send(1, { type: "challenge", response: "KE2" });
    await tickIsOver();
    expect(transport.received()).toHaveLength(1);
  });
});
