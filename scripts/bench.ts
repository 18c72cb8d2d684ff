/** `npm run bench`: builds, measures, and prints one table. `npm run bench -- discovery server` picks parts. Nothing is asserted. `--peers`: real servers beside ours, those that are installed. `HOLLER_BEFORE=FOLDER`: the programs of an earlier build, measured in turn with this one. */
import { availableParallelism, loadavg } from "node:os";
import { canMakeNetworks, networkHint } from "../test/support/netns.ts";
import { measureDiscovery } from "./bench/discovery.ts";
import { type Part, type Row, tableOf } from "./bench/figures.ts";
import { measureHistory } from "./bench/history.ts";
import { measureHostile } from "./bench/hostile.ts";
import { measureJoin, measureListening } from "./bench/join.ts";
import { measureScale } from "./bench/scale.ts";
import { measureServer } from "./bench/server.ts";
import { measureSize } from "./bench/size.ts";
import { measureStart } from "./bench/start.ts";
import { measureLinks, measurePipewire, measureVoice } from "./bench/voice.ts";
import { build } from "./build.ts";
import { orExplain } from "./run.ts";

const parts: Record<string, Part> = {
  start: measureStart,
  discovery: discover,
  listening: measureListening,
  join: measureJoin,
  history: measureHistory,
  hostile: measureHostile,
  voice: measureVoice,
  pipewire: measurePipewire,
  links: measureLinks,
  size: measureSize,
  "server-text": () => measureServer("text", withPeers),
  "server-idle": () => measureServer("idle", withPeers),
  "server-handshakes": () => measureServer("handshakes", withPeers),
  "server-voice": () => measureServer("voice", withPeers),
  "server-scale": measureScale,
};

/** Real servers are measured beside ours. */
const withPeers = process.argv.includes("--peers");

async function discover(): Promise<Row[] | string> {
  if (!canMakeNetworks()) return `discovery: needs network namespaces (${networkHint})`;
  const { rounds, lookMedian, lookMax } = await measureDiscovery();
  return [
    { what: `discovery, median of ${rounds}`, value: lookMedian, unit: "ms" },
    { what: "discovery, slowest", value: lookMax, unit: "ms" },
  ];
}

async function bench(chosen: string[]): Promise<void> {
  const isOf = (part: string, word: string): boolean => part === word || part.startsWith(`${word}-`);
  const unknown = chosen.find((word) => !Object.keys(parts).some((part) => isOf(part, word)));
  if (unknown !== undefined)
    throw new Error(`There is no part called ${unknown}; there are: ${Object.keys(parts).join(", ")}.`);
  await build();
  const rows: Row[] = [];
  const skipped: string[] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (chosen.length > 0 && !chosen.some((word) => isOf(name, word))) continue;
    console.error(`Measuring ${name}…`);
    const figures = await measure();
    if (typeof figures === "string") skipped.push(`skipped ${figures}`);
    else rows.push(...figures);
  }
  const load = `Load of the machine in the last minute, the bench included: ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`;
  console.log([...tableOf(rows), ...skipped, load].join("\n"));
  process.exit(0);
}

await orExplain(() => bench(process.argv.slice(2).filter((word) => word !== "--peers")));
