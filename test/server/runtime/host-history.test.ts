/** A real room with a real history and fake wires: nothing is written before it is kept, and what cannot be kept is told. */
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import type { Signed } from "../../../lib/client/desktop/key-pair.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { encodeClientMessage } from "../../../lib/protocol/messages.ts";
import type { Host } from "../../../lib/server/runtime/host.ts";
import type { SqliteHistory } from "../../../lib/server/storage/lines.ts";
import { createFakeWire } from "../../support/fake-wire.ts";
import { createKeyHolder } from "../../support/keys.ts";
import { memoryHistory, memoryHost } from "../../support/rooms.ts";

let history: SqliteHistory;
let host: Host;
let commits: number;
let isDiskFull: boolean;
let notices: string[];
let logged: string[];

beforeEach(() => {
  commits = 0;
  isDiskFull = false;
  notices = [];
  logged = [];
  const real = memoryHistory();
  history = {
    ...real,
    commit() {
      if (isDiskFull) throw new Error("disk full");
      commits += 1;
      real.commit();
    },
  };
  const log = {
    event: (what: string, { address = "" }: Record<string, string | number>) =>
      void logged.push(`${what} ${address}`.trim()),
    listening() {},
    notice: (_: string, code: string) => void notices.push(code),
  };
  host = memoryHost(log, { history });
});
afterEach(() => void jest.useRealTimers());

const turnIsOver = () => new Promise((resolve) => setImmediate(resolve));
const alices = createKeyHolder();
const signed = alices.sign();

function connect(name: string, fields: Partial<Signed> & { session?: string } = {}) {
  const wire = createFakeWire();
  const hosted = host.connect(wire, { address: "192.0.2.7", isLocal: false });
  const tell = (message: ClientMessage) => hosted.receive(encodeClientMessage(message));
  tell({ type: "hello", protocol: 1, name, voice: false, ...fields });
  const received = () => wire.received().flatMap((got) => (got === "voice" ? [] : [got]));
  return { wire, hosted, tell, received };
}

const say = (text: string, ref = text): ClientMessage => ({ type: "say", text, ref });

describe("a turn of the event loop", () => {
  test("is one transaction, and nothing is written before its commit", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await turnIsOver();
    const before = commits;
    const written: [number, number][] = [];
    for (const { wire } of [alice, bob]) wire.onWrite = () => void written.push([commits, history.lastId()]);
    for (let line = 1; line <= 5; line += 1) alice.tell(say(`line ${line}`));
    bob.tell(say("me too"));
    expect([history.isOpen(), written]).toEqual([true, []]);
    await turnIsOver();
    expect(commits - before).toBe(1);
    expect(written).toEqual([
      [before + 1, 6],
      [before + 1, 6],
    ]);
  });

  test("whose lines cannot be kept says nothing else of those that were kept before and come again", async () => {
    const alice = connect("alice", { ...signed, session: "s" });
    alice.tell(say("kept", "r1"));
    await turnIsOver();
    isDiskFull = true;
    alice.tell(say("lost", "r2"));
    alice.tell(say("kept", "r1"));
    await turnIsOver();
    expect(alice.received().slice(-2)).toMatchObject([
      { type: "error", code: "not-saved", ref: "r2" },
      { type: "said", id: 1, text: "kept", ref: "r1" },
    ]);
  });

  test("whose lines cannot be kept tells their authors, and nobody else anything", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await turnIsOver();
    isDiskFull = true;
    alice.tell(say("lost", "r1"));
    alice.tell({ type: "who" });
    alice.tell({ type: "history", limit: 5, ref: "h" });
    await turnIsOver();
    expect(alice.received().slice(-3)).toMatchObject([
      { type: "error", code: "not-saved", ref: "r1" },
      { type: "members", names: ["alice", "bob"] },
      { type: "history", entries: [] },
    ]);
    expect(bob.received().filter(({ type }) => type === "said")).toEqual([]);
    alice.tell(say("lost again", "r2"));
    await turnIsOver();
    isDiskFull = false;
    alice.tell(say("kept", "r3"));
    await turnIsOver();
    expect(bob.received().at(-1)).toMatchObject({ type: "said", text: "kept" });
    expect(notices).toEqual(["not-saved", "saved-again"]);
  });
});

describe("who asks for lines", () => {
  test("gets them behind what was said in the same turn", async () => {
    const alice = connect("alice", signed);
    alice.tell(say("one"));
    alice.tell({ type: "history", limit: 5, ref: "h" });
    alice.tell(say("two"));
    await turnIsOver();
    expect(alice.received().slice(1)).toMatchObject([
      { type: "said", text: "one" },
      { type: "history", ref: "h", entries: [{ text: "one", ref: "one" }], more: false, since: 1 },
      { type: "said", text: "two" },
    ]);
  });

  test("gets none from a disk that cannot be read, and is not told that those were all", async () => {
    const alice = connect("alice", signed);
    alice.tell(say("one"));
    await turnIsOver();
    history.page = () => {
      throw new Error("disk I/O error");
    };
    alice.tell({ type: "history", after: 0, limit: 5, ref: "h" });
    await turnIsOver();
    const since = Number.MAX_SAFE_INTEGER;
    expect(alice.received().at(-1)).toMatchObject({ type: "history", entries: [], more: false, since });
    expect(notices).toEqual(["history-failed"]);
  });
});

describe("a key", () => {
  test("is what somebody is known by", async () => {
    connect("alice", { ...signed, session: "s" });
    await turnIsOver();
    expect(history.present()).toEqual([{ name: "alice", publicKey: alices.person }]);
  });

  test.each([
    ["without a signature", { key: signed.key }],
    ["with that of another one", { ...createKeyHolder().sign(), key: signed.key }],
    ["with one for another connection", alices.sign(new Uint8Array(32).fill(1))],
  ])("%s lets nobody in", async (_, fields) => {
    const { received } = connect("alice", { ...fields, session: "s" });
    await turnIsOver();
    expect(received()).toMatchObject([{ type: "goodbye", code: "bad-signature" }]);
    expect(history.present()).toEqual([]);
  });
});

describe("one from whom nothing is heard", () => {
  const passSeconds = (seconds: number): void => {
    for (let second = 0; second < seconds; second += 1) jest.advanceTimersByTime(1_000);
  };

  beforeEach(() => {
    const { setImmediate: realImmediate } = globalThis;
    jest.useFakeTimers();
    // Only the clock is played: turns of the event loop end as ever.
    globalThis.setImmediate = realImmediate;
    const log = {
      event: (what: string) => void logged.push(what),
      listening() {},
      notice() {},
    };
    host = memoryHost(log, { history });
  });

  test("is asked, then cut off and away, if it would come back", async () => {
    const alice = connect("alice", { ...signed, session: "s" });
    await turnIsOver();
    passSeconds(limits.lostAfterMs / 1_000 - 1);
    expect(alice.received().filter(({ type }) => type === "ping")).toHaveLength(1);
    expect(alice.wire.calls).not.toContain("terminate");
    passSeconds(2);
    expect(alice.wire.calls.filter((call) => call === "terminate")).toHaveLength(1);
    // The network says so in the end.
    alice.hosted.closed();
    await turnIsOver();
    expect(logged).toEqual(["joined", "away"]);
    passSeconds(limits.gracePeriodMs / 1_000 + 1);
    await turnIsOver();
    expect(logged).toEqual(["joined", "away", "left"]);
  });

  test("stays, if it may not know what a ping is", () => {
    const guest = connect("guest");
    passSeconds(60);
    expect(guest.wire.calls).not.toContain("terminate");
    guest.tell({ type: "pong", sent: 1 });
    passSeconds(limits.lostAfterMs / 1_000 + 1);
    expect(guest.wire.calls).toContain("terminate");
  });
});

test("the log says from where somebody came who is gone", async () => {
  const alice = connect("alice", { ...signed, session: "s" });
  await turnIsOver();
  alice.hosted.closed();
  await turnIsOver();
  expect(logged).toEqual(["joined 192.0.2.7", "away 192.0.2.7"]);
});

test("those who were in when the server was killed keep their places", async () => {
  connect("alice", { ...signed, session: "s" });
  connect("guest");
  await turnIsOver();
  // Another server over the same memory.
  host = memoryHost({ event() {}, listening() {}, notice() {} }, { history });
  const bob = connect("bob");
  const alice = connect("alice", { ...signed, session: "s" });
  await turnIsOver();
  expect(bob.received()).toMatchObject([{ type: "welcome", members: ["alice"] }]);
  expect(alice.received()).toMatchObject([{ type: "welcome", members: ["bob"] }]);
});

test("what arrived before the end is kept and sent before the goodbye", async () => {
  const alice = connect("alice", { ...signed, session: "s" });
  await turnIsOver();
  alice.tell(say("last words"));
  void host.shutdown();
  expect(alice.received().slice(-2)).toMatchObject([
    { type: "said", text: "last words" },
    { type: "goodbye", code: "server-stopped" },
  ]);
  expect([history.isOpen(), history.lastId(), history.present()]).toEqual([false, 1, []]);
  alice.hosted.closed();
});
