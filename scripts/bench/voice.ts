/**
 * Measures speech from one user's microphone to another's speaker: the mouth-to-ear delay, its parts, and the likeness.
 * It compares with a bare loop on the same sound server, on PulseAudio and PipeWire, and measures over bad networks.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AudioRig, RigOptions } from "../../test/support/audio-rig.ts";
import {
  pipewirePackages,
  rigAvailable,
  rigPackages,
  startAudioRig,
  synthesize,
} from "../../test/support/audio-rig.ts";
import type { Client } from "../../test/support/holler.ts";
import { openStage } from "../../test/support/holler.ts";
import { badLinks, canMakeLinks, linkHint, openLink } from "../../test/support/link.ts";
import { gapsIn } from "../../test/support/speech.ts";
import type { Heard } from "../../test/support/talking.ts";
import { joinRoom, say } from "../../test/support/talking.ts";
import type { BareClip, BareSettings } from "./bare.ts";
import { buildBareLoop, playBare } from "./bare.ts";
import type { Row } from "./figures.ts";
import { median, percentile } from "./figures.ts";

const clips = 20;
const pipewireClips = 10;
const linkClips = 5;

interface Clip extends Heard {
  gaps: number;
}

/** The references, by how the output of the bare loop is opened. */
const loops = {
  least: "bare loop at its least",
  alike: "bare loop, output kept full like Holler's",
} as const;

type Loop = keyof typeof loops;
const loopNames = Object.keys(loops) as Loop[];

interface Lane {
  all: Clip[];
  bare: Record<Loop, BareClip[]>;
}

/** PulseAudio on a quiet network: 20 transmissions, alternating with each bare loop. */
export async function measureVoice(): Promise<Row[] | string> {
  if (!rigAvailable()) return `voice: needs a sound server (${rigPackages})`;
  const lane = await measureLane({}, clips, 10);
  return [...laneRows("", lane), ...partsRows(lane.all), ...likenessRows(lane.all)];
}

export async function measurePipewire(): Promise<Row[] | string> {
  if (!rigAvailable("pipewire")) return `voice on PipeWire: needs it (${pipewirePackages})`;
  const rows: Row[] = [];
  for (const [quantum, aheadMs] of [
    [480, 15],
    [1024, 20],
  ] as const) {
    const lane = await measureLane({ server: "pipewire", quantum }, pipewireClips, aheadMs);
    rows.push(...laneRows(`PipeWire, ${quantum} at a time: `, lane));
  }
  return rows;
}

/** From alice beside the server to bob behind each kind of link, with 20 ± 15 ms of delay. */
export async function measureLinks(): Promise<Row[] | string> {
  if (!rigAvailable() || !canMakeLinks()) return `voice over links: needs ${rigPackages}, and ${linkHint}`;
  const [rig, link, words] = await Promise.all([startAudioRig(["alice", "bob"]), openLink(), sentence()]);
  try {
    await using stage = await openStage();
    await stage.server({ host: link.near, args: ["--port", "4050", "--no-advertise"] });
    const there = ["--server", `${link.near.address("link")}:4050`];
    const alice = await stage.join("alice", there, { host: link.near, args: [], env: rig.env("alice") });
    const bob = await stage.join("bob", there, { host: link.far, args: [], env: rig.env("bob") });
    const rows: Row[] = [];
    for (const [name, conditions] of Object.entries(badLinks)) {
      await link.change(conditions);
      const all: Clip[] = [];
      while (all.length < linkClips) all.push(await playClip(rig, words, alice, bob));
      rows.push(...linkRows(name, all));
    }
    return rows;
  } finally {
    await Promise.all([rig.stop(), link.close()]);
  }
}

/** Alternates between Holler and the bare loops, so that other work of the machine affects all alike. */
async function measureLane(options: RigOptions, count: number, aheadMs: number): Promise<Lane> {
  const folder = await mkdtemp(join(tmpdir(), "holler-bench-"));
  const [rig, program, words] = await Promise.all([
    startAudioRig(["alice", "bob"], options),
    buildBareLoop(folder),
    sentence(),
  ]);
  try {
    await using stage = await openStage();
    const { alice, bob } = await joinRoom(stage, rig, await stage.server(), ["alice", "bob"]);
    const all: Clip[] = [];
    const bare: Lane["bare"] = { least: [], alike: [] };
    const settings = bareSettings(aheadMs);
    while (all.length < count) {
      all.push(await playClip(rig, words, alice, bob));
      for (const loop of loopNames)
        bare[loop].push(await playBare(program, rig, "alice", words, settings[loop]));
    }
    return { all, bare };
  } finally {
    await rig.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * "least" queues one chunk and runs `aheadMs` ahead of the speaker: the smallest value without gaps in many clips on a
 * quiet machine. Holler with low buffering (lib/audio/devices/portaudio.ts) keeps a queue of two chunks full.
 */
function bareSettings(aheadMs: number): Record<Loop, BareSettings> {
  return {
    least: { framesPerBuffer: 240, maxQueue: 1, ahead: aheadMs },
    alike: { framesPerBuffer: 240, maxQueue: 2, ahead: "full" },
  };
}

const sentence = () => synthesize("The quick brown fox jumps over the lazy dog.");

async function playClip(rig: AudioRig, words: Int16Array, alice: Client, bob: Client): Promise<Clip> {
  const { spoken, heard } = await say(rig, ["alice", alice], { bob }, words);
  const { sound, lagMs } = heard.bob;
  return { ...heard.bob, gaps: gapsIn(spoken.samples, sound.samples, lagMs) };
}

function laneRows(lane: string, { all, bare }: Lane): Row[] {
  const delays = all.map((clip) => clip.mouthToEarMs);
  return loopNames.flatMap((loop): Row[] => {
    const bareDelays = bare[loop].map((clip) => clip.mouthToEarMs);
    const [middle, bareMiddle] = [median(delays), median(bareDelays)];
    const against = (value: number) => ({ what: loops[loop], value });
    return [
      {
        ...ms(`${lane}mouth to ear, median of ${all.length} clips`, middle),
        reference: against(bareMiddle),
      },
      {
        ...ms(`${lane}mouth to ear, p95`, percentile(delays, 0.95)),
        reference: against(percentile(bareDelays, 0.95)),
      },
      ms(`${lane}more than the ${loops[loop]}`, middle - bareMiddle),
      {
        what: `${lane}underruns, all clips together`,
        value: sum(all.map((clip) => clip.gaps)),
        unit: "gaps",
        reference: against(sum(bare[loop].map((clip) => clip.gaps))),
      },
    ];
  });
}

/** The report of bob's client. */
function partsRows(all: Clip[]): Row[] {
  const parts = all.flatMap(({ ended }) => (ended.partsMs === undefined ? [] : [ended.partsMs]));
  const names = ["capture", "encode", "network", "buffer", "output"] as const;
  return [
    ms("  as the client tells it", medianOf(all, reportedDelay)),
    ...names.map((name) =>
      ms(
        `    ${name}`,
        medianOf(parts, (part) => part[name] ?? Number.NaN),
      ),
    ),
  ];
}

function likenessRows(all: Clip[]): Row[] {
  return (["windows", "envelope", "first", "last"] as const).map((name) => ({
    what: `${name} correlation, lowest`,
    value: Math.min(...all.map((clip) => clip[name])),
    unit: "",
    reference: { what: "median", value: medianOf(all, (clip) => clip[name]) },
  }));
}

function linkRows(name: string, all: Clip[]): Row[] {
  const lane = `link with ${name}: `;
  const likeness = (what: "windows" | "envelope"): Row => ({
    what: `${lane}${what} correlation, median`,
    value: medianOf(all, (clip) => clip[what]),
    unit: "",
  });
  return [
    {
      ...ms(
        `${lane}mouth to ear, median of ${all.length} clips`,
        medianOf(all, (clip) => clip.mouthToEarMs),
      ),
      reference: { what: "the client says", value: medianOf(all, reportedDelay) },
    },
    {
      what: `${lane}concealed, mean`,
      value: (100 * sum(all.map(({ ended }) => ended.concealed ?? Number.NaN))) / all.length,
      unit: "%",
    },
    likeness("windows"),
    likeness("envelope"),
  ];
}

function reportedDelay({ ended }: Clip): number {
  return ended.delayMs?.median ?? Number.NaN;
}

function medianOf<Item>(items: Item[], pick: (item: Item) => number): number {
  return median(items.map(pick));
}

function sum(values: number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function ms(what: string, value: number): Row {
  return { what, value, unit: "ms" };
}
