/** Measures what 2,200 hostile connections cost three people who chat: delay, and the server's memory. */
import { join } from "node:path";
import { openStage } from "../../test/support/holler.ts";
import { joinRaw, type RawClient } from "../../test/support/raw-client.ts";
import { percentile, type Row, residentMegabytes } from "./figures.ts";

const lines = 300;
const everyMs = 50;

interface Quality {
  median: number;
  p99: number;
  memory: number;
}

/** With them, beside the same room without. */
export async function measureHostile(): Promise<Row[]> {
  await using stage = await openStage();
  const { port, pid } = await stage.server({ args: ["--max-clients", "1000"] });
  const target = { port, tls: true };
  using alice = await joinRaw(target, "alice");
  using bob = await joinRaw(target, "bob");
  using carol = await joinRaw(target, "carol");
  const look = async (): Promise<Quality> => {
    const delays = await chat(alice, [bob, carol]);
    const memory = await residentMegabytes(pid);
    return { median: percentile(delays, 0.5), p99: percentile(delays, 0.99), memory };
  };
  const quiet = await look();
  const attackers = Bun.spawn([process.execPath, join(import.meta.dir, "attackers.ts"), String(port)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  try {
    for await (const _ready of attackers.stdout) break;
    const attacked = await look();
    const row = (what: string, key: keyof Quality, unit: string): Row => ({
      what: `beside 2,200 hostile connections: ${what}`,
      value: attacked[key],
      unit,
      reference: { what: "quiet", value: quiet[key] },
    });
    return [
      row("a line reaches the last of three, median", "median", "ms"),
      row("the same, p99", "p99", "ms"),
      row("memory of the server", "memory", "MB"),
    ];
  } finally {
    attackers.stdin.end();
    attackers.kill("SIGKILL");
    await attackers.exited;
  }
}

/** How long each line of one took until all the others had it, ms. */
async function chat(speaker: RawClient, others: RawClient[]): Promise<number[]> {
  const delays: number[] = [];
  for (let line = 0; line < lines; line += 1) {
    const text = `${crypto.randomUUID()}`;
    const began = performance.now();
    speaker.send({ type: "say", text, ref: text });
    await Promise.all(others.map((other) => other.next("said", { text })));
    delays.push(performance.now() - began);
    await Bun.sleep(Math.max(0, everyMs - (performance.now() - began)));
  }
  return delays;
}
