/** Carries from one helper process to the next what it learned about the output and the network. */
import type { Buffering } from "./device.ts";

export interface OutputMemory {
  /** How the next output begins. */
  readonly buffering: Buffering;
  /** Where the next jitter buffer begins, ms; unknown before the first clip. */
  readonly depthMs: number | undefined;
  /** A clip is over: what its output held at the end, how often that ran out, and how deep a buffer it needed. */
  learned(clip: { buffering: Buffering; underruns: number; depthMs?: number }): void;
  /**
   * The output took no sound at all. Some devices do so when they are asked to hold less than what the sound server
   * handles at a time: so little is not tried again.
   */
  stalled(): void;
}

/** From the soonest heard to the safest. */
const bufferings: readonly Buffering[] = ["low", "normal", "high"];

/** So many clips in a row without an underrun, and less is tried again: a busy machine is busy for minutes. */
const cleanClipsMin = 10;

/** The buffering after this one, which is the last one's own. */
export function more(buffering: Buffering): Buffering {
  return bufferings[bufferings.indexOf(buffering) + 1] ?? "high";
}

export function createOutputMemory(): OutputMemory {
  let least: Buffering = "low";
  let buffering: Buffering = "low";
  let depthMs: number | undefined;
  let cleanClips = 0;

  return {
    get buffering() {
      return buffering;
    },
    get depthMs() {
      return depthMs;
    },
    learned(clip) {
      depthMs = clip.depthMs ?? depthMs;
      cleanClips = clip.underruns === 0 ? cleanClips + 1 : 0;
      buffering = clip.buffering;
      if (cleanClips < cleanClipsMin) return;
      if (buffering !== least) buffering = bufferings[bufferings.indexOf(buffering) - 1] ?? least;
      cleanClips = 0;
    },
    stalled() {
      least = more(buffering);
      buffering = least;
      cleanClips = 0;
    },
  };
}
