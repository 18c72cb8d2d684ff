/**
 * Measures how long a room takes to be found across two hosts, by the programs themselves and from outside.
 *
 * Every round is a new process: "look" counts from the call of browse() to the room, "start" from spawning Bun.
 */
import { join } from "node:path";
import { canMakeNetworks, createNetwork, type Host, networkHint } from "../../test/support/netns.ts";

const fixtures = join(import.meta.dir, "../../test/discovery/fixtures");

/** Milliseconds; medians and the slowest of the rounds. */
export interface DiscoveryTimes {
  rounds: number;
  lookMedian: number;
  lookMax: number;
  startMedian: number;
  startMax: number;
}

/** Finds one room that many times over, between two network namespaces without a default route. */
export async function measureDiscovery(rounds = 20): Promise<DiscoveryTimes> {
  const network = createNetwork({ server: { lans: ["lan"] }, client: { lans: ["lan"] } });
  try {
    const record = { room: "Lab 3", id: "a1b2c3", protocol: 1, port: 4050 };
    const command = [process.execPath, join(fixtures, "server.ts"), JSON.stringify(record)];
    const server = network.host("server").spawn(command, { stdout: "pipe" });
    await server.stdout.getReader().read();
    const looks: number[] = [];
    const starts: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      looks.push(await find(network.host("client")));
      starts.push(performance.now() - began);
    }
    return {
      rounds,
      lookMedian: median(looks),
      lookMax: Math.max(...looks),
      startMedian: median(starts),
      startMax: Math.max(...starts),
    };
  } finally {
    await network.close();
  }
}

/** One browser from its start to the first room; returns what it took by its own clock. */
async function find(client: Host): Promise<number> {
  const browser = client.spawn([process.execPath, join(fixtures, "browser.ts")], { stdout: "pipe" });
  try {
    let output = "";
    for await (const chunk of browser.stdout) {
      output += new TextDecoder().decode(chunk);
      const ms = output.match(/"ms":([\d.]+)/)?.[1];
      if (ms !== undefined) return Number(ms);
    }
    throw new Error("the browser ended without a room");
  } finally {
    browser.kill("SIGKILL");
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

if (import.meta.main) {
  if (!canMakeNetworks()) throw new Error(`needs network namespaces: ${networkHint}`);
  const { rounds, ...times } = await measureDiscovery();
  const figures = Object.entries(times).map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`);
  console.log(`discovery, ${rounds} rounds: ${figures.join(", ")}`);
}
