/** The contract of group commit, by its numbers, with a log that answers at once, later, or with a loss. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { CoreEffect } from "../../../lib/server/core.ts";
import { CommitBatch } from "../../../lib/server/runtime/commit-batch.ts";
import type { FakeCommitLog } from "../../support/fake-commit-log.ts";
import { createFakeCommitLog } from "../../support/fake-commit-log.ts";

let calls: string[];
let log: FakeCommitLog;
let batch: CommitBatch;

beforeEach(() => {
  calls = [];
  log = createFakeCommitLog();
  batch = new CommitBatch(log, {
    execute: (effect) => calls.push(nameOf(effect)),
    willCommit: () => calls.push("will commit"),
    answered: () => calls.push("answered"),
  });
});

function nameOf(effect: CoreEffect): string {
  if (effect.type !== "send") return effect.type;
  const { message, to } = effect;
  const what = message.type === "error" ? `${message.code} ${message.ref}` : message.type;
  const clip = message.type === "voiceEnded" && message.clip !== undefined ? ` of clip ${message.clip}` : "";
  return `${what}${clip} to ${to.join()}`;
}

/** The effects that were run, without what the batch tells its owner. */
const ran = () => calls.filter((call) => call !== "will commit" && call !== "answered");
const run = (...effects: CoreEffect[]) => {
  for (const effect of effects) batch.run(effect);
};
/** Commits with a log that answers before it returns. */
const commitNow = () => {
  log.answersAtOnce = true;
  batch.commit();
};

const at = "2026-11-22T10:00:00.000Z";
const said = { type: "said", id: 1, from: "alice", text: "hi", at } as const;

function line(ref: string, isAgain = false, text = "hi"): CoreEffect {
  const kept = { id: 1, from: "alice", author: "a", ref, text, at };
  const sends = [{ type: "send" as const, to: [1, 2], message: said }];
  return { type: "line", ...(isAgain ? {} : { line: kept }), sends, author: 1, ref };
}
const presence: CoreEffect = { type: "presence", publicKey: "a", name: "alice", isPresent: true, lastId: 0 };
const joined: CoreEffect = { type: "send", to: [3], message: { type: "joined", name: "carol" } };
const started: CoreEffect = {
  type: "send",
  to: [2],
  message: { type: "voiceStarted", stream: 7, from: "a" },
};
const close: CoreEffect = { type: "close", id: 2 };
const relay: CoreEffect = { type: "relay", to: [2], except: 1, body: new Uint8Array(1) };
const change: CoreEffect = {
  type: "registry-change",
  change: { type: "own", name: "alice", publicKey: "a" },
};
const forgotten: CoreEffect = { type: "clips-forgotten", clips: [1] };
const clip: CoreEffect = {
  type: "clip",
  clip: { clip: 4, from: "alice", at, seconds: 1 },
  packets: [],
  to: [1, 2],
  ended: { type: "voiceEnded", stream: 7, from: "alice", seconds: 1, reason: "done" },
};
const logged: CoreEffect = { type: "log", id: 1, what: "left", name: "alice" };

describe("what follows from a line", () => {
  test("is sent after the commit of the line, never before (1)", () => {
    run(line("r1"), line("r2"));
    expect(ran()).toEqual([]);
    commitNow();
    expect(ran()).toEqual(["said to 1,2", "said to 1,2"]);
  });

  test("waits for a log that answers later, and runs when it is released (1)", () => {
    run(line("r1"));
    batch.commit();
    expect(ran()).toEqual([]);
    log.answer();
    expect(calls.at(-1), "its owner is told, and decides when").toBe("answered");
    expect(ran()).toEqual([]);
    batch.release();
    expect(ran()).toEqual(["said to 1,2"]);
  });

  test("that is kept already is sent at once, unless the line may be lost with this batch (1)", () => {
    run(line("r0", true));
    expect(ran()).toEqual(["said to 1,2"]);
    run(line("r1"), line("r1", true));
    batch.commit();
    log.answer(() => true);
    batch.release();
    expect(ran().slice(1)).toEqual(["not-saved r1 to 1", "not-saved r1 to 1"]);
  });
});

describe("every outcome", () => {
  test.each([
    ["line", line("r")],
    ["presence", presence],
    ["registry-change", change],
    ["clip", clip],
    ["clips-forgotten", forgotten],
  ])("goes to the log, and what follows waits for its commit: %s (1, 2)", (type, outcome) => {
    run(outcome, joined);
    expect(log.open.map((one) => one.type as string)).toEqual([type]);
    expect([batch.isOpen(), ran()]).toEqual([true, []]);
    commitNow();
    expect([batch.isIdle(), ran().at(-1)]).toEqual([true, "joined to 3"]);
  });
});

describe("every other effect", () => {
  test("runs at once when no outcome waits for its commit (2)", () => {
    run(joined, relay, close);
    expect(ran()).toEqual(["joined to 3", "relay", "close"]);
    batch.commit();
    expect(log.inFlight).toEqual([]);
  });

  test("keeps its place behind outcomes, in one batch (2)", () => {
    run(presence, joined, line("r"), close);
    commitNow();
    expect(ran()).toEqual(["joined to 3", "said to 1,2", "close"]);
  });

  test("keeps its place over several batches that are under way (2)", () => {
    run(line("r1"));
    batch.commit();
    run(joined, line("r2"));
    batch.commit();
    run(close);
    expect([log.inFlight.length, ran()]).toEqual([2, []]);
    log.answer();
    batch.release();
    expect(ran()).toEqual(["said to 1,2", "joined to 3"]);
    log.answer();
    batch.release();
    expect(ran().slice(2)).toEqual(["said to 1,2", "close"]);
    run(joined);
    expect(ran().at(-1), "nothing is deferred any more").toBe("joined to 3");
  });

  test("of the server's log runs at once (3)", () => {
    run(line("r"), logged);
    expect(ran()).toEqual(["log"]);
  });
});

describe("live voice", () => {
  test.each([
    ["a line", line("r")],
    ["presence", presence],
    ["a clip", clip],
    ["a registry change", change],
  ])("does not wait for the commit of %s (4)", (_, outcome) => {
    run(outcome, joined, relay);
    expect(ran()).toEqual(["relay"]);
  });

  test("is told to leave before every commit, also one within a tick (4)", () => {
    for (let count = 0; count < 300; count += 1) run(line(`r${count}`));
    batch.commit();
    expect(calls.filter((call) => call === "will commit")).toHaveLength(2);
  });

  test("waits behind the deferred `voiceStarted` of its transmission, with all voice after it (4)", () => {
    run(line("r"), relay, started, relay, relay);
    expect(ran()).toEqual(["relay"]);
    batch.commit();
    run(relay);
    expect(ran()).toEqual(["relay"]);
    log.answer();
    batch.release();
    expect(ran().slice(1)).toEqual(["said to 1,2", "voiceStarted to 2", "relay", "relay", "relay"]);
    run(line("r2"), relay);
    expect(ran().at(-1), "the stream is known by now").toBe("relay");
  });

  test("that waits keeps its bytes, which the caller uses again (4)", () => {
    const body = Uint8Array.of(1, 2, 3);
    const bodies: string[] = [];
    batch = new CommitBatch(log, {
      execute: (effect) => void (effect.type === "relay" && bodies.push(effect.body.toHex())),
      willCommit() {},
      answered() {},
    });
    run(line("r"), started, { type: "relay", to: [2], except: 1, body: Buffer.from(body.buffer) });
    body.fill(9);
    commitNow();
    expect(bodies).toEqual(["010203"]);
  });
});

describe("a batch that is lost", () => {
  test("tells the authors of its lines, in their place; everything else goes on (5)", () => {
    run(presence, joined, line("r1"), close);
    batch.commit();
    log.answer(() => true);
    batch.release();
    expect(ran()).toEqual(["joined to 3", "not-saved r1 to 1", "close"]);
  });

  test("costs nothing that is in another one (5)", () => {
    run(line("r1"));
    batch.commit();
    run(line("r2"));
    batch.commit();
    log.answer(() => true);
    log.answer();
    batch.release();
    expect(ran()).toEqual(["not-saved r1 to 1", "said to 1,2"]);
  });

  test("is closed at once when the log gives it up, and what follows begins another (6)", () => {
    log.answersAtOnce = true;
    log.isRefused = (outcome) => outcome.type === "line" && outcome.ref === "r2";
    run(presence, line("r1"), line("r2"));
    expect(ran()).toEqual(["not-saved r1 to 1", "not-saved r2 to 1"]);
    run(line("r3"));
    batch.commit();
    expect(ran().slice(2)).toEqual(["said to 1,2"]);
  });
});

test("the end of a transmission names its clip only if the clip was kept (5)", () => {
  run(clip, { ...clip }, joined);
  batch.commit();
  const [, second] = log.inFlight[0] ?? [];
  log.answer((outcome) => outcome === second);
  batch.release();
  expect(ran()).toEqual(["voiceEnded of clip 4 to 1,2", "voiceEnded to 1,2", "joined to 3"]);
});

describe("a burst in one tick", () => {
  test("is committed and sent on the way, by its number and by its length (7)", () => {
    log.answersAtOnce = true;
    for (let count = 0; count < 300; count += 1) run(line(`r${count}`));
    expect(ran()).toHaveLength(256);
    for (let count = 0; count < 30; count += 1) run(line(`long ${count}`, false, "x".repeat(4_000)));
    expect(ran().length).toBeGreaterThan(300);
  });

  test("of effects behind one outcome is committed on the way, too (7)", () => {
    log.answersAtOnce = true;
    run(presence);
    for (let count = 0; count < 300; count += 1) run(joined);
    expect(ran()).toHaveLength(300);
  });

  test("is refused with `not-saved` once too much is deferred, when the log does not answer (7)", () => {
    for (let count = 0; count < 20_000; count += 1) run(line(`r${count}`));
    batch.commit();
    expect(log.inFlight.flat()).toHaveLength(16_384);
    log.answersAtOnce = true;
    while (log.inFlight.length > 0) log.answer();
    batch.release();
    expect(ran().filter((call) => call.startsWith("not-saved"))).toHaveLength(20_000 - 16_384);
    expect(ran().at(-1)).toBe("not-saved r19999 to 1");
    expect(batch.isIdle()).toBeTrue();
  });
});

test("a history query is answered in its place, from what was committed before (8)", () => {
  const which = { from: 1, upTo: 9, isPrivate: false, limit: 1 };
  run(line("r1"), { type: "history-query", id: 1, ref: "h", query: which }, line("r2"));
  commitNow();
  expect(ran()).toEqual(["said to 1,2", "history-query", "said to 1,2"]);
});
