/**
 * One simulated world whose server has real files on a faulty disk. At the end it says what is not as promised: to the
 * clients, in the files, and in what the operator was told.
 */
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../lib/base/failure.ts";
import { exportHistory } from "../../lib/server/admin/export.ts";
import { check } from "../../lib/server/storage/database.ts";
import type { Stores } from "../../lib/server/stores.ts";
import type { DiskFaults } from "../support/disk-faults.ts";
import type { Random } from "../support/random.ts";
import { seeded } from "../support/random.ts";
import { createClipLedger } from "./clip-ledger.ts";
import type { FaultyDisk } from "./faulty-disk.ts";
import { createFaultyDisk } from "./faulty-disk.ts";
import { notFound, pruneHistory } from "./faulty-retention.ts";
import { broken } from "./invariants.ts";
import type { Bug } from "./server.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

export interface FaultyOutcome {
  /** The broken promises, in sentences. */
  wrong: string[];
  trace: string[];
  counts: Record<
    "faults" | "failedStarts" | "refused" | "confirmed" | "crashes" | "stops" | "reports",
    number
  >;
}

const stepsMax = 500;
/** The codes with which the operator is told of a faulty disk. */
const codes = new Set(["not-saved", "saved-again", "history-failed", "registry-failed", "clips-failed"]);
const sentence = /^\S[^\n]*\.$/;

export interface FaultyOptions {
  seed: number;
  /** An empty one. */
  folder: string;
  faults: DiskFaults;
  time: VirtualTime;
  bug?: Bug | undefined;
}

/** Runs the world of this seed. */
export async function simulateFaulty(options: FaultyOptions): Promise<FaultyOutcome> {
  const { seed, folder, faults, time, bug } = options;
  const random = seeded(seed);
  const wrong: string[] = [];
  const reports: string[] = [];
  faults.watch(folder);
  mkdirSync(join(folder, "0"), { mode: 0o700 });
  let disk: FaultyDisk | undefined;
  const world = createWorld(random, {
    bug,
    createDisk(failed, now, note) {
      time.follow(now);
      disk = createFaultyDisk({
        root: folder,
        faults,
        random,
        makesSecrets: random.chance(0.1),
        report(_, code, said) {
          reports.push(code);
          note(`${code}: ${said}`);
          if (!codes.has(code) || !sentence.test(said)) wrong.push(`the operator was told ${code}: ${said}`);
        },
        failed,
        note,
        wrong: (what) => wrong.push(what),
      });
      return disk;
    },
  });
  if (disk === undefined) throw new Error("a world has a disk");
  const work = createWork(world, disk, random, time, wrong);
  try {
    await work.run();
  } catch (thrown) {
    wrong.push(`the server would have ended: ${thrown instanceof Error ? thrown.stack : thrown}`);
  } finally {
    disk.mend();
    disk.close();
  }
  const runs = world.clients.flatMap((client) => client.runs);
  const events = runs.flatMap((run) => run.events);
  const refused = events.filter((event) => event.type === "error" && event.code === "not-saved").length;
  if (refused > 0 && !reports.includes("not-saved")) wrong.push("the operator was not told of refused lines");
  const lines = runs.flatMap((run) => [...run.lines.values()]);
  const confirmed = lines.filter(({ fate }) => fate === "confirmed").length;
  const { crashes, stops } = world.counts;
  return {
    wrong,
    trace: world.trace,
    counts: { ...disk.counts, refused, confirmed, crashes, stops, reports: reports.length },
  };
}

/** What happens in this world, besides what its clients do. */
function createWork(world: World, disk: FaultyDisk, random: Random, time: VirtualTime, wrong: string[]) {
  const clips = createClipLedger(random);
  /** What the registry has written, for all we know. */
  let written: string | undefined;

  async function step(): Promise<void> {
    const dice = random.below(100);
    if (dice < 8) disk.fail(1);
    else if (dice < 16) disk.mend();
    else if (dice < 25) time.runTimers();
    else if (dice < 32) withStores(({ clips: store }) => clips.act(store));
    else if (dice < 34) wrong.push(...readExport(disk));
    else if (dice < 38) moderate();
    else if (dice < 39) world.server.stop();
    else world.step();
    withStores(({ registry }) => {
      written = registry.isDirty() ? undefined : stateOf(registry);
    });
    await startIfDown();
  }

  function withStores(act: (stores: Stores) => void): void {
    const stores = disk.stores();
    if (stores !== undefined && !world.server.isDown()) act(stores);
  }

  async function startIfDown(): Promise<void> {
    if (!world.server.isDown()) return;
    await disk.prepare();
    const registry = disk.stores()?.registry;
    if (registry !== undefined && written !== undefined && stateOf(registry) !== written)
      wrong.push(`the registry was ${written}, and is ${stateOf(registry)}`);
    world.server.start();
  }

  function moderate(): void {
    // The server may be killed before or after this is written.
    written = undefined;
    const name = random.pick(["alice", "bob", "carol"]);
    const action = random.pick(["op", "deop", "ban", "unban"] as const);
    if (action === "ban")
      withStores(({ registry }) => registry.apply({ type: "ban", ban: { name: "mallory", publicKey: "M" } }));
    else if (action === "unban")
      withStores(({ registry }) => registry.apply({ type: "unban", name: "mallory" }));
    else world.server.tick([{ type: "console", message: { type: "moderate", action, name, ref: "r" } }]);
  }

  return {
    async run(): Promise<void> {
      await startIfDown();
      for (let steps = 40 + random.below(stepsMax); steps > 0; steps -= 1) await step();
      disk.mend();
      world.heal();
      time.runTimers();
      withStores((stores) => {
        wrong.push(...clips.check(stores.clips), ...notFound(stores));
        if (stores.registry.isDirty()) wrong.push("the registry is not written on a sound disk");
      });
      {
        using file = new Database(join(disk.folder(), "room.sqlite"), { readonly: true });
        check(file);
        wrong.push(...broken(world, file, true));
      }
      wrong.push(...(await pruneHistory(disk, time, random)));
      const owners = world.clients.map(({ name }) => disk.stores()?.registry.owner(name)?.publicKey);
      if (owners.join() !== world.clients.map(({ publicKey }) => publicKey).join())
        wrong.push(`the names belong to ${owners.join()}`);
    },
  };
}

/** What the registry says about operators and bans. */
function stateOf({ isOperator, bans }: Stores["registry"]): string {
  const operators = ["alice", "bob", "carol"].filter((name) => isOperator(`key of ${name}`));
  return `${operators.join()}; ${bans()
    .map(({ name }) => name)
    .join()}`;
}

/** Reads the history as `holler-server export` does beside the server. */
function readExport(disk: FaultyDisk): string[] {
  const ids: number[] = [];
  try {
    for (const lines of exportHistory({ data: disk.folder(), format: "jsonl", whispers: true }))
      for (const line of lines.trimEnd().split("\n")) ids.push(JSON.parse(line).id);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) return [`the export ends with ${thrown}`];
    if (!disk.isFailing() || !sentence.test(thrown.message))
      return [`the export ends with ${thrown.message}`];
  }
  return ids.every((id, index) => id > (ids[index - 1] ?? 0)) ? [] : [`the export has the ids ${ids.join()}`];
}
