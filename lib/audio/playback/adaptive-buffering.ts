/** Adapts the buffering of the output, and the start of the jitter buffer, to what earlier playback has shown. */
import type { Buffering } from "../device.ts";

/** The outcome of one transmission or clip. */
export interface BufferingFeedback {
  /** The buffering of the output at the end. */
  buffering: Buffering;
  underruns: number;
  /** The target delay with which the next jitter buffer begins, ms; absent for a clip. */
  targetDelayMs?: number;
}

export interface AdaptiveBuffering {
  /** The buffering with which the next output is opened. */
  readonly buffering: Buffering;
  /** The target delay with which the next jitter buffer begins, ms; undefined before the first transmission. */
  readonly targetDelayMs: number | undefined;
  played(feedback: BufferingFeedback): void;
  /**
   * The output accepted no sound at all. Some devices do so when they are asked to buffer less than a period of the
   * sound server: the next output buffers more. After enough clean playback less is tried again.
   */
  stalled(): void;
}

/** So many underruns within seconds, or within a few clips, mean that the machine is too busy for this buffering. */
export const underrunsMax = 3;

/** From the shortest delay to the safest. */
const bufferings: readonly Buffering[] = ["low", "normal", "high"];

/** Underruns are summed over this many clips: most clips are too short for several. */
const recentClipsMax = 5;
/** Less buffering is tried after so many clips without an underrun: a busy machine stays busy for minutes. */
const cleanClipsMin = 10;
/** Each stall with less buffering costs a clip, so it doubles the number of clean clips, at most this often. */
const doublingsMax = 3;

/** The next larger buffering; "high" is the largest. */
export function increased(buffering: Buffering): Buffering {
  return bufferings[bufferings.indexOf(buffering) + 1] ?? "high";
}

export function createAdaptiveBuffering(): AdaptiveBuffering {
  let buffering: Buffering = "low";
  let targetDelayMs: number | undefined;
  /** Underruns of the last clips with this buffering. */
  let recentUnderruns: number[] = [];
  let cleanClips = 0;
  /** How often an output with each buffering stalled since one last accepted sound. */
  const stalls: Record<Buffering, number> = { low: 0, normal: 0, high: 0 };

  function change(to: Buffering): void {
    if (to === buffering) return;
    buffering = to;
    recentUnderruns = [];
    cleanClips = 0;
  }

  function decreaseWhenClean(): void {
    const less = bufferings[bufferings.indexOf(buffering) - 1];
    if (less === undefined) return;
    const cleanClipsNeeded = cleanClipsMin * 2 ** Math.min(stalls[less], doublingsMax);
    if (cleanClips >= cleanClipsNeeded) change(less);
  }

  return {
    get buffering() {
      return buffering;
    },
    get targetDelayMs() {
      return targetDelayMs;
    },
    played(feedback) {
      targetDelayMs = feedback.targetDelayMs ?? targetDelayMs;
      stalls[feedback.buffering] = 0;
      // It began before an earlier clip raised the buffering.
      if (bufferings.indexOf(feedback.buffering) < bufferings.indexOf(buffering)) return;
      if (feedback.buffering !== buffering) return change(feedback.buffering);
      recentUnderruns = [...recentUnderruns, feedback.underruns].slice(-recentClipsMax);
      cleanClips = feedback.underruns === 0 ? cleanClips + 1 : 0;
      const sum = recentUnderruns.reduce((all, underruns) => all + underruns, 0);
      if (sum >= underrunsMax) change(increased(buffering));
      else decreaseWhenClean();
    },
    stalled() {
      stalls[buffering] += 1;
      cleanClips = 0;
      if (buffering !== "high") return change(increased(buffering));
      // Not even the largest buffering helped: the sound server itself had stopped.
      for (const any of bufferings) stalls[any] = 0;
      change("low");
    },
  };
}
