/**
 * The disk of a simulated server that has real files: the stores are opened as `holler-server` opens them, system calls on
 * their files fail by a seed, and a kill leaves what the operating system has.
 */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../lib/base/failure.ts";
import type { ServerOptions } from "../../lib/cli/server-args.ts";
import { loadCertificate } from "../../lib/server/auth/certificate.ts";
import { findPassphrase } from "../../lib/server/auth/passphrase.ts";
import { takeDataFolder } from "../../lib/server/storage/data-folder.ts";
import type { Report } from "../../lib/server/storage/error-isolation.ts";
import { createSqliteCommitLog } from "../../lib/server/storage/sqlite-commit-log.ts";
import type { Stores } from "../../lib/server/stores.ts";
import { openStores } from "../../lib/server/stores.ts";
import type { DiskFaults } from "../support/disk-faults.ts";
import type { Random } from "../support/random.ts";
import type { SimulatedDisk } from "./server.ts";

export interface FaultyDisk extends SimulatedDisk {
  /** System calls that failed, and starts of the server. */
  readonly counts: Readonly<Record<"faults" | "failedStarts", number>>;
  /** The data folder of the server now. */
  folder(): string;
  /** What the running server has opened. */
  stores(): Stores | undefined;
  /** Opens the stores, if need be after some attempts; then `open` has them. */
  prepare(historyMegabytes?: number): Promise<void>;
  /** Whether calls may fail. */
  isFailing(): boolean;
  /** No call fails from now on. */
  mend(): void;
  close(): void;
}

export interface FaultyDiskOptions {
  /** An empty folder that the faults watch. */
  root: string;
  faults: DiskFaults;
  random: Random;
  report: Report;
  /** Makes the key of the server, which takes time, and a passphrase. */
  makesSecrets: boolean;
  /** The disk fails from now on. */
  failed(): void;
  note(what: string): void;
  /** A promise is broken. */
  wrong(what: string): void;
}

/** Among so many of the next calls are the faults: a commit makes twenty, and a start hundreds. */
const callsMax = [20, 400] as const;
/** Attempts to start before the disk is mended. */
const attemptsMax = 3;
/** Codes whose sentences tell the operator to give up what is kept. */
const givesUp = new Set(["room-file", "identity-damaged"]);

export function createFaultyDisk(options: FaultyDiskOptions): FaultyDisk {
  const { root, faults, random, report, note, wrong } = options;
  let generation = 0;
  let opened: (Disposable & { stores: Stores }) | undefined;
  let isPrepared = false;
  let isFailing = false;

  const counts = { faults: 0, failedStarts: 0 };

  const folder = (): string => join(root, String(generation));

  function fail(times: number): void {
    if (times === 0) return mend();
    isFailing = true;
    options.failed();
    faults.plan(random.below(2 ** 32), random.pick(callsMax));
  }

  function mend(): void {
    if (!isFailing) return;
    isFailing = false;
    counts.faults += faults.end();
    for (const call of faults.journal()) note(`failed: ${call}`);
  }

  function close(): void {
    opened?.[Symbol.dispose]();
    opened = undefined;
  }

  /** What a server does at its start, until it listens. */
  async function start(historyMegabytes: number): Promise<NonNullable<typeof opened>> {
    using stack = new DisposableStack();
    stack.use(await takeDataFolder(folder()));
    if (options.makesSecrets) {
      await loadCertificate(folder());
      await findPassphrase(folder(), { isNew: random.chance(0.5) });
    }
    const stores = stack.use(await openStores(serverOptions(folder(), historyMegabytes), report));
    const moved = stack.move();
    return { stores, [Symbol.dispose]: () => moved.dispose() };
  }

  async function prepare(historyMegabytes = 100): Promise<void> {
    for (let attempt = 1; opened === undefined; attempt += 1) {
      if (attempt > attemptsMax) mend();
      try {
        opened = await start(historyMegabytes);
      } catch (thrown) {
        counts.failedStarts += 1;
        note(`does not start: ${thrown} [${faults.journal().join("; ")}]`);
        if (!(thrown instanceof Failure)) throw thrown;
        if (!/^\S[^\n]*\.$/.test(thrown.message)) wrong(`no sentence: ${thrown.message}`);
        if (givesUp.has(thrown.code)) wrong(`${thrown.code} for a disk that fails: ${thrown.message}`);
        if (!isFailing) return wrong(`does not start on a sound disk: ${thrown.message}`);
      }
    }
    isPrepared = true;
  }

  return {
    counts,
    folder,
    stores: () => opened?.stores,
    prepare,
    isFailing: () => isFailing,
    fail,
    mend,
    close,
    open() {
      if (!isPrepared || opened === undefined) return undefined;
      isPrepared = false;
      const { history, registry, clips, present } = opened.stores;
      return {
        // Read at the start; the disk may fail since.
        history: { ...history, present: () => present },
        registry,
        commitLog: createSqliteCommitLog({ history, registry, clips }),
        stopped(wallMs) {
          history.stopped(wallMs);
          close();
        },
      };
    },
    killed() {
      mend();
      const before = folder();
      generation += 1;
      mkdirSync(folder(), { mode: 0o700 });
      for (const name of ["room.sqlite", "room.sqlite-wal", "identity.pem", "passphrase"])
        if (existsSync(join(before, name))) copyFileSync(join(before, name), join(folder(), name));
      close();
    },
  };
}

function serverOptions(data: string, historyMegabytes: number): ServerOptions {
  return {
    name: "Lab 3",
    data,
    clientsMax: 10,
    speakersMax: 1,
    clipDays: 7,
    clipMegabytes: 1,
    history: true,
    historyDays: 30,
    historyMegabytes,
    passphrase: { isNew: false },
    operators: [],
    nameDays: 90,
    advertise: false,
    plaintext: true,
    limits: true,
    logFormat: "json",
  };
}
