/** Measures whether cost stays flat: more receivers, coming and going in a full room, slow readers among many. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, type Row } from "./figures.ts";
import { buildGenerator, type Clients, type Generator, openLoad, type Report } from "./load.ts";
import { cannotPin } from "./pinned.ts";
import { buildRelay } from "./server.ts";
import { holler, relay, type Subject } from "./subjects.ts";

const rounds = 3;
const window = 128;
const deliveriesPerSecond = 20_000;

/** The server beside the bare relay, or beside itself with fewer people. */
export async function measureScale(): Promise<Row[] | string> {
  const why = cannotPin();
  if (why !== undefined) return `server-scale: ${why}`;
  const folder = await mkdtemp(join(tmpdir(), "holler-bench-"));
  try {
    const generator = await buildGenerator(folder);
    const subjects = { ours: holler("holler"), bare: relay(await buildRelay(folder), false) };
    return [
      ...(await costRows(generator, subjects.ours, subjects.bare)),
      ...(await comingRows(generator, subjects.ours)),
      ...(await slowRows(generator, subjects.ours)),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function costRows(generator: Generator, ours: Subject, bare: Subject): Promise<Row[]> {
  const rows: Row[] = [];
  for (const receivers of [10, 100, 1_000, 5_000]) {
    const cost = (subject: Subject): Promise<number> =>
      medianOf(generator, subject, { receivers, senders: 1 }, async (load) => {
        const { cpu, count } = await load.rate(deliveriesPerSecond / receivers, 3);
        return (cpu / count) * 1e6;
      });
    const reference = { what: bare.name, value: await cost(bare) };
    const what = `20,000 deliveries/s to ${receivers.toLocaleString("en")}, CPU a million`;
    rows.push({ what, value: await cost(ours), unit: "s", reference });
  }
  return rows;
}

/** What one costs who comes in and leaves, beside the same with nobody there. */
async function comingRows(generator: Generator, ours: Subject): Promise<Row[]> {
  const cost = (receivers: number): Promise<number> =>
    measure(generator, ours, { receivers }, async (_, server) => {
      await using arrivals = await openLoad(generator, server, ours.text, { receivers: 0, first: receivers });
      const { cpu, count } = await arrivals.shake(32, 3);
      return (cpu / count) * 1e3;
    });
  const reference = { what: "with 100 there", value: await cost(100) };
  const rows: Row[] = [];
  for (const receivers of [1_000, 5_000]) {
    const what = `coming in and leaving with ${receivers.toLocaleString("en")} there, CPU`;
    rows.push({ what, value: await cost(receivers), unit: "ms", reference });
  }
  return rows;
}

/** A thousand, and ten more who stop reading. */
async function slowRows(generator: Generator, ours: Subject): Promise<Row[]> {
  const run = async (slow: number): Promise<{ full: Report; steady: Report }> =>
    measure(generator, ours, { receivers: 1_000, senders: 1, slow }, async (load) => ({
      steady: await load.rate(20, 3),
      full: await load.saturate(window, 4),
    }));
  const [without, among] = [await run(0), await run(10)];
  const row = (what: string, unit: string, figure: (found: typeof among) => number): Row => ({
    what: `1,000 with ten slow readers: ${what}`,
    value: figure(among),
    unit,
    reference: { what: "without", value: figure(without) },
  });
  return [
    row("saturated", "k/s", ({ full }) => full.count / full.seconds / 1_000),
    row("20,000 deliveries/s, delay p50", "µs", ({ steady }) => steady.p50),
    row("20,000 deliveries/s, delay p99", "µs", ({ steady }) => steady.p99),
    row("20,000 deliveries/s, CPU a million", "s", ({ steady }) => (steady.cpu / steady.count) * 1e6),
  ];
}

type Load = Awaited<ReturnType<typeof openLoad>>;

async function measure<Found>(
  generator: Generator,
  subject: Subject,
  clients: Clients,
  ask: (load: Load, server: Awaited<ReturnType<Subject["start"]>>) => Promise<Found>,
): Promise<Found> {
  console.error(`  ${subject.name}: ${clients.receivers} receivers, ${clients.slow ?? 0} slow ones`);
  await using server = await subject.start();
  await using load = await openLoad(generator, server, subject.text, clients);
  return await ask(load, server);
}

async function medianOf(
  generator: Generator,
  subject: Subject,
  clients: Clients,
  ask: (load: Load) => Promise<number>,
): Promise<number> {
  const found: number[] = [];
  for (let round = 0; round < rounds; round += 1) found.push(await measure(generator, subject, clients, ask));
  return median(found);
}
