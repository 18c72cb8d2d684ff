/**
 * `npm test`: the checks, a fresh build, and every test; with CI set, a skipped test is a failure. The last line counts
 * what passed, failed and was skipped. `npm run test:unit`, `test:sim` and `test:e2e` run one lane (scripts/lanes.ts).
 * All of them take parts of paths and `-t TITLE` after `--`: `npm run test:e2e -- kill -t port`.
 */
import { constants, setPriority } from "node:os";
import { buildSteps } from "./build.ts";
import { checkSteps } from "./check.ts";
import { type Lane, testFiles } from "./lanes.ts";
import { runSteps, type Step } from "./progress.mjs";
import { orExplain, run } from "./run.ts";
import { readTestArguments, type TestArguments } from "./test-arguments.ts";

interface Run {
  passed: number;
  failed: number;
  skipped: number;
  /** Of the process. */
  status: number;
}

interface RunOptions {
  title: string | undefined;
  /** `low` takes what the other processes leave of the processors. */
  priority: "normal" | "low";
  timeoutMs: number;
  report(chunk: string): void;
}

const timeoutMs = 120_000;
/** A simulation computes; at low priority beside the others it may take several times as long. */
const simTimeoutMs = 300_000;

async function test(wanted: TestArguments): Promise<void> {
  const files = testFiles(
    wanted.lane === undefined ? ["unit", "sim", "e2e"] : [wanted.lane],
    wanted.patterns,
  );
  if (files.length === 0) throw new Error(`No test file's path contains ${wanted.patterns.join(" or ")}.`);
  if (wanted.watch) process.exit(await watch(files, wanted));
  const runs: Run[] = [];
  await runSteps(stepsOf(wanted, runs));
  process.exit(conclude(runs));
}

function stepsOf(wanted: TestArguments, runs: Run[]): Step[] {
  const { lane, patterns, title } = wanted;
  const has = (...lanes: Lane[]) =>
    lanes.some((one) => (lane ?? one) === one) && testFiles(lanes, patterns).length > 0;
  const normal = { title, priority: "normal", timeoutMs, report: show } as const;
  const steps: Step[] = lane === undefined ? [...checkSteps] : [];
  if (lane !== "unit") steps.push(...buildSteps);
  if (has("unit"))
    steps.push(
      testStep("Run the unit tests", async () => [await runTests(testFiles(["unit"], patterns), normal)]),
    );
  // Simulations only compute, end-to-end tests mostly wait: together they take no longer than one of them.
  if (has("e2e") && has("sim"))
    steps.push(
      testStep("Run the end-to-end tests, and beside them the simulations", () => runBoth(patterns, normal)),
    );
  else if (has("e2e"))
    steps.push(
      testStep("Run the end-to-end tests", async () => [
        await runTests(testFiles(["e2e"], patterns), normal),
      ]),
    );
  else if (has("sim"))
    steps.push(
      testStep("Run the simulations", async () => [
        await runTests(testFiles(["sim"], patterns), { ...normal, timeoutMs: simTimeoutMs }),
      ]),
    );
  return steps;

  function testStep(title: string, work: () => Promise<Run[]>): Step {
    return {
      title,
      printsOutput: true,
      async run() {
        const done = await work();
        runs.push(...done);
        return sentenceOf(done);
      },
    };
  }
}

/** The report of the simulations is shown after that of the end-to-end tests. */
async function runBoth(patterns: string[], options: RunOptions): Promise<Run[]> {
  let report = "";
  const simulations = runTests(testFiles(["sim"], patterns), {
    ...options,
    priority: "low",
    timeoutMs: simTimeoutMs,
    report(chunk) {
      report += chunk;
    },
  });
  const endToEnd = await runTests(testFiles(["e2e"], patterns), options);
  const beside = await simulations;
  show(report);
  return [endToEnd, beside];
}

async function runTests(paths: string[], options: RunOptions): Promise<Run> {
  const filter = options.title === undefined ? [] : ["--test-name-pattern", options.title];
  const command = [process.execPath, "test", "--timeout", String(options.timeoutMs), ...filter, ...paths];
  const tests = Bun.spawn(command, { stdin: "ignore", stdout: "inherit", stderr: "pipe" });
  if (options.priority === "low") setPriority(tests.pid, constants.priority.PRIORITY_LOW);
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of tests.stderr) {
    const chunk = decoder.decode(bytes, { stream: true });
    options.report(chunk);
    text += chunk;
  }
  const count = (word: string) =>
    Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(Bun.stripANSI(text))?.[1] ?? 0);
  return {
    passed: count("pass"),
    failed: count("fail"),
    skipped: count("skip") + count("todo"),
    status: await tests.exited,
  };
}

async function watch(files: string[], { title }: TestArguments): Promise<number> {
  const filter = title === undefined ? [] : ["--test-name-pattern", title];
  return run([process.execPath, "test", "--watch", ...filter, ...files]);
}

function show(chunk: string): void {
  process.stderr.write(chunk);
}

/** Prints the last line; returns the exit status. */
function conclude(runs: readonly Run[]): number {
  const skipped = sumOf(runs, "skipped");
  const isIncomplete = process.env.CI !== undefined && skipped > 0;
  if (isIncomplete) console.log("With CI set, a skipped test is a failure.");
  console.log(sentenceOf(runs));
  const hasFailed = runs.some(({ status }) => status !== 0);
  return hasFailed || isIncomplete || sumOf(runs, "passed") === 0 ? 1 : 0;
}

function sentenceOf(runs: readonly Run[]): string {
  return `${sumOf(runs, "passed")} passed, ${sumOf(runs, "failed")} failed, ${sumOf(runs, "skipped")} skipped`;
}

function sumOf(runs: readonly Run[], what: keyof Run): number {
  return runs.reduce((sum, one) => sum + one[what], 0);
}

await orExplain(() => test(readTestArguments(process.argv.slice(2))));
