/** Tests the isolation of disk errors, by the numbers of its contract. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { FailureKind } from "../../../lib/server/storage/error-isolation.ts";
import { createFailureReporter, withErrorIsolation } from "../../../lib/server/storage/error-isolation.ts";

const reading: FailureKind = { code: "not-read", sentence: (reason) => `Cannot read (${reason}).` };
const writing: FailureKind = {
  code: "not-written",
  sentence: (reason) => `Cannot write (${reason}).`,
  recovered: { code: "written-again", sentence: "Writing works again." },
};

let isFailing: boolean;
let reports: string[];

beforeEach(() => {
  isFailing = false;
  reports = [];
});

const createReporter = () => createFailureReporter((...report) => void reports.push(report.join(" ")));

function createStore() {
  const attempt = <Result>(result: Result): Result => {
    if (isFailing) throw new Error("disk full");
    return result;
  };
  const store = {
    name: "store",
    read: (key: string, count: number) => attempt(`${count} of ${key}`),
    list: () => attempt(["all"]),
    write: () => attempt(true),
    commit: () => attempt(undefined),
  };
  const isolated = withErrorIsolation(
    store,
    {
      read: { kind: reading, fallback: (key, count) => `no ${count} of ${key}` },
      list: { kind: reading, fallback: () => [] },
      write: { kind: writing, fallback: () => false },
    },
    createReporter(),
  );
  return { store, isolated };
}

describe("an isolated operation", () => {
  test("that succeeds gives its result and reports nothing", () => {
    const { isolated } = createStore();
    expect([isolated.read("lines", 3), isolated.list(), isolated.write()]).toEqual([
      "3 of lines",
      ["all"],
      true,
    ]);
    expect(reports).toEqual([]);
  });

  test("that throws gives the fallback for its arguments and reports the reason", () => {
    const { isolated } = createStore();
    isFailing = true;
    expect([isolated.read("lines", 3), isolated.write()]).toEqual(["no 3 of lines", false]);
    expect(reports).toEqual([
      "warning not-read Cannot read (disk full).",
      "warning not-written Cannot write (disk full).",
    ]);
  });

  test("is reported once until an operation of the same kind succeeds again (1)", () => {
    const { isolated } = createStore();
    isFailing = true;
    isolated.read("lines", 1);
    isolated.read("lines", 2);
    isolated.list();
    expect(reports).toHaveLength(1);
    isFailing = false;
    isolated.write();
    isFailing = true;
    isolated.read("lines", 3);
    expect(reports, "a success of another kind does not count").toHaveLength(1);
    isFailing = false;
    isolated.list();
    isFailing = true;
    isolated.read("lines", 4);
    expect(reports).toHaveLength(2);
  });

  test("calls the operation that the store has at that time", () => {
    const { store, isolated } = createStore();
    store.list = () => ["replaced"];
    expect(isolated.list()).toEqual(["replaced"]);
  });
});

test("an operation that is not isolated is the store's own, and throws (2)", () => {
  const { store, isolated } = createStore();
  expect([isolated.name, isolated.commit]).toEqual([store.name, store.commit]);
  isFailing = true;
  expect(() => isolated.commit()).toThrow("disk full");
  expect(reports).toEqual([]);
});

test("a recovery is reported once, after a failure, if its kind says so", () => {
  const reporter = createReporter();
  for (const kind of [reading, writing]) {
    reporter.succeeded(kind);
    reporter.failed(kind, new Error("disk full"));
    reporter.succeeded(kind);
    reporter.succeeded(kind);
  }
  expect(reports).toEqual([
    "warning not-read Cannot read (disk full).",
    "warning not-written Cannot write (disk full).",
    "info written-again Writing works again.",
  ]);
});
