/** Simulated and recorded arrivals of voice over several kinds of networks, for tests of the jitter buffer. */
import { readFileSync } from "node:fs";
import { frameMs } from "../../lib/audio/dsp/format.ts";
import type { Random } from "./random.ts";
import { seeded } from "./random.ts";

export interface SentFrame {
  sequence: number;
  /** When the frame was complete, on the listener's clock. */
  capturedMs: number;
  /** When the listener received it; undefined when it was lost. */
  arrivedMs: number | undefined;
  bytes: number;
  isSpeech: boolean;
}

export interface Trace {
  name: string;
  frames: SentFrame[];
  /** The delay of the idle network. */
  pathMs: number;
  /** When the player takes the first time. */
  playerStartsMs: number;
  /** How much longer than nominal the player takes to play a frame. */
  playerPpm: number;
}

interface Network {
  name: string;
  seconds: number;
  /** The delay beyond `pathMs` of a frame that was captured at this time. */
  delayMs: (random: Random, capturedMs: number) => number;
  stalls?: Stall[];
  /** The server drops frames that have waited longer. */
  waitMsMax?: number;
  senderPpm?: number;
  playerPpm?: number;
  /** How much later than the first frame the output opens. */
  opensLateMs?: number;
  speech?: "with pauses" | "without a pause";
}

interface Stall {
  fromMs: number;
  lastsMs: number;
}

const pathMs = 2;
/** The distance of frames in a burst after a stall: the speed of the link. */
const burstStepMs = 0.2;

export const traceOf = {
  quiet: (seed = 1) => transmit({ name: "quiet LAN", seconds: 60, delayMs: quiet }, seed),
  wifi: (seed = 1) =>
    transmit(
      { name: "busy Wi-Fi, stalls of 200 ms", seconds: 60, delayMs: wifi, stalls: every(4000, 200) },
      seed,
    ),
  freeze: (seed = 1) =>
    transmit(
      { name: "freeze of 2 s", seconds: 40, delayMs: quiet, stalls: [{ fromMs: 15_000, lastsMs: 2000 }] },
      seed,
    ),
  gated: (seed = 1) =>
    transmit(
      {
        name: "stalls of 1 s, the server drops",
        seconds: 60,
        delayMs: quiet,
        stalls: every(10_000, 1000),
        waitMsMax: 300,
      },
      seed,
    ),
  retransmissions: (seed = 1) =>
    transmit({ name: "1 % retransmitted", seconds: 60, delayMs: retransmitted }, seed),
  senderFast: (seed = 1) =>
    transmit({ name: "drift +200 ppm", seconds: 60, delayMs: quiet, senderPpm: -100, playerPpm: 100 }, seed),
  senderSlow: (seed = 1) =>
    transmit({ name: "drift −200 ppm", seconds: 60, delayMs: quiet, senderPpm: 100, playerPpm: -100 }, seed),
  late: (seed = 1) =>
    transmit({ name: "output opens 300 ms late", seconds: 20, delayMs: quiet, opensLateMs: 300 }, seed),
  /** TCP over a link of 4 Mbit/s with a queue of 80 ms, which a download fills for 3 s every 6 s. */
  sharedLink: () => recorded("recorded: a link shared with downloads", "shared-link.txt"),
  /** TCP over a cable that is pulled 27 times, once for 2 s, mostly for 20 ms. The timers of TCP turn 20 ms into 1 s. */
  cable: () => recorded("recorded: a cable pulled 27 times", "cable.txt"),
} satisfies Record<string, (seed?: number) => Trace>;

/** Speech without pauses over any network. */
export function monologue(network: Partial<Network>): Trace {
  return transmit(
    { name: "monologue", seconds: 60, delayMs: quiet, speech: "without a pause", ...network },
    1,
  );
}

/** Recorded delays (test/audio/arrivals), ms above the smallest of them, one for each frame. */
function recorded(name: string, file: string): Trace {
  const delaysMs = readFileSync(new URL(`../audio/arrivals/${file}`, import.meta.url), "utf8")
    .trim()
    .split(/\s+/)
    .map(Number);
  const delayMs = (_: Random, capturedMs: number) => delaysMs[Math.round(capturedMs / frameMs)] ?? 0;
  return transmit({ name, seconds: (delaysMs.length * frameMs) / 1000, delayMs }, 1);
}

/** The sender does other work too: a frame is usually in time, and seldom a few ms late. */
function quiet(random: Random): number {
  return random.chance(0.02) ? 1 + random.below(50) / 10 : random.below(15) / 10;
}

/** Waiting for a shared radio channel: exponential, 60 ms at most. */
function wifi(random: Random): number {
  return Math.min(60, -6 * Math.log(1 - random.below(1000) / 1000));
}

/** One frame in 100 is lost: usually a fast retransmit repairs it, sometimes only the TCP timer of 200 ms. */
function retransmitted(random: Random): number {
  if (!random.chance(0.01)) return quiet(random);
  return random.chance(0.2) ? 205 + random.below(15) : 40 + random.below(40);
}

function every(periodMs: number, lastsMs: number): Stall[] {
  return Array.from({ length: Math.floor(60_000 / periodMs) }, (_, i) => ({
    fromMs: (i + 0.5) * periodMs + 37 * i,
    lastsMs,
  }));
}

/** Sends the speech over the network. */
function transmit(network: Network, seed: number): Trace {
  const random = seeded(seed);
  const count = (network.seconds * 1000) / frameMs;
  const talk = network.speech === "without a pause" ? talkSpurt(count, random) : talkSpurts(count, random);
  const stepMs = frameMs * (1 + (network.senderPpm ?? 0) / 1_000_000);
  let lastMs = 0;
  const frames = talk.map((spoken, sequence): SentFrame => {
    const capturedMs = sequence * stepMs;
    const readyMs = capturedMs + pathMs + network.delayMs(random, capturedMs);
    const stall = network.stalls?.find(
      ({ fromMs, lastsMs }) => readyMs >= fromMs && readyMs < fromMs + lastsMs,
    );
    const throughMs = stall ? stall.fromMs + stall.lastsMs : readyMs;
    if (throughMs - readyMs > (network.waitMsMax ?? Number.POSITIVE_INFINITY)) {
      return { sequence, capturedMs, arrivedMs: undefined, ...spoken };
    }
    // TCP delivers in order.
    lastMs = Math.max(throughMs, lastMs + burstStepMs);
    return { sequence, capturedMs, arrivedMs: lastMs, ...spoken };
  });
  const firstMs = frames[0]?.arrivedMs ?? 0;
  const playerStartsMs = firstMs + (network.opensLateMs ?? -50 + random.below(20));
  return { name: network.name, frames, pathMs, playerStartsMs, playerPpm: network.playerPpm ?? 0 };
}

type SpokenFrame = Pick<SentFrame, "bytes" | "isSpeech">;

/** Speech with pauses as Opus packets: DTX begins 200 ms or more after speech, with an update every 400 ms. */
function talkSpurts(count: number, random: Random): SpokenFrame[] {
  const frames: SpokenFrame[] = [];
  while (frames.length < count) {
    frames.push(...talkSpurt(40 + random.below(100), random));
    const pauseFrames = 20 + random.below(45);
    const dtxFrom = 10 + random.below(12);
    for (let i = 0; i < pauseFrames; i++) {
      const isDtx = i >= dtxFrom && (i - dtxFrom) % 21 !== 20;
      frames.push({ bytes: isDtx ? 1 : 35 + random.below(25), isSpeech: false });
    }
  }
  return frames.slice(0, count);
}

function talkSpurt(count: number, random: Random): SpokenFrame[] {
  return Array.from({ length: count }, () => ({ bytes: 55 + random.below(60), isSpeech: true }));
}
