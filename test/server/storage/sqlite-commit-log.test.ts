/** The commit log of one server over a real database: what is lost with what, and when each outcome is seen. */
import type { Database } from "bun:sqlite";
import { beforeEach, describe, expect, test } from "bun:test";
import type { CommitLog, Outcome } from "../../../lib/server/runtime/commit-log.ts";
import { createSqliteClips, isolateClips } from "../../../lib/server/storage/clips.ts";
import { openRoomMemory } from "../../../lib/server/storage/database.ts";
import type { SqliteHistory } from "../../../lib/server/storage/lines.ts";
import { createSqliteHistory, isolateHistory } from "../../../lib/server/storage/lines.ts";
import { createSqliteRegistry, isolateRegistry } from "../../../lib/server/storage/registry.ts";
import { createSqliteCommitLog } from "../../../lib/server/storage/sqlite-commit-log.ts";

const at = "2026-11-22T10:00:00.000Z";
let file: Database;
let history: SqliteHistory;
let commitLog: CommitLog;
let notices: string[];
let failing: "add" | "commit" | undefined;
let isFailing: (line: { ref?: string }) => boolean;

beforeEach(() => {
  file = openRoomMemory();
  notices = [];
  failing = undefined;
  isFailing = () => true;
  const notice = (_level: string, code: string) => void notices.push(code);
  history = createSqliteHistory(file, { days: 30, bytesMax: 1e9 }, { wallMs: 0, monotonicMs: 0 });
  const flaky: SqliteHistory = {
    ...history,
    add(line) {
      if (failing === "add" && isFailing(line)) throw new Error("disk full");
      history.add(line);
    },
    commit() {
      if (failing === "commit") throw new Error("disk full");
      history.commit();
    },
  };
  commitLog = createSqliteCommitLog({
    history: isolateHistory(flaky, notice),
    registry: isolateRegistry(
      createSqliteRegistry(file, new Set(), () => 0),
      notice,
    ),
    clips: isolateClips(createSqliteClips(file, { days: 7, bytesMax: 1_000_000 }), notice),
  });
});

let lastId = 0;
beforeEach(() => {
  lastId = 0;
});

function line(ref: string): Outcome {
  lastId += 1;
  const kept = { id: lastId, from: "alice", author: "a", ref, text: ref, at };
  return { type: "line", line: kept, sends: [], author: 1, ref };
}
const presence: Outcome = { type: "presence", publicKey: "a", name: "alice", isPresent: true, lastId: 0 };
const change: Outcome = { type: "registry-change", change: { type: "own", name: "alice", publicKey: "a" } };
const clip: Outcome = {
  type: "clip",
  clip: { clip: 4, from: "alice", at, seconds: 1 },
  packets: [Uint8Array.of(0x78)],
  to: [1],
  ended: { type: "voiceEnded", stream: 7, from: "alice", seconds: 1, reason: "done" },
};

/** The outcomes that are lost; the log answers before `commit` returns. */
function commit(): Outcome[] {
  let answered: ReadonlySet<Outcome> | undefined;
  commitLog.commit((lost) => {
    answered = lost;
  });
  if (answered === undefined) throw new Error("the commit was not answered");
  return [...answered];
}

const rows = (table: string) => file.query(`SELECT count(*) FROM ${table}`).values()[0]?.[0];

test("every outcome of a batch is in the file when the commit is answered", () => {
  for (const outcome of [presence, change, line("r1"), clip]) expect(commitLog.append(outcome)).toBeTrue();
  expect(history.find("a", "r1"), "a line is seen before its commit").toMatchObject({ text: "r1" });
  expect(history.lastId()).toBe(0);
  expect(commit()).toEqual([]);
  expect([history.lastId(), ...["messages", "people", "names", "clips"].map(rows)]).toEqual([1, 1, 1, 1, 1]);
  commitLog.append({ type: "clips-forgotten", clips: [4] });
  expect([commit(), rows("clips")]).toEqual([[], 0]);
});

describe("a failing disk", () => {
  test("at the commit loses the lines and presence records of the batch, and nothing else", () => {
    failing = "commit";
    const lines = [line("r1"), line("r2")];
    for (const outcome of [presence, change, ...lines, clip]) commitLog.append(outcome);
    expect(commit()).toEqual([presence, ...lines]);
    expect(["messages", "people", "names", "clips"].map(rows)).toEqual([0, 0, 1, 1]);
    expect(history.find("a", "r1")).toBeUndefined();
    failing = undefined;
    commitLog.append(line("r3"));
    expect(commit()).toEqual([]);
    expect(notices).toEqual(["not-saved", "saved-again"]);
  });

  test("at a line gives the batch up at once, so that the next line begins another", () => {
    failing = "add";
    isFailing = ({ ref }) => ref === "r2";
    const [first, second, third] = [line("r1"), line("r2"), line("r3")];
    expect([commitLog.append(first), commitLog.append(second)]).toEqual([true, false]);
    expect(commit()).toEqual([first, second]);
    commitLog.append(third);
    expect(commit()).toEqual([]);
    expect(rows("messages")).toBe(1);
  });

  test("loses a clip alone", () => {
    const large: Outcome = { ...clip, packets: Array.from({ length: 2_000 }, () => new Uint8Array(1_000)) };
    for (const outcome of [line("r1"), large]) commitLog.append(outcome);
    expect(commit()).toEqual([large]);
    expect(rows("messages")).toBe(1);
  });
});
