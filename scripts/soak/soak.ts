/** A server and a population for so many minutes: what it measured, and everything that was wrong in the end. */
import { openStage, type Server, type Stage, serverBinary } from "../../test/support/holler.ts";
import { seeded } from "../../test/support/random.ts";
import type { Row } from "../bench/figures.ts";
import { figuresOf, judge, type Sample } from "./growth.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { type Meter, startMeter } from "./meter.ts";
import { createPopulation, operatorName, type Population } from "./population.ts";

export interface SoakOptions {
  minutes: number;
  people: number;
  seed: number;
  /** Also whether lines became slower: only where the machine has nothing else to do. */
  judgesDelay: boolean;
  /** Told of each minute in one line. */
  note: (line: string) => void;
}

export interface SoakResult {
  rows: Row[];
  /** In sentences; empty: nothing. */
  wrong: string[];
}

const minuteMs = 60_000;
/** The first ten minutes are not judged, nor the first third of a short run. */
const settlingMs = (minutes: number): number => Math.min(10, minutes / 3) * minuteMs;
/** A machine that is busy with other things may take long for what takes no time. */
const settleWithinMs = 60_000;
const goneWithinMs = 30_000;

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { minutes, people, seed, judgesDelay, note } = options;
  await using stage = await openStage();
  const places = String(2 * people + 100);
  const args = ["--max-clients", places, "--speakers", "3", "--op", operatorName];
  const server = await stage.server({ args });
  const ledger = createLedger();
  const meter = startMeter(server.pid, server.port, () => ledger.wrong("the probe was cut off"));
  const descriptorsAtFirst = meter.descriptors();
  const population = createPopulation({ port: server.port, people, ledger, random: seeded(seed) });
  for (let minute = 1; minute <= Math.ceil(minutes); minute += 1) {
    await Bun.sleep(Math.min(1, minutes - minute + 1) * minuteMs);
    note(lineOf(minute, population, ledger, meter));
  }
  const samples = [...meter.samples];
  await end(population, ledger);
  await disperse(population, ledger, meter, descriptorsAtFirst);
  if ((await server.stop()) !== 0) ledger.wrong("the server did not end with 0");
  for (const line of server.errors.items) ledger.wrong(`the server complained: ${line}`);
  await compareWithDisk(stage, server, ledger);
  const { first, count } = ledger.complaints();
  const { rows, wrong } = judge(samples, settlingMs(minutes), judgesDelay);
  const others = count > first.length ? [`and ${count - first.length} more`] : [];
  return {
    rows: [...rows, ...counts(population, ledger), ...endings(server)],
    wrong: [...wrong, ...first, ...others],
  };
}

function lineOf(minute: number, population: Population, ledger: Ledger, meter: Meter): string {
  const lately: Sample[] = meter.samples.slice(-30);
  const { pssMegabytes, descriptors, p50Ms, p99Ms } = figuresOf(lately);
  const rss = lately.at(-1)?.rssMegabytes ?? 0;
  const isIn = population.people().filter((person) => person.isSettled()).length;
  return [
    `minute ${String(minute).padStart(2)}`,
    `${isIn} in`,
    `${ledger.lines().size} lines`,
    `${population.done().attack} attacks`,
    `RSS ${rss.toFixed(0)} MB`,
    `PSS ${pssMegabytes.toFixed(0)} MB`,
    `${descriptors} descriptors`,
    `p50 ${p50Ms.toFixed(1)} ms`,
    `p99 ${p99Ms.toFixed(1)} ms`,
    `CPU ${(100 * meter.cpuShare()).toFixed(0)}%`,
    `${ledger.complaints().count} wrong`,
  ].join("  ");
}

/** Everybody comes in and reads everything; a last line shows that it is everything. */
async function end(population: Population, ledger: Ledger): Promise<void> {
  if (!(await population.settle(settleWithinMs))) {
    for (const person of population.people())
      if (!person.isSettled()) person.wrong("did not come in, or did not read everything, within a minute");
  }
  const last = population.people()[0];
  last?.say("the end");
  const until = performance.now() + settleWithinMs;
  const isRead = (): boolean => {
    const id = last?.witness.highest() ?? 0;
    return population
      .people()
      .every(({ witness }) => witness.highest() === id && witness.unconfirmed().length === 0);
  };
  while (!isRead() && performance.now() < until) await Bun.sleep(50);
  ledger.close(last?.witness.highest() ?? 0);
  const companies = new Set(population.people().map((person) => person.company().join(" ")));
  if (companies.size !== 1) ledger.wrong(`there are ${companies.size} opinions about who is here`);
}

/** All leave, and the server has as many descriptors as before the first one came. */
async function disperse(
  population: Population,
  ledger: Ledger,
  meter: Meter,
  descriptorsAtFirst: number,
): Promise<void> {
  const leaving = Promise.all(population.people().map((person) => person.quit()));
  await Promise.race([leaving, Bun.sleep(goneWithinMs)]);
  meter.stop();
  const until = performance.now() + goneWithinMs;
  while (meter.descriptors() > descriptorsAtFirst && performance.now() < until) await Bun.sleep(50);
  const left = meter.descriptors() - descriptorsAtFirst;
  if (left > 0) ledger.wrong(`${left} descriptors are open after everybody has left`);
}

/** What anybody saw is what the server kept, and it kept nothing else that it owed to anybody. */
async function compareWithDisk(stage: Stage, { home }: Server, ledger: Ledger): Promise<void> {
  const exported = await stage.start([serverBinary, "export"], { home });
  const { output, errors, code } = await exported.result();
  if (code !== 0) ledger.wrong(`the history cannot be exported: ${errors}`);
  const seen = new Map(ledger.lines());
  for (const text of output.split("\n").filter(Boolean)) {
    const { id, from, text: said } = JSON.parse(text) as { id: number; from: string; text: string };
    const shown = seen.get(id);
    if (shown !== undefined && shown !== `${from}: ${said}`)
      ledger.wrong(`${id} is kept as "${from}: ${said}"`);
    // An author who leaves for good may have been the only member.
    if (shown === undefined && id > ledger.owedSince())
      ledger.wrong(`${id} (${said}) is kept, and no one saw it`);
    seen.delete(id);
  }
  for (const [id, shown] of seen) ledger.wrong(`${id} (${shown}) was seen, and is not kept`);
}

function counts(population: Population, ledger: Ledger): Row[] {
  const rows = Object.entries(population.done()).map(([what, value]) => ({
    what: `happened: ${what}`,
    value,
    unit: "times",
  }));
  return [{ what: "said to everybody", value: ledger.lines().size, unit: "lines" }, ...rows];
}

/** How often the server closed or lost a connection, by the codes in its log. */
function endings(server: Server): Row[] {
  const codes = new Map<string, number>();
  for (const line of server.output.items) {
    const { detail = "quit" } = JSON.parse(line) as { detail?: string };
    codes.set(detail, (codes.get(detail) ?? 0) + 1);
  }
  return [...codes]
    .filter(([code]) => /^[a-z-]+$/.test(code) && code !== "quit")
    .map(([code, value]) => ({ what: `in the log: ${code}`, value, unit: "times" }));
}
