/** Shows that hundreds of turns in a row leave nothing behind: no memory, no thread, no descriptor, in no process. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { type AudioRig, rigAvailable, rigPackages, startAudioRig } from "../support/audio-rig.ts";
import { type Client, openStage } from "../support/holler.ts";
import { childrenOf } from "../support/processes.ts";
import { type Random, seeded } from "../support/random.ts";
import { requireRig } from "../support/rigs.ts";
import { errors, joinRoom, pastOrNext, startTransmission, type VoiceEnded } from "../support/talking.ts";

const available = requireRig("a sound server", rigAvailable(), rigPackages);
setDefaultTimeout(180_000);

const seed = 20_261_123;
/** After the warm-up everything is loaded and every pool is as large as it gets. */
const plan = {
  ownHelpers: { warmUpTurns: 30, turns: 90 },
  keptHelpers: { warmUpTurns: 60, turns: 140 },
};
/** What grows with every turn is above this in the end, and stays there. */
const grownMegabytesMax = 24;
/** Threads, and descriptors: a helper or a socket may have been on its way out before. */
const grownMax = 4;
/** Collectors wait for a pause, and on a busy machine for a while longer. */
const tidiedWithinMs = 20_000;

interface Use {
  threads: number;
  descriptors: number;
  megabytes: number;
}

describe.skipIf(!available)("turn after turn", () => {
  let rig: AudioRig;

  beforeAll(async () => {
    rig = await startAudioRig(["alice", "bob", "carol"]);
  });

  afterAll(() => rig.stop());

  test("leaves nothing behind in server and clients, which give every turn a helper of its own", async () => {
    await using stage = await openStage();
    const random = seeded(seed);
    const server = await stage.server();
    const { alice, bob } = await joinRoom(stage, rig, server, ["alice", "bob"]);
    const uses = () => ({ server: useOf(server.pid), alice: useOf(alice.pid), bob: useOf(bob.pid) });
    const take = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) {
        const [speaker, hearer] = random.chance(0.5) ? [alice, bob] : [bob, alice];
        await turn(speaker, hearer, random.below(100), random.pick(["stop", "stop", "cancel"]));
      }
    };
    await take(plan.ownHelpers.warmUpTurns);
    const warm = uses();
    await take(plan.ownHelpers.turns);
    await expectNoMore(warm, uses);
    expect([...errors(alice), ...errors(bob)]).toEqual([]);
  });

  test("leaves nothing behind in helpers, which stay as long as somebody else goes on talking", async () => {
    await using stage = await openStage();
    const random = seeded(seed);
    const server = await stage.server({ args: ["--speakers", "3"] });
    const { alice, bob, carol } = await joinRoom(stage, rig, server, ["alice", "bob", "carol"]);
    carol.do({ do: "talk" });
    const { stream: long } = await carol.next("recording");
    for (const one of [alice, bob]) await one.next("voice-started", { stream: long });
    const helpers = { alice: await onlyHelperOf(alice), bob: await onlyHelperOf(bob) };
    const uses = () => ({
      server: useOf(server.pid),
      alice: useOf(alice.pid),
      bob: useOf(bob.pid),
      carol: useOf(carol.pid),
      "alice's helper": useOf(helpers.alice),
      "bob's helper": useOf(helpers.bob),
    });
    // Both talk at once, so that each helper captures and plays.
    const take = async (count: number): Promise<void> => {
      const ends = (await Promise.all([alice, bob].map((one) => turnsOf(one, count / 2, random)))).flat();
      for (const { stream } of ends) await pastOrNext(carol, "voice-ended", { stream });
      const secondsMean = ends.reduce((sum, { seconds }) => sum + seconds, 0) / count;
      expect(secondsMean).toBeGreaterThan(0.2);
    };
    await take(plan.keptHelpers.warmUpTurns);
    const warm = uses();
    await take(plan.keptHelpers.turns);
    await expectNoMore(warm, uses);
    expect({ alice: await onlyHelperOf(alice), bob: await onlyHelperOf(bob) }).toEqual(helpers);
    carol.do({ do: "stop" });
    for (const one of [alice, bob, carol]) {
      await one.next("voice-ended", { stream: long, reason: "stopped" });
      expect(errors(one)).toEqual([]);
    }
  });
});

/** A turn that is ended so many milliseconds after the hearer was told of it. */
async function turn(speaker: Client, hearer: Client, ms: number, how: "stop" | "cancel"): Promise<void> {
  speaker.do({ do: "record", seconds: 1 });
  const { stream } = await hearer.next("voice-started");
  await Bun.sleep(ms);
  speaker.do({ do: how });
  await Promise.all([speaker, hearer].map((one) => one.next("voice-ended", { stream })));
}

/** So many turns of one speaker, one after the other, each of about a dozen frames; how they ended. */
async function turnsOf(speaker: Client, count: number, random: Random): Promise<VoiceEnded[]> {
  const ends: VoiceEnded[] = [];
  while (ends.length < count) {
    const stream = await startTransmission(speaker, 1);
    // Everyone is told as soon as the first frame is there, the speaker too.
    await speaker.next("voice-started", { stream });
    await Bun.sleep(220 + random.below(40));
    speaker.do({ do: "stop" });
    ends.push(await speaker.next("voice-ended", { stream, reason: "stopped" }));
  }
  return ends;
}

/** The helper that waits for the next turn, or serves this one; the one before it may still be closing its device. */
async function onlyHelperOf(client: Client): Promise<number> {
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

/** Waits for devices that are being closed, and for collectors, as long as there is more than before. */
async function expectNoMore<Who extends string>(
  before: Record<Who, Use>,
  uses: () => Record<Who, Use>,
): Promise<void> {
  const everybody = Object.keys(before) as Who[];
  const until = performance.now() + tidiedWithinMs;
  let after = uses();
  while (everybody.some((who) => isMore(before[who], after[who])) && performance.now() < until) {
    await Bun.sleep(500);
    after = uses();
  }
  for (const who of everybody) {
    const change = `${who}: ${JSON.stringify(before[who])} → ${JSON.stringify(after[who])}`;
    console.log(change);
    expect(isMore(before[who], after[who]), change).toBeFalse();
  }
}

function isMore(before: Use, after: Use): boolean {
  return (
    after.threads > before.threads + grownMax ||
    after.descriptors > before.descriptors + grownMax ||
    after.megabytes > before.megabytes + grownMegabytesMax
  );
}
