/**
 * Measures the server on one core against a load generator on another: fan-out, delay, processor time, memory,
 * handshakes, voice; beside three references and, if it is asked for, real servers. Ratios are what it is read for.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, type Row } from "./figures.ts";
import { buildGenerator, type Generator, openLoad, type Report, type Speech } from "./load.ts";
import { findPeers } from "./peers.ts";
import { cannotPin, residentKibibytes } from "./pinned.ts";
import { holler, least, publish, relay, type Started, type Subject } from "./subjects.ts";

/** What one measurement found, by the name of the figure. */
type Figures = Record<string, number>;

interface Measurement {
  rounds: number;
  run(generator: Generator, subject: Subject): Promise<Figures>;
}

interface Figure {
  name: string;
  unit: string;
}

/** Messages on their way at any time, of all senders together. */
const window = 128;
/** A folder with the programs of an earlier build, to be measured in turn with this one. */
const { HOLLER_BEFORE: before } = process.env;
const receivers = 100;
const rounds = 3;
/** What starting and coming in left behind is collected some seconds later; before that, it would be measured. */
const settleMs = 15_000;
/** Until what is run often was compiled. */
const warmUpSeconds = 5;

const figures: Figure[] = [
  { name: "1 sender, saturated", unit: "k/s" },
  { name: "10 senders, saturated", unit: "k/s" },
  { name: "1 sender, saturated, CPU a million", unit: "ms" },
  { name: "10 senders, saturated, CPU a million", unit: "ms" },
  { name: "200 × 100/s, delay p50", unit: "µs" },
  { name: "200 × 100/s, delay p99", unit: "µs" },
  { name: "200 × 100/s, CPU a million", unit: "s" },
  { name: "1,000 idle, memory of each", unit: "KiB" },
  { name: "5,000 idle, memory of each", unit: "KiB" },
  { name: "handshakes to the welcome", unit: "/s" },
  { name: "voice to 200, delay p50", unit: "µs" },
  { name: "voice to 200, delay p99", unit: "µs" },
  { name: "voice to 200, CPU", unit: "%" },
  { name: "voice to 1,000, delay p50", unit: "µs" },
  { name: "voice to 1,000, delay p99", unit: "µs" },
  { name: "voice to 1,000, CPU", unit: "%" },
];

export type ServerSubject = "text" | "idle" | "handshakes" | "voice";

const measurements: Record<ServerSubject, Measurement> = {
  text: { rounds, run: measureText },
  idle: { rounds: 1, run: measureIdle },
  handshakes: { rounds, run: measureHandshakes },
  voice: { rounds, run: measureVoice },
};

/** Which subject is compared with which. */
const comparisons = [
  ["holler", "the build before"],
  ["holler", "bare relay"],
  ["holler", "Bun publish"],
  ["holler", "the least"],
  ["holler, no history", "bare relay"],
  ["holler, TLS", "bare relay, TLS"],
  ["holler, TLS, no history", "bare relay, TLS"],
  ["holler, TLS", "holler"],
  ["Bun publish", "bare relay"],
  ["the least", "bare relay"],
  ["bare relay, TLS", "bare relay"],
] as const;

/** One subject of it: the server beside the references, and beside the peers that are here. */
export async function measureServer(subject: ServerSubject, withPeers: boolean): Promise<Row[] | string> {
  const why = cannotPin();
  if (why !== undefined) return `server-${subject}: ${why}`;
  const folder = await mkdtemp(join(tmpdir(), "holler-bench-"));
  try {
    const generator = await buildGenerator(folder);
    const program = await buildRelay(folder);
    const peers = withPeers ? findPeers() : [];
    const all = [
      holler("holler"),
      ...(before === undefined
        ? []
        : [holler("the build before", { program: join(before, "holler-server") })]),
      holler("holler, no history", { args: ["--no-history"] }),
      relay(program, false),
      publish(program, false),
      ...(subject === "text" ? [least(program)] : []),
      holler("holler, TLS", { tls: true }),
      holler("holler, TLS, no history", { tls: true, args: ["--no-history"] }),
      relay(program, true),
      ...peers,
    ].filter(({ tls }) => generator.speaksTls || !tls);
    if (!generator.speaksTls)
      console.error("TLS is left out: OpenSSL's headers are missing (apt install libssl-dev).");
    return rowsOf(await measureAll(measurements[subject], generator, all), peers);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Compiled as the server is. */
export async function buildRelay(folder: string): Promise<string> {
  const outfile = join(folder, "relay");
  await Bun.build({
    entrypoints: [join(import.meta.dir, "relay.ts")],
    target: "bun",
    minify: { syntax: true, whitespace: true },
    bytecode: true,
    format: "esm",
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
  });
  return outfile;
}

/** Every figure of every subject, round by round: they take turns, so that what else the machine does hits all alike. */
async function measureAll(
  measurement: Measurement,
  generator: Generator,
  subjects: Subject[],
): Promise<Map<string, Figures>> {
  const found = new Map<string, Record<string, number[]>>(subjects.map(({ name }) => [name, {}]));
  for (let round = 1; round <= measurement.rounds; round += 1) {
    for (const subject of subjects) {
      console.error(`  round ${round}: ${subject.name}`);
      const figures = await measurement.run(generator, subject).catch((thrown) => {
        console.error(`  ${subject.name} is left out: ${thrown instanceof Error ? thrown.message : thrown}`);
        return {};
      });
      const lists = found.get(subject.name) ?? {};
      for (const [name, value] of Object.entries(figures)) lists[name] = [...(lists[name] ?? []), value];
    }
  }
  const medians = [...found].map(
    ([name, lists]) =>
      [
        name,
        Object.fromEntries(Object.entries(lists).map(([what, values]) => [what, median(values)])),
      ] as const,
  );
  return new Map(medians);
}

function rowsOf(found: Map<string, Figures>, peers: Subject[]): Row[] {
  const pairs = [...comparisons, ...peers.map(({ name }) => ["holler", name] as const)];
  const rows: Row[] = [];
  for (const { name, unit } of figures) {
    for (const [who, against] of pairs) {
      const [value, reference] = [found.get(who)?.[name], found.get(against)?.[name]];
      if (value === undefined || reference === undefined) continue;
      rows.push({ what: `${name}: ${who}`, value, unit, reference: { what: against, value: reference } });
    }
  }
  for (const [who, all] of found) {
    const busy = Object.entries(all).filter(([name]) => name.startsWith(busyPrefix));
    if (busy.length > 0)
      rows.push({
        what: `${busyPrefix} at most: ${who}`,
        value: Math.max(...busy.map(([, share]) => share)),
        unit: "%",
      });
  }
  return rows;
}

const busyPrefix = "load generator busy";

function busy(what: string, report: Report): Figures {
  if (report.lost > 0 || report.gone > 0)
    console.error(
      `    ${what}: ${report.lost} messages lost, ${report.gone} connections ended by the server`,
    );
  return { [`${busyPrefix}, ${what}`]: report.busy * 100 };
}

async function measureText(generator: Generator, subject: Subject): Promise<Figures> {
  const figures: Figures = {};
  for (const [senders, name] of [
    [1, "1 sender, saturated"],
    [10, "10 senders, saturated"],
  ] as const) {
    await using server = await subject.start();
    await using load = await openLoad(generator, server, subject.text, { receivers, senders });
    if (senders === 1) Object.assign(figures, await measureSteady(load));
    const full = await load.saturate(window, 4);
    Object.assign(
      figures,
      {
        [name]: full.count / full.seconds / 1_000,
        [`${name}, CPU a million`]: (full.cpu / full.count) * 1e9,
      },
      busy(name, full),
    );
  }
  return figures;
}

/** Before anything is saturated: what that leaves to be done afterwards, such as an index of words, is no part of it. */
async function measureSteady(load: Awaited<ReturnType<typeof openLoad>>): Promise<Figures> {
  await load.rate(200, warmUpSeconds);
  const steady = await load.rate(200, 4);
  return {
    "200 × 100/s, delay p50": steady.p50,
    "200 × 100/s, delay p99": steady.p99,
    "200 × 100/s, CPU a million": (steady.cpu / steady.count) * 1e6,
    ...busy("200 × 100/s", steady),
  };
}

async function measureIdle(generator: Generator, subject: Subject): Promise<Figures> {
  await using server = await subject.start();
  const before = await settledMemory(server);
  await using _some = await openLoad(generator, server, subject.text, { receivers: 1_000 });
  const withSome = await settledMemory(server);
  await using _more = await openLoad(generator, server, subject.text, { receivers: 4_000, first: 1_000 });
  const withAll = await settledMemory(server);
  return {
    "1,000 idle, memory of each": (withSome - before) / 1_000,
    "5,000 idle, memory of each": (withAll - before) / 5_000,
  };
}

async function settledMemory({ pid }: Started): Promise<number> {
  await Bun.sleep(settleMs);
  return residentKibibytes(pid);
}

async function measureHandshakes(generator: Generator, subject: Subject): Promise<Figures> {
  await using server = await subject.start();
  await using load = await openLoad(generator, server, subject.text, { receivers: 0 });
  const report = await load.shake(32, 2);
  return { "handshakes to the welcome": report.count / report.seconds, ...busy("handshakes", report) };
}

async function measureVoice(generator: Generator, { voice, start }: Subject): Promise<Figures> {
  if (voice === undefined) return {};
  return {
    ...(await voiceTo(200, "200", generator, voice, start)),
    ...(await voiceTo(1_000, "1,000", generator, voice, start)),
  };
}

async function voiceTo(
  count: number,
  shown: string,
  generator: Generator,
  speech: Speech,
  start: Subject["start"],
): Promise<Figures> {
  await using server = await start();
  await using load = await openLoad(generator, server, speech, { receivers: count, senders: 1 });
  await load.rate(50, warmUpSeconds);
  const report = await load.rate(50, 4);
  return {
    ...busy(`voice to ${shown}`, report),
    [`voice to ${shown}, delay p50`]: report.p50,
    [`voice to ${shown}, delay p99`]: report.p99,
    [`voice to ${shown}, CPU`]: (report.cpu / report.seconds) * 100,
  };
}
