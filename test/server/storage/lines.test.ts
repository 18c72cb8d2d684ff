/** Tests the lines and the presence records of a room: transactions, rollback, and what is on disk. */
import { describe, expect, test } from "bun:test";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "../../../lib/protocol/limits.ts";
import { openRoomFile } from "../../../lib/server/storage/database.ts";
import { createSqliteHistory, isolateHistory } from "../../../lib/server/storage/lines.ts";
import { makeFolder } from "../../support/folder.ts";
import { all, at, conversation, createHistory, idsOf, say, start } from "./histories.ts";

describe("a transaction", () => {
  test("is visible to other connections, and counts in lastId, only after its commit", async () => {
    const folder = makeFolder();
    using file = await openRoomFile(folder);
    using other = await openRoomFile(folder);
    const history = createSqliteHistory(file, { days: 30, bytesMax: 1e9 }, start);
    const count = () => other.query("SELECT count(*) FROM messages").values()[0]?.[0];
    history.add({ id: 1, from: "alice", author: "A", ref: "r", text: "hi", at });
    expect([count(), history.lastId(), history.isOpen()]).toEqual([0, 0, true]);
    expect(history.find("A", "r")).toMatchObject({ id: 1, text: "hi", at });
    history.commit();
    expect([count(), history.lastId(), history.isOpen()]).toEqual([1, 1, false]);
  });

  test("that is rolled back leaves nothing, and its ids are used again", () => {
    const { history } = createHistory();
    history.add({ id: 1, from: "alice", author: "A", ref: "r", text: "hi", at });
    history.recordPresence("A", "alice", true, 0);
    history.rollback();
    expect([history.lastId(), history.find("A", "r"), history.present()]).toEqual([0, undefined, []]);
    say(history, "again");
    expect(history.lastId()).toBe(1);
  });

  test("that fails is rolled back as a whole, and the next one works", () => {
    const { file, history } = createHistory();
    say(history, "before");
    file.run(`PRAGMA max_page_count = ${file.query("PRAGMA page_count").values()[0]?.[0]}`);
    expect(() => {
      for (let id = 2; id < 100; id += 1) history.add({ id, from: "a", text: "x".repeat(4_000), at });
      history.commit();
    }).toThrow(/full/);
    expect([history.isOpen(), history.lastId(), idsOf(history, {})]).toEqual([false, 1, [1]]);
    file.run("PRAGMA max_page_count = 100000");
    say(history, "after");
    expect(idsOf(history, {})).toEqual([1, 2]);
  });

  test("is on disk when the process is killed right after the commit", async () => {
    const [folder, copy] = [makeFolder(), makeFolder()];
    using file = await openRoomFile(folder);
    const history = createSqliteHistory(file, { days: 30, bytesMax: 1e9 }, start);
    say(history, "just said");
    await mkdir(copy, { recursive: true });
    // A copy of the files as they are on disk now.
    for (const name of ["room.sqlite", "room.sqlite-wal"])
      await copyFile(join(folder, name), join(copy, name));
    using left = await openRoomFile(copy);
    const found = createSqliteHistory(left, { days: 30, bytesMax: 1e9 }, start);
    expect(found.page(all).entries).toMatchObject([{ id: 1, text: "just said" }]);
    expect([found.name, found.lastId()]).toEqual([history.name, 1]);
  });
});

describe("presence", () => {
  test("of the last record of a name counts, however the name is spelled", () => {
    const { history } = createHistory();
    history.recordPresence("A", "Bob", true, 0);
    history.recordPresence("A", "Bob", false, 3);
    history.recordPresence("B", "bob", true, 5);
    history.commit();
    expect(history.present()).toEqual([{ name: "bob", publicKey: "B" }]);
  });

  describe("after a stop of the server", () => {
    const soon = { ...start, wallMs: start.wallMs + limits.restoredWithinMs };
    const late = { ...start, wallMs: soon.wallMs + 1 };
    const before = { ...start, wallMs: start.wallMs - 1 };

    function restart(again: typeof start) {
      const { file, history } = createHistory();
      history.recordPresence("A", "alice", true, 0);
      history.stopped(start.wallMs);
      return { file, history: createSqliteHistory(file, { days: 30, bytesMax: 1e9 }, again) };
    }

    test.each([
      ["for a while", soon],
      ["when the clock was set back meanwhile", before],
    ])("lasts %s", (_, again) => {
      expect(restart(again).history.present()).toEqual([{ name: "alice", publicKey: "A" }]);
    });

    test("is over later, and stays so when the next run is killed", () => {
      const { file, history } = restart(late);
      expect(history.present()).toEqual([]);
      history.recordPresence("B", "bob", true, 0);
      history.rollback();
      expect(history.present()).toEqual([]);
      history.recordPresence("B", "bob", true, 0);
      history.commit();
      const again = createSqliteHistory(
        file,
        { days: 30, bytesMax: 1e9 },
        { ...late, wallMs: late.wallMs * 2 },
      );
      expect([history.present(), again.present()]).toEqual([
        [{ name: "bob", publicKey: "B" }],
        [{ name: "bob", publicKey: "B" }],
      ]);
    });
  });

  test("limits the waiting lines of a person to those after the last id they have read", () => {
    const history = conversation();
    history.recordPresence("B", "bob", false, 2);
    history.commit();
    expect(history.waiting("B", 10)).toBe(1);
    history.recordPresence("B", "bob", false, 0);
    history.commit();
    expect([history.waiting("B", 10), history.waiting("B", 1), history.waiting("C", 10)]).toEqual([2, 1, 0]);
  });
});

describe("an isolated history", () => {
  function createIsolated() {
    const { file, history } = createHistory();
    const notices: string[] = [];
    const isolated = isolateHistory(history, (level, code) => void notices.push(`${level} ${code}`));
    return { file, history: isolated, notices };
  }

  test("reports lines that cannot be saved once, and that they are saved again", () => {
    const { history, notices } = createIsolated();
    history.succeeded();
    expect(notices).toEqual([]);
    history.failed(new Error("disk full"));
    history.failed(new Error("disk full"));
    history.succeeded();
    history.succeeded();
    expect(notices).toEqual(["warning not-saved", "info saved-again"]);
  });

  test("answers a query with a page that is no proof of an empty history when the disk fails", () => {
    const { file, history, notices } = createIsolated();
    say(history, "one");
    file.close();
    expect(history.page(all)).toEqual({ entries: [], more: false, since: Number.MAX_SAFE_INTEGER });
    expect(notices).toEqual(["warning history-failed"]);
  });

  test("reads a page once more when the disk fails once, and reports nothing", () => {
    const { history } = createHistory();
    say(history, "one");
    let failuresLeft = 1;
    const page: typeof history.page = (query) => {
      failuresLeft -= 1;
      if (failuresLeft >= 0) throw new Error("disk I/O error");
      return history.page(query);
    };
    const notices: string[] = [];
    const isolated = isolateHistory({ ...history, page }, (_, code) => void notices.push(code));
    expect(isolated.page(all).entries).toMatchObject([{ text: "one" }]);
    expect(notices).toEqual([]);
  });

  test("answers the room's questions without the disk when it fails, so that the room goes on", () => {
    const { file, history, notices } = createIsolated();
    say(history, "one");
    file.close();
    expect([history.find("A", "r1"), history.waiting("B", 10)]).toEqual([undefined, 0]);
    expect(notices).toEqual(["warning history-failed", "warning history-failed"]);
  });

  test("goes on after a maintenance step that failed", () => {
    const { file, history, notices } = createIsolated();
    say(history, "one");
    file.close();
    expect([history.maintain(start), history.maintain(start)]).toEqual([false, false]);
    expect(notices).toEqual(["warning history-failed"]);
  });

  test("still throws the errors of writing, by which lines are refused", () => {
    const { file, history } = createIsolated();
    file.close();
    expect(() => history.add({ id: 1, from: "alice", text: "hi", at })).toThrow();
  });
});
