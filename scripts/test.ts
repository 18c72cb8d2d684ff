/**
 * `npm test`: the checks, a fresh build, and every test. With CI set nothing may be skipped. The last line
 * counts what passed and failed. `npm test -- test/room` runs only those files.
 */
import { constants, setPriority } from "node:os";
import { build } from "./build.ts";
import { check } from "./check.ts";
import { orExplain } from "./run.ts";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function test(paths: string[]): Promise<void> {
  await check();
  await build();
  const runs = paths.length > 0 ? [await runTests(paths, "normal", shown)] : await runAll();
  const sum = (what: keyof Counts) => runs.reduce((all, { counts }) => all + counts[what], 0);
  const [passed, failed, skipped] = [sum("passed"), sum("failed"), sum("skipped")];
  const mustRunAll = process.env.CI !== undefined && skipped > 0;
  if (mustRunAll) console.log("With CI set, a skipped test is a failure.");
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(runs.some(({ status }) => status !== 0) || mustRunAll || passed === 0 ? 1 : 0);
}

/** Those that only put on load take what the others, which mostly wait, leave of the processors. */
async function runAll(): Promise<Run[]> {
  const all = [...new Bun.Glob("test/**/*.test.ts").scanSync()].sort().map((path) => `./${path}`);
  const isLoad = (path: string) => path.endsWith(".load.test.ts");
  let report = "";
  const load = runTests(all.filter(isLoad), "low", (chunk) => {
    report += chunk;
  });
  const isOther = (path: string) => !isLoad(path);
  const others = await runTests(all.filter(isOther), "normal", shown);
  const beside = await load;
  shown(report);
  return [others, beside];
}

function shown(chunk: string): void {
  process.stderr.write(chunk);
}

interface Run {
  counts: Counts;
  status: number;
}

async function runTests(
  paths: string[],
  priority: "normal" | "low",
  report: (chunk: string) => void,
): Promise<Run> {
  const command = [process.execPath, "test", "--timeout", "30000", ...paths];
  const tests = Bun.spawn(command, { stdin: "ignore", stdout: "inherit", stderr: "pipe" });
  if (priority === "low") setPriority(tests.pid, constants.priority.PRIORITY_LOW);
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of tests.stderr) {
    const chunk = decoder.decode(bytes, { stream: true });
    report(chunk);
    text += chunk;
  }
  const count = (word: string) =>
    Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(Bun.stripANSI(text))?.[1] ?? 0);
  return {
    counts: { passed: count("pass"), failed: count("fail"), skipped: count("skip") + count("todo") },
    status: await tests.exited,
  };
}

await orExplain(() => test(process.argv.slice(2)));
