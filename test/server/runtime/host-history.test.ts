/** A host with a real room, a real history and fake transports: nothing is written before its commit, and losses are told. */
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import type { Signed } from "../../../lib/client/desktop/key-pair.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { encodeClientMessage } from "../../../lib/protocol/messages.ts";
import type { Host } from "../../../lib/server/runtime/host.ts";
import type { SqliteHistory } from "../../../lib/server/storage/lines.ts";
import { createFakeTransport } from "../../support/fake-transport.ts";
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

const tickIsOver = () => new Promise((resolve) => setImmediate(resolve));
const alices = createKeyHolder();
const signed = alices.sign();

function connect(name: string, fields: Partial<Signed> & { session?: string } = {}) {
  const transport = createFakeTransport();
  const hosted = host.connect(transport, { address: "192.0.2.7", isLocal: false });
  const tell = (message: ClientMessage) => hosted.receive(encodeClientMessage(message));
  tell({ type: "hello", protocol: 1, name, voice: false, ...fields });
  const received = () => transport.received().flatMap((got) => (got === "voice" ? [] : [got]));
  return { transport, hosted, tell, received };
}

const say = (text: string, ref = text): ClientMessage => ({ type: "say", text, ref });

describe("a tick of the event loop", () => {
  test("is one transaction, and nothing is written before its commit", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await tickIsOver();
    const before = commits;
    const written: [number, number][] = [];
    for (const { transport } of [alice, bob])
      transport.onWrite = () => void written.push([commits, history.lastId()]);
    for (let line = 1; line <= 5; line += 1) alice.tell(say(`line ${line}`));
    bob.tell(say("me too"));
    expect([history.isOpen(), written]).toEqual([true, []]);
    await tickIsOver();
    expect(commits - before).toBe(1);
    expect(written).toEqual([
      [before + 1, 6],
      [before + 1, 6],
    ]);
  });

  test("whose lines are lost still confirms a line that was kept before and is repeated", async () => {
    const alice = connect("alice", { ...signed, session: "s" });
    alice.tell(say("kept", "r1"));
    await tickIsOver();
    isDiskFull = true;
    alice.tell(say("lost", "r2"));
    alice.tell(say("kept", "r1"));
    await tickIsOver();
    expect(alice.received().slice(-2)).toMatchObject([
      { type: "error", code: "not-saved", ref: "r2" },
      { type: "said", id: 1, text: "kept", ref: "r1" },
    ]);
  });

  test("whose lines are lost tells their authors, and no one else", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await tickIsOver();
    isDiskFull = true;
    alice.tell(say("lost", "r1"));
    alice.tell({ type: "who" });
    alice.tell({ type: "history", limit: 5, ref: "h" });
    await tickIsOver();
    expect(alice.received().slice(-3)).toMatchObject([
      { type: "error", code: "not-saved", ref: "r1" },
      { type: "members", names: ["alice", "bob"] },
      { type: "history", entries: [] },
    ]);
    expect(bob.received().filter(({ type }) => type === "said")).toEqual([]);
    alice.tell(say("lost again", "r2"));
    await tickIsOver();
    isDiskFull = false;
    alice.tell(say("kept", "r3"));
    await tickIsOver();
    expect(bob.received().at(-1)).toMatchObject({ type: "said", text: "kept" });
    expect(notices).toEqual(["not-saved", "saved-again"]);
  });
});

describe("a history query", () => {
  test("is answered with the lines before it in the same tick, and none after it", async () => {
    const alice = connect("alice", signed);
    alice.tell(say("one"));
    alice.tell({ type: "history", limit: 5, ref: "h" });
    alice.tell(say("two"));
    await tickIsOver();
    expect(alice.received().slice(1)).toMatchObject([
      { type: "said", text: "one" },
      { type: "history", ref: "h", entries: [{ text: "one", ref: "one" }], more: false, since: 1 },
      { type: "said", text: "two" },
    ]);
  });

  test("on a disk that cannot be read is answered with no lines, and does not claim that those were all", async () => {
    const alice = connect("alice", signed);
    alice.tell(say("one"));
    await tickIsOver();
    history.page = () => {
      throw new Error("disk I/O error");
    };
    alice.tell({ type: "history", after: 0, limit: 5, ref: "h" });
    await tickIsOver();
    const since = Number.MAX_SAFE_INTEGER;
    expect(alice.received().at(-1)).toMatchObject({ type: "history", entries: [], more: false, since });
    expect(notices).toEqual(["history-failed"]);
  });
});

describe("a hello with a key", () => {
  test("makes its sender known by the key", async () => {
    connect("alice", { ...signed, session: "s" });
    await tickIsOver();
    expect(history.present()).toEqual([{ name: "alice", publicKey: alices.person }]);
  });

  test.each([
    ["without a signature", { key: signed.key }],
    ["with that of another one", { ...createKeyHolder().sign(), key: signed.key }],
    ["with one for another connection", alices.sign(new Uint8Array(32).fill(1))],
  ])("is refused %s", async (_, fields) => {
    const { received } = connect("alice", { ...fields, session: "s" });
    await tickIsOver();
    expect(received()).toMatchObject([{ type: "goodbye", code: "bad-signature" }]);
    expect(history.present()).toEqual([]);
  });
});

describe("a silent client", () => {
  const passSeconds = (seconds: number): void => {
    for (let second = 0; second < seconds; second += 1) jest.advanceTimersByTime(1_000);
  };

  beforeEach(() => {
    const { setImmediate: realImmediate } = globalThis;
    jest.useFakeTimers();
    // Only the clock is played: ticks of the event loop end as ever.
    globalThis.setImmediate = realImmediate;
    const log = {
      event: (what: string) => void logged.push(what),
      listening() {},
      notice() {},
    };
    host = memoryHost(log, { history });
  });

  test("is pinged, then cut off, and its session kept if it has one", async () => {
    const alice = connect("alice", { ...signed, session: "s" });
    await tickIsOver();
    passSeconds(limits.lostAfterMs / 1_000 - 1);
    expect(alice.received().filter(({ type }) => type === "ping")).toHaveLength(1);
    expect(alice.transport.calls).not.toContain("terminate");
    passSeconds(2);
    expect(alice.transport.calls.filter((call) => call === "terminate")).toHaveLength(1);
    // The network says so in the end.
    alice.hosted.closed();
    await tickIsOver();
    expect(logged).toEqual(["joined", "away"]);
    passSeconds(limits.gracePeriodMs / 1_000 + 1);
    await tickIsOver();
    expect(logged).toEqual(["joined", "away", "left"]);
  });

  test("stays if it may not know pings", () => {
    const guest = connect("guest");
    passSeconds(60);
    expect(guest.transport.calls).not.toContain("terminate");
    guest.tell({ type: "pong", sent: 1 });
    passSeconds(limits.lostAfterMs / 1_000 + 1);
    expect(guest.transport.calls).toContain("terminate");
  });
});

test("the log names the address of a client that is gone", async () => {
  const alice = connect("alice", { ...signed, session: "s" });
  await tickIsOver();
  alice.hosted.closed();
  await tickIsOver();
  expect(logged).toEqual(["joined 192.0.2.7", "away 192.0.2.7"]);
});

test.each(["killed", "stopped"])(
  "members who were in when the server was %s keep their sessions",
  async (how) => {
    const before = [connect("alice", { ...signed, session: "s" }), connect("guest")];
    await tickIsOver();
    if (how === "stopped") void host.shutdown();
    for (const { hosted } of how === "stopped" ? before : []) hosted.closed();
    // Another server over the same memory.
    host = memoryHost({ event() {}, listening() {}, notice() {} }, { history });
    const bob = connect("bob");
    const alice = connect("alice", { ...signed, session: "s" });
    await tickIsOver();
    expect(bob.received()).toMatchObject([{ type: "welcome", members: ["alice"] }]);
    expect(alice.received()).toMatchObject([{ type: "welcome", members: ["bob"] }]);
  },
);

test("lines that arrived before a shutdown are committed and sent before the goodbye, and the members stay present", async () => {
  const alice = connect("alice", { ...signed, session: "s" });
  await tickIsOver();
  alice.tell(say("last words"));
  void host.shutdown();
  expect(alice.received().slice(-2)).toMatchObject([
    { type: "said", text: "last words" },
    { type: "goodbye", code: "server-stopped" },
  ]);
  expect([history.isOpen(), history.lastId()]).toEqual([false, 1]);
  expect(history.present()).toEqual([{ name: "alice", publicKey: alices.person }]);
  alice.hosted.closed();
});
