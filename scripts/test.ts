/**
 * `npm test`: the checks, a fresh build, and every test. With CI set nothing may be skipped. The last line
 * counts what passed and failed. `npm test -- test/room` runs only those files.
 */
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
  const { counts, status } = await runTests(paths);
  const mustRunAll = process.env.CI !== undefined && counts.skipped > 0;
  if (mustRunAll) console.log("With CI set, a skipped test is a failure.");
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exit(status !== 0 || mustRunAll || counts.passed === 0 ? 1 : 0);
}

async function runTests(paths: string[]): Promise<{ counts: Counts; status: number }> {
  const command = [process.execPath, "test", "--timeout", "30000", ...paths];
  const tests = Bun.spawn(command, { stdin: "ignore", stdout: "inherit", stderr: "pipe" });
  let report = "";
  const decoder = new TextDecoder();
  for await (const chunk of tests.stderr) {
    process.stderr.write(chunk);
    report += decoder.decode(chunk, { stream: true });
  }
  const count = (word: string) =>
    Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(Bun.stripANSI(report))?.[1] ?? 0);
  return {
    counts: { passed: count("pass"), failed: count("fail"), skipped: count("skip") + count("todo") },
    status: await tests.exited,
  };
}

await orExplain(() => test(process.argv.slice(2)));
