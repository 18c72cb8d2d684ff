/** Carries from one helper process to the next what it learned about the output and the network. */
import type { Buffering } from "../device.ts";

export interface OutputMemory {
  /** How the next output begins. */
  readonly buffering: Buffering;
  /** Where the next jitter buffer begins, ms; unknown before the first clip. */
  readonly depthMs: number | undefined;
  /** A clip is over: what its output held at the end, how often that ran out, and what its jitter buffer learned. */
  learned(clip: { buffering: Buffering; underruns: number; depthMs?: number }): void;
  /**
   * The output took no sound at all. Some devices do so when they are asked to hold less than what the sound server
   * handles at a time: they get more. If that was not the reason, less is tried again after clean clips.
   */
  stalled(): void;
}

/** So many underruns, within seconds or a few clips, are no chance: the machine is too busy for so little buffering. */
export const underrunsMax = 3;

/** From the soonest heard to the safest. */
const bufferings: readonly Buffering[] = ["low", "normal", "high"];

/** Most clips are too short to run out often. */
const recentClipsMax = 5;
/** So many clips in a row without an underrun, and less is tried again: a busy machine is busy for minutes. */
const cleanClipsMin = 10;
/** Twice as many for each time that so little took no sound, which costs a clip: but not more often doubled than this. */
const doublingsMax = 3;

/** The buffering after this one, which is the last one's own. */
export function more(buffering: Buffering): Buffering {
  return bufferings[bufferings.indexOf(buffering) + 1] ?? "high";
}

export function createOutputMemory(): OutputMemory {
  let buffering: Buffering = "low";
  let depthMs: number | undefined;
  /** Of the last clips with this buffering. */
  let recentUnderruns: number[] = [];
  let cleanClips = 0;
  /** How often each took no sound since it last took some. */
  const stalls: Record<Buffering, number> = { low: 0, normal: 0, high: 0 };

  function change(to: Buffering): void {
    if (to === buffering) return;
    buffering = to;
    recentUnderruns = [];
    cleanClips = 0;
  }

  function stepDown(): void {
    const less = bufferings[bufferings.indexOf(buffering) - 1];
    if (less === undefined) return;
    const cleanClipsWanted = cleanClipsMin * 2 ** Math.min(stalls[less], doublingsMax);
    if (cleanClips >= cleanClipsWanted) change(less);
  }

  return {
    get buffering() {
      return buffering;
    },
    get depthMs() {
      return depthMs;
    },
    learned(clip) {
      depthMs = clip.depthMs ?? depthMs;
      stalls[clip.buffering] = 0;
      // It began before an earlier clip taught that this is too little.
      if (bufferings.indexOf(clip.buffering) < bufferings.indexOf(buffering)) return;
      if (clip.buffering !== buffering) return change(clip.buffering);
      recentUnderruns = [...recentUnderruns, clip.underruns].slice(-recentClipsMax);
      cleanClips = clip.underruns === 0 ? cleanClips + 1 : 0;
      const sum = recentUnderruns.reduce((all, underruns) => all + underruns, 0);
      if (sum >= underrunsMax) change(more(buffering));
      else stepDown();
    },
    stalled() {
      stalls[buffering]++;
      cleanClips = 0;
      if (buffering !== "high") return change(more(buffering));
      // Not even the most took sound: the sound server itself had stopped.
      for (const any of bufferings) stalls[any] = 0;
      change("low");
    },
  };
}
