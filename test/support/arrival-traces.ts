/** Voice as it arrives over networks of several kinds: what the jitter buffer is tried with. */
import { readFileSync } from "node:fs";
import { frameMs } from "../../lib/audio/dsp/format.ts";
import type { Random } from "./random.ts";
import { seeded } from "./random.ts";

export interface SentFrame {
  sequence: number;
  /** When it was full, on the listener's clock. */
  capturedMs: number;
  /** When the listener has it; undefined when it was dropped on the way. */
  arrivedMs: number | undefined;
  bytes: number;
  isSpeech: boolean;
}

export interface Trace {
  name: string;
  frames: SentFrame[];
  /** How long the way takes when nothing is in it. */
  pathMs: number;
  /** When the player asks for the first time. */
  playerStartsMs: number;
  /** How much longer than it should each of its frames takes. */
  playerPpm: number;
}

interface Way {
  name: string;
  seconds: number;
  /** How long the frame that was captured then is on its way, beyond `pathMs`. */
  delayMs: (random: Random, capturedMs: number) => number;
  stalls?: Stall[];
  /** What has waited longer than this is dropped by the server. */
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
/** What a burst is spread over: frames that were held back follow each other at the speed of the link. */
const burstStepMs = 0.2;

export const traceOf = {
  quiet: (seed = 1) => travel({ name: "quiet LAN", seconds: 60, delayMs: quiet }, seed),
  wifi: (seed = 1) =>
    travel(
      { name: "busy Wi-Fi, stalls of 200 ms", seconds: 60, delayMs: wifi, stalls: every(4000, 200) },
      seed,
    ),
  freeze: (seed = 1) =>
    travel(
      { name: "freeze of 2 s", seconds: 40, delayMs: quiet, stalls: [{ fromMs: 15_000, lastsMs: 2000 }] },
      seed,
    ),
  gated: (seed = 1) =>
    travel(
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
    travel({ name: "1 % retransmitted", seconds: 60, delayMs: retransmitted }, seed),
  senderFast: (seed = 1) =>
    travel({ name: "drift +200 ppm", seconds: 60, delayMs: quiet, senderPpm: -100, playerPpm: 100 }, seed),
  senderSlow: (seed = 1) =>
    travel({ name: "drift −200 ppm", seconds: 60, delayMs: quiet, senderPpm: 100, playerPpm: -100 }, seed),
  late: (seed = 1) =>
    travel({ name: "output opens 300 ms late", seconds: 20, delayMs: quiet, opensLateMs: 300 }, seed),
  /** TCP on a link of 4 Mbit/s with a queue of 80 ms, that a download fills for 3 s every 6 s. */
  sharedLink: () => recorded("recorded: a link shared with downloads", "shared-link.txt"),
  /** TCP over a cable that is pulled 27 times, once for 2 s, mostly for 20 ms: its timers make 1 s of that. */
  cable: () => recorded("recorded: a cable pulled 27 times", "cable.txt"),
} satisfies Record<string, (seed?: number) => Trace>;

/** One that never stops talking, over any way. */
export function monologue(way: Partial<Way>): Trace {
  return travel({ name: "monologue", seconds: 60, delayMs: quiet, speech: "without a pause", ...way }, 1);
}

/** Delays that were recorded (test/voice/arrivals), ms above the least of them, one for each frame. */
function recorded(name: string, file: string): Trace {
  const delaysMs = readFileSync(new URL(`../audio/arrivals/${file}`, import.meta.url), "utf8")
    .trim()
    .split(/\s+/)
    .map(Number);
  const delayMs = (_: Random, capturedMs: number) => delaysMs[Math.round(capturedMs / frameMs)] ?? 0;
  return travel({ name, seconds: (delaysMs.length * frameMs) / 1000, delayMs }, 1);
}

/** A machine that does other things too: a frame is mostly ready when it is due, seldom some ms later. */
function quiet(random: Random): number {
  return random.chance(0.02) ? 1 + random.below(50) / 10 : random.below(15) / 10;
}

/** Waiting for a channel that others use: mostly short, with a long tail. */
function wifi(random: Random): number {
  return Math.min(60, -6 * Math.log(1 - random.below(1000) / 1000));
}

/** One frame in 100 is lost: mostly the next ones tell of it, sometimes only TCP's timer of 200 ms. */
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

function travel(way: Way, seed: number): Trace {
  const random = seeded(seed);
  const count = (way.seconds * 1000) / frameMs;
  const talk = way.speech === "without a pause" ? speakOn(count, random) : speak(count, random);
  const stepMs = frameMs * (1 + (way.senderPpm ?? 0) / 1_000_000);
  let lastMs = 0;
  const frames = talk.map((said, sequence): SentFrame => {
    const capturedMs = sequence * stepMs;
    const readyMs = capturedMs + pathMs + way.delayMs(random, capturedMs);
    const stall = way.stalls?.find(({ fromMs, lastsMs }) => readyMs >= fromMs && readyMs < fromMs + lastsMs);
    const throughMs = stall ? stall.fromMs + stall.lastsMs : readyMs;
    if (throughMs - readyMs > (way.waitMsMax ?? Number.POSITIVE_INFINITY)) {
      return { sequence, capturedMs, arrivedMs: undefined, ...said };
    }
    // TCP: nothing overtakes.
    lastMs = Math.max(throughMs, lastMs + burstStepMs);
    return { sequence, capturedMs, arrivedMs: lastMs, ...said };
  });
  const firstMs = frames[0]?.arrivedMs ?? 0;
  const playerStartsMs = firstMs + (way.opensLateMs ?? -50 + random.below(20));
  return { name: way.name, frames, pathMs, playerStartsMs, playerPpm: way.playerPpm ?? 0 };
}

type Said = Pick<SentFrame, "bytes" | "isSpeech">;

/** Talk with pauses, in packets as Opus makes them: 200 ms or more into a pause DTX, every 400 ms a refresh. */
function speak(count: number, random: Random): Said[] {
  const frames: Said[] = [];
  while (frames.length < count) {
    frames.push(...speakOn(40 + random.below(100), random));
    const pauseFrames = 20 + random.below(45);
    const dtxFrom = 10 + random.below(12);
    for (let i = 0; i < pauseFrames; i++) {
      const isDtx = i >= dtxFrom && (i - dtxFrom) % 21 !== 20;
      frames.push({ bytes: isDtx ? 1 : 35 + random.below(25), isSpeech: false });
    }
  }
  return frames.slice(0, count);
}

function speakOn(count: number, random: Random): Said[] {
  return Array.from({ length: count }, () => ({ bytes: 55 + random.below(60), isSpeech: true }));
}
