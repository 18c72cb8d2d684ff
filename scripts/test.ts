/**
 * `npm test`: the checks, a fresh build, and every test; with CI set, a skipped test is a failure. The last line counts
 * what passed, failed and was skipped. `npm run test:unit`, `test:sim` and `test:e2e` run one lane (scripts/lanes.ts).
 * All of them take parts of paths and `-t TITLE` after `--`: `npm run test:e2e -- kill -t port`.
 */
import { buildSteps } from "./build.ts";
import { checkSteps } from "./check.ts";
import { type Lane, testFiles } from "./lanes.ts";
import { mayRaise, raiseSession, withNiceness } from "./priority.ts";
import { runSteps, type Step } from "./progress.mjs";
import { orExplain, run } from "./run.ts";
import { readTestArguments, type TestArguments } from "./test-arguments.ts";

/** How `bun test` runs the files of a lane. */
interface LaneOptions {
  flags: string[];
  /** Of the processes: 19 gives way to all others. */
  niceness: number;
}

const laneOptions: Record<Lane, LaneOptions> = {
  unit: { flags: ["--parallel", "--timeout", "30000"], niceness: 0 },
  // Simulations give way to the end-to-end tests beside them, but only so far that other work cannot starve them.
  sim: { flags: ["--timeout", "600000"], niceness: mayRaise() ? 0 : 5 },
  // Sound is torn when a sound server or a client does not run in time. A desktop gives its sound server real-time
  // priority; these tests go before other work on the machine, where that is permitted.
  e2e: { flags: ["--timeout", "120000"], niceness: -10 },
};

interface Run {
  passed: number;
  failed: number;
  skipped: number;
  /** Of the process. */
  status: number;
}

async function test(wanted: TestArguments): Promise<void> {
  const { lane, patterns } = wanted;
  const lanes: Lane[] = lane === undefined ? ["unit", "sim", "e2e"] : [lane];
  if (testFiles(lanes, patterns).length === 0)
    throw new Error(`No test file of ${lanes.join(", ")} has a path that contains ${patterns.join(" or ")}.`);
  if (wanted.watch) process.exit(await watch(wanted));
  const runs: Run[] = [];
  await runSteps(stepsOf(wanted, runs));
  process.exit(conclude(runs));
}

function stepsOf(wanted: TestArguments, runs: Run[]): Step[] {
  const { lane, patterns } = wanted;
  const has = (one: Lane) => (lane ?? one) === one && testFiles([one], patterns).length > 0;
  const steps: Step[] = lane === undefined ? [...checkSteps] : [];
  if (lane !== "unit") steps.push(...buildSteps);
  if (has("unit"))
    steps.push(testStep("Run the unit tests", async () => [await runLane("unit", wanted, show)]));
  if (has("e2e") && has("sim"))
    steps.push(testStep("Run the end-to-end tests, and beside them the simulations", () => runBoth(wanted)));
  else if (has("e2e"))
    steps.push(testStep("Run the end-to-end tests", async () => [await runEndToEnd(wanted)]));
  else if (has("sim"))
    steps.push(testStep("Run the simulations", async () => [await runLane("sim", wanted, show)]));
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

/**
 * Simulations only compute and end-to-end tests mostly wait, so that both together take about as long as the longer one.
 * The report of the simulations is shown at the end.
 */
async function runBoth(wanted: TestArguments): Promise<Run[]> {
  let report = "";
  const simulations = runLane("sim", wanted, (chunk) => {
    report += chunk;
  });
  const endToEnd = await runEndToEnd(wanted);
  const beside = await simulations;
  show(report);
  return [endToEnd, beside];
}

async function runEndToEnd(wanted: TestArguments): Promise<Run> {
  using _raised = raiseSession();
  return await runLane("e2e", wanted, show);
}

async function runLane(
  lane: Lane,
  { patterns, title }: TestArguments,
  report: (chunk: string) => void,
): Promise<Run> {
  const { flags, niceness } = laneOptions[lane];
  const command = [
    ...withNiceness(niceness),
    process.execPath,
    "test",
    ...flags,
    ...filterOf(title),
    ...testFiles([lane], patterns),
  ];
  const tests = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [, text] = await Promise.all([passOn(tests.stdout, report), passOn(tests.stderr, report)]);
  const count = (word: string) =>
    Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(Bun.stripANSI(text))?.[1] ?? 0);
  return {
    passed: count("pass"),
    failed: count("fail"),
    skipped: count("skip") + count("todo"),
    status: await tests.exited,
  };
}

/** Reports the text of a stream as it comes; returns the whole. */
async function passOn(stream: ReadableStream<Uint8Array>, report: (chunk: string) => void): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    const chunk = decoder.decode(bytes, { stream: true });
    report(chunk);
    text += chunk;
  }
  return text;
}

function watch({ patterns, title }: TestArguments): Promise<number> {
  return run([process.execPath, "test", "--watch", ...filterOf(title), ...testFiles(["unit"], patterns)]);
}

function filterOf(title: string | undefined): string[] {
  return title === undefined ? [] : ["--test-name-pattern", title];
}

function show(chunk: string): void {
  process.stderr.write(chunk);
}

/** Prints the last line; returns the exit status. */
function conclude(runs: readonly Run[]): number {
  const isIncomplete = process.env.CI !== undefined && sumOf(runs, "skipped") > 0;
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
