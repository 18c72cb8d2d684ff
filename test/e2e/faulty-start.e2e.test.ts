/** Starts the compiled server on a data folder on which system calls fail: it serves, or ends with one sentence and status 1. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canInjectFaults, compileDiskFaults, faultsHint } from "../support/disk-faults.ts";
import type { Home, Result, Stage } from "../support/holler.ts";
import { openStage, serverBinary } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(600_000);

const seeds = 60;
const atOnce = 3;
const available = requireRig("a filter of system calls", canInjectFaults, faultsHint);

/** A start that ends with its first line, or that listens and is stopped. */
interface Outcome extends Result {
  identity: string | undefined;
}

describe.skipIf(!available)("on a faulty disk", () => {
  let folder: string;
  let library: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "holler-test-"));
    library = await compileDiskFaults(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function start(stage: Stage, home: Home, env: Record<string, string> = {}): Promise<Outcome> {
    const args = ["--no-advertise", "--port", "0", "--log-format", "json", "--new-passphrase"];
    const program = await stage.start([serverBinary, ...args], { home, env });
    const listening = await program.output
      .next((line) => line.includes('"listening"'), "the listening line")
      .catch(() => undefined);
    program.signal("SIGTERM");
    const identity = listening === undefined ? undefined : JSON.parse(listening).identity;
    return { ...(await program.result()), identity };
  }

  /** What is wrong with the starts of this seed, and whether the faulty one ended. */
  async function tryOne(stage: Stage, seed: number): Promise<{ wrong: string[]; hasEnded: boolean }> {
    const home = await stage.home();
    const env = { LD_PRELOAD: library, HOLLER_DISK_FAULTS: `${home.data} ${seed}` };
    const faulty = await start(stage, home, env);
    const sound = await start(stage, home);
    const hasEnded = faulty.identity === undefined;
    const isSentence = /^holler-server: [^\n]+\.\n$/.test(faulty.errors);
    const isKept = hasEnded || faulty.identity === sound.identity;
    const wrong = [
      ...(hasEnded && (faulty.code !== 1 || !isSentence)
        ? [`ends with ${faulty.code}: ${faulty.errors}`]
        : []),
      ...(!hasEnded && (faulty.code !== 0 || faulty.errors !== "")
        ? [`stops with ${faulty.code}: ${faulty.errors}`]
        : []),
      ...(/move it away|remove it/.test(faulty.errors) ? [`gives up what is sound: ${faulty.errors}`] : []),
      ...(sound.code === 0 && sound.errors === "" ? [] : [`does not start any more: ${sound.errors}`]),
      ...(isKept ? [] : ["has another identity"]),
    ];
    return { wrong: wrong.map((what) => `Seed ${seed}: the server ${what}`), hasEnded };
  }

  test("every start of the server ends in one sentence with status 1, or serves, and the next one serves", async () => {
    await using stage = await openStage();
    const wrong: string[] = [];
    let ended = 0;
    for (let first = 1; first <= seeds; first += atOnce) {
      const batch = Array.from({ length: atOnce }, (_, index) => tryOne(stage, first + index));
      for (const one of await Promise.all(batch)) {
        wrong.push(...one.wrong);
        if (one.hasEnded) ended += 1;
      }
    }
    expect(wrong).toEqual([]);
    expect(ended).toBeWithin(seeds / 4, seeds - seeds / 10);
  });
});
