/** Reads what a server takes of its machine, every few seconds, and how late lines are. */
import { readdirSync, readFileSync } from "node:fs";
import { openConnections } from "./connection.ts";
import type { Sample } from "./growth.ts";

export interface Meter {
  readonly samples: readonly Sample[];
  /** Open descriptors at this moment, connections included. */
  descriptors(): number;
  /** Share of one core since this was last asked. */
  cpuShare(): number;
  stop(): void;
}

const everyMs = 2_000;
/** A second of Linux's processor time in the unit of /proc (USER_HZ). */
const ticksPerSecond = 100;
/** The two connections of the probe are not this thread's. */
const probeConnections = 2;

/** Begins to measure; `onClosed` when the probe was thrown out. */
export function startMeter(pid: number, port: number, onClosed: () => void): Meter {
  const began = performance.now();
  const samples: Sample[] = [];
  let delaysMs: number[] = [];
  let cpu = { ticks: ticksOf(pid), atMs: began };

  const probe = new Worker(new URL("./probe.ts", import.meta.url).href);
  probe.onmessage = ({ data }: MessageEvent<number | "closed">) => {
    if (data === "closed") onClosed();
    else delaysMs.push(data);
  };
  probe.postMessage(port);

  const descriptors = (): number => readdirSync(`/proc/${pid}/fd`).length;
  const timer = setInterval(() => {
    const memory = memoryOf(pid);
    const besides = descriptors() - openConnections() - probeConnections;
    samples.push({ atMs: performance.now() - began, ...memory, descriptors: besides, delaysMs });
    delaysMs = [];
  }, everyMs);

  return {
    samples,
    descriptors,
    cpuShare() {
      const before = cpu;
      cpu = { ticks: ticksOf(pid), atMs: performance.now() };
      return (cpu.ticks - before.ticks) / ticksPerSecond / ((cpu.atMs - before.atMs) / 1_000);
    },
    stop() {
      clearInterval(timer);
      probe.onmessage = null;
      probe.terminate();
    },
  };
}

function memoryOf(pid: number): { rssMegabytes: number; pssMegabytes: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = (title: string): number =>
    Number(new RegExp(`^${title}: +(\\d+)`, "m").exec(rollup)?.[1]) / 1_024;
  return { rssMegabytes: megabytes("Rss"), pssMegabytes: megabytes("Pss") };
}

/** Processor time in user and kernel. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
