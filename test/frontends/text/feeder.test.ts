/** Lines of a long paste, at the pace at which they are confirmed. */
import { describe, expect, test } from "bun:test";
import type { Command } from "../../../lib/client/api.ts";
import { activeMax, createFeeder, stoppedSentence, stopsLines } from "../../../lib/frontends/text/feeder.ts";

const line = (text: string): Command => ({ type: "say", text });
const lines = (count: number) => Array.from({ length: count }, (_, index) => line(`${index}`));
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A feeder whose commands are done when the test says so. */
function createFed() {
  const passed: Command[] = [];
  const confirms: (() => void)[] = [];
  let changes = 0;
  const feeder = createFeeder(
    (command) => {
      passed.push(command);
      return new Promise((resolve) => confirms.push(resolve));
    },
    () => {
      changes += 1;
    },
  );
  return {
    feeder,
    passed,
    confirm: (count: number) => confirms.splice(0, count).map((done) => done()),
    changes: () => changes,
  };
}

describe("a feeder", () => {
  test("passes commands on at once while few are not done, and the others one by one as those are done", async () => {
    const { feeder, passed, confirm, changes } = createFed();
    feeder.add(lines(activeMax + 3));
    expect(passed).toHaveLength(activeMax);
    expect(feeder.progress()).toEqual({ left: 3, total: activeMax + 3 });
    confirm(2);
    await settle();
    expect(passed).toEqual(lines(activeMax + 2));
    expect(feeder.progress()).toEqual({ left: 1, total: activeMax + 3 });
    expect(changes()).toBe(2);
    feeder.add([line("more")]);
    expect(feeder.progress()).toEqual({ left: 2, total: activeMax + 4 });
    confirm(activeMax);
    await settle();
    expect(passed.at(-1)).toEqual(line("more"));
    expect(feeder.progress()).toEqual({ left: 0, total: 0 });
  });

  test("passes a command on at once that is done at once", () => {
    const passed: Command[] = [];
    const feeder = createFeeder(
      (command) => void passed.push(command),
      () => {},
    );
    feeder.add(lines(2));
    expect(passed).toEqual(lines(2));
  });

  test("returns what it has not passed on when it is stopped, and can be used again", async () => {
    const { feeder, passed, confirm } = createFed();
    feeder.add(lines(activeMax + 2));
    expect(feeder.stop()).toEqual(lines(activeMax + 2).slice(activeMax));
    expect(feeder.stop()).toEqual([]);
    confirm(activeMax);
    await settle();
    expect(passed).toHaveLength(activeMax);
    feeder.add([line("again")]);
    expect(passed.at(-1)).toEqual(line("again"));
  });

  test("is ready for more input only while few commands wait", async () => {
    const { feeder, confirm } = createFed();
    await feeder.ready();
    feeder.add(lines(activeMax + 1_001));
    let isReady = false;
    void feeder.ready().then(() => {
      isReady = true;
    });
    await settle();
    expect(isReady).toBe(false);
    confirm(1);
    await settle();
    expect(isReady).toBe(true);
  });

  test("is ready when it is stopped", async () => {
    const { feeder } = createFed();
    feeder.add(lines(2_000));
    const ready = feeder.ready();
    feeder.stop();
    await ready;
  });
});

test("a refusal stops the lines after it, unless it concerns the text of one line", () => {
  expect(stopsLines({ type: "error", code: "silenced", message: "No.", text: "hi" })).toBe(true);
  expect(stopsLines({ type: "error", code: "text-too-long", max: 4_000, text: "hi" })).toBe(false);
  expect(stopsLines({ type: "error", code: "no-such-clip", clip: 7 })).toBe(false);
  expect(stopsLines({ type: "warning", code: "silent" })).toBe(false);
});

test("stopped lines are counted, and the first of them is named in short", () => {
  const long = "é".repeat(100);
  expect(stoppedSentence([line(long), line("b")], 1_200)).toBe(
    `Stopped: 2 of 1200 lines were not sent. The first of them is: ${"é".repeat(60)}…`,
  );
  expect(stoppedSentence([{ type: "quit" }], 3)).toBe("Stopped: 1 of 3 lines were not sent.");
});
