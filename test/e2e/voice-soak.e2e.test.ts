/** Shows that 200 turns in a row leave nothing behind: no memory, no thread, no descriptor, in no process. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { rigAvailable, rigPackages, startAudioRig } from "../support/audio-rig.ts";
import { type Client, openStage } from "../support/holler.ts";
import { seeded } from "../support/random.ts";
import { requireRig } from "../support/rigs.ts";
import { childrenOf, comeIn, errors } from "../support/talking.ts";

const available = requireRig("a sound server", rigAvailable(), rigPackages);
setDefaultTimeout(180_000);

const turns = 200;
/** By then everything is loaded and every pool is as large as it gets. */
const warmUpTurns = 60;
const seed = 20_261_123;
/** Collectors take their time: what grows with every turn would be above this after 140 of them. */
const grownMegabytesMax = 24;

interface Use {
  threads: number;
  descriptors: number;
  megabytes: number;
}

describe.skipIf(!available)("two hundred turns", () => {
  test("leave nothing behind", async () => {
    const rig = await startAudioRig(["alice", "bob"]);
    try {
      await using stage = await openStage();
      const random = seeded(seed);
      const server = await stage.server();
      const { alice, bob } = await comeIn(stage, rig, server, ["alice", "bob"]);
      const uses = async (): Promise<Record<string, Use>> => ({
        server: useOf(server.pid),
        alice: useOf(alice.pid),
        bob: useOf(bob.pid),
        "alice's helper": useOf(await helperOf(alice)),
        "bob's helper": useOf(await helperOf(bob)),
      });
      let warm: Record<string, Use> = {};
      const begun = performance.now();
      for (let count = 1; count <= turns; count += 1) {
        const [speaker, hearer] = random.chance(0.5) ? [alice, bob] : [bob, alice];
        await turn(speaker, hearer, random.below(100), random.pick(["stop", "stop", "cancel"]));
        if (count === warmUpTurns) warm = await uses();
      }
      const after = await uses();
      console.log(`${turns} turns in ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
      for (const [who, use] of Object.entries(after)) {
        const before = warm[who];
        if (before === undefined) throw new Error(`${who} was not looked at`);
        console.log(`${who}: ${JSON.stringify(before)} → ${JSON.stringify(use)}`);
        // A helper or a socket may be on its way out at either moment.
        expect(use.threads).toBeLessThanOrEqual(before.threads + 2);
        expect(use.descriptors).toBeLessThanOrEqual(before.descriptors + 4);
        expect(use.megabytes).toBeLessThanOrEqual(before.megabytes + grownMegabytesMax);
      }
      expect([...errors(alice), ...errors(bob)]).toEqual([]);
    } finally {
      await rig.stop();
    }
  });
});

/** A turn that is ended after so many milliseconds. */
async function turn(speaker: Client, hearer: Client, ms: number, how: "stop" | "cancel"): Promise<void> {
  speaker.do({ do: "record", seconds: 1 });
  const { stream } = await hearer.next("voice-started");
  await Bun.sleep(ms);
  speaker.do({ do: how });
  await Promise.all([speaker, hearer].map((one) => one.next("voice-ended", { stream })));
}

/** The helper that waits for the next turn; the one before it may still be closing its device. */
async function helperOf(client: Client): Promise<number> {
  for (;;) {
    const [first, ...others] = childrenOf(client.pid);
    if (first !== undefined && others.length === 0) return first;
    await Bun.sleep(10);
  }
}

function useOf(pid: number): Use {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    threads: readdirSync(`/proc/${pid}/task`).length,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    megabytes: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024),
  };
}
