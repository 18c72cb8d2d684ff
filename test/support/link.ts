/** Two hosts joined by a link of any quality: late, jittery, lossy, stalling, frozen or slow (link.py carries the packets). */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { canMakeNetworks, createNetwork, type Host, networkHint } from "./netns.ts";
import { endInput, writeTo } from "./processes.ts";
import { hasProgram } from "./rigs.ts";
import { createTranscript, readLines } from "./transcript.ts";

/** For each direction separately. */
export interface LinkConditions {
  /** On the way, ms. */
  delayMs: number;
  /** More or less than that, ms, evenly spread; packets stay in order. */
  jitterMs: number;
  /** Lost on the way, 0…1. */
  lossShare: number;
  /** Nothing passes for so long, ms, … */
  stallMs: number;
  /** … every so many ms; the first stall begins when it is set. What was sent meanwhile comes in one burst. */
  stallEveryMs: number;
  /** Nothing passes until this is false again. */
  isFrozen: boolean;
  /** How much passes at most; 0 is no limit. */
  bytesPerSecond: number;
  /** What waits at such a limit, bytes; the rest is dropped. */
  queueBytes: number;
  /** Begins the dice anew. */
  seed: number;
}

/** No delay, no loss, no limit. */
export const goodLink: Omit<LinkConditions, "seed"> = {
  delayMs: 0,
  jitterMs: 0,
  lossShare: 0,
  stallMs: 0,
  stallEveryMs: 1_000,
  isFrozen: false,
  bytesPerSecond: 0,
  queueBytes: 32_768,
};

const jitter = { ...goodLink, delayMs: 20, jitterMs: 15, seed: 1 };

/** Busy wireless networks of three kinds, all of them 20 ± 15 ms long each way. */
export const badLinks = {
  jitter,
  loss: { ...jitter, lossShare: 0.01 },
  stalls: { ...jitter, stallMs: 300, stallEveryMs: 3_000 },
} satisfies Record<string, Partial<LinkConditions>>;

/** Packets so far, from near to far and back. */
export interface LinkCounts {
  sent: [number, number];
  lost: [number, number];
}

export interface Link {
  near: Host;
  far: Host;
  /** Changes what is given and keeps the rest; resolves when it is so. */
  change(conditions: Partial<LinkConditions>): Promise<LinkCounts>;
  /** Ends the hosts with all that runs on them. */
  close(): Promise<void>;
}

export const linkHint = `${networkHint}, python3 and /dev/net/tun`;

/** Whether links can be made here. */
export function canMakeLinks(): boolean {
  return canMakeNetworks() && hasProgram("python3") && existsSync("/dev/net/tun");
}

const addresses = { near: "10.98.0.1", far: "10.98.0.2" };

/** A good link unless conditions are given. */
export async function openLink(conditions: Partial<LinkConditions> = {}): Promise<Link> {
  const network = createNetwork({ near: {}, far: {} });
  const hosts = { near: network.host("near"), far: network.host("far") };
  const python = Bun.which("python3") ?? "python3";
  const command = [python, join(import.meta.dir, "link.py"), hosts.near.namespace, hosts.far.namespace];
  const carrier = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const answers = createTranscript<string>("link.py");
  void readLines(carrier.stdout, answers.add).finally(answers.end);
  await answers.next(() => true, "its start");
  for (const side of ["near", "far"] as const) {
    await hosts[side].run(["ip", "addr", "add", `${addresses[side]}/24`, "dev", "link0"]);
    await hosts[side].run(["ip", "link", "set", "link0", "up"]);
  }
  const link: Link = {
    near: { ...hosts.near, address: () => addresses.near },
    far: { ...hosts.far, address: () => addresses.far },
    async change(changed) {
      writeTo(carrier.stdin, `${JSON.stringify(changed)}\n`);
      return JSON.parse(await answers.next(() => true, "its answer"));
    },
    async close() {
      endInput(carrier.stdin);
      await carrier.exited;
      await network.close();
    },
  };
  await link.change({ seed: 1, ...conditions });
  return link;
}
