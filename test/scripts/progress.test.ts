import { expect, test } from "bun:test";
import { runSteps, type Step } from "../../scripts/progress.mjs";

/** What the steps write, and a clock that a step moves. */
function openOutput(isTTY: boolean) {
  let written = "";
  let nowMs = 0;
  const output = {
    isTTY,
    columns: 60,
    write(text: string) {
      written += text;
    },
  };
  return {
    text: () => written,
    pass(ms: number) {
      nowMs += ms;
    },
    run: (steps: Step[]) => runSteps(steps, { output, now: () => nowMs }),
  };
}

test("without a terminal, each step is a line when it begins and a line when it ends", async () => {
  const output = openOutput(false);
  await output.run([
    { title: "Install", run: async () => output.pass(1_250) },
    { title: "Compile", run: async () => "up to date" },
  ]);
  expect(output.text()).toBe(
    "[1/2] Install…\n[1/2] Install: done (1.3 s)\n[2/2] Compile…\n[2/2] Compile: up to date (0.0 s)\n",
  );
});

test("on a terminal, the line of a running step is replaced by its outcome", async () => {
  const output = openOutput(true);
  await output.run([{ title: "Install", run: async () => "92 packages" }]);
  const [running, ended, ...more] = output.text().split("\r\x1b[K").slice(1);
  expect(running).toMatch(/^[-|/\\] \[1\/1\] Install \(0\.0 s\)$/);
  expect([ended, more]).toEqual(["[1/1] Install: 92 packages (0.0 s)\n", []]);
});

test("a step that writes to the terminal itself is never redrawn", async () => {
  const output = openOutput(true);
  await output.run([{ title: "Run the tests", printsOutput: true, run: async () => "3 passed" }]);
  expect(output.text()).toBe("[1/1] Run the tests…\n[1/1] Run the tests: 3 passed (0.0 s)\n");
});

test("a step that fails is named, its error is passed on, and no other step begins", async () => {
  const output = openOutput(false);
  const failing = async () => {
    throw new Error("A C++ compiler is needed");
  };
  const steps = [
    { title: "Compile", run: failing },
    { title: "Build", run: async () => {} },
  ];
  await expect(output.run(steps)).rejects.toThrow("A C++ compiler is needed");
  expect(output.text()).toBe("[1/2] Compile…\n[1/2] Compile: failed (0.0 s)\n");
});
