/** Gives the frames of one speaker their places in the stream, and tells speech from the silence between. */
import { limits } from "../../protocol/limits.ts";
import { frameMs } from "./format.ts";
import type { ArrivingFrame } from "./jitter-buffer.ts";

export interface PlacedFrame {
  frame: ArrivingFrame;
  /** Its place in the stream, counted from the first frame, or from the first after a jump. */
  atMs: number;
  /**
   * "no": a packet of DTX, or a long one between two of them, which tells how the silence sounds. "maybe": a long one
   * behind one of DTX; the next frame will tell.
   */
  speech: "yes" | "maybe" | "no";
  /** How many frames of speech are missing right before it: what lay between two silent frames was none. */
  missingBefore: number;
  /** Frames are missing right before it. */
  afterGap: boolean;
  /** It is more than 60 s away from the one before: a new beginning. */
  jumps: boolean;
}

export interface FrameOrder {
  /** Frames in the order in which they come; undefined for one that is no packet, or not behind all before it. */
  place(frame: ArrivingFrame): PlacedFrame | undefined;
}

const jumpFramesMax = 60_000 / frameMs;
/** Packets that are not longer hold no speech: those of DTX have 1 or 2 bytes. */
const silentBytesMax = 10;

/** For one stream; numbers count modulo 2^32. */
export function createFrameOrder(): FrameOrder {
  let newest: PlacedFrame | undefined;

  return {
    place(frame) {
      const step = newest ? distance(newest.frame.sequence, frame.sequence) : 0;
      const jumps = Math.abs(step) > jumpFramesMax;
      if (frame.payload.length > limits.packetBytesMax || (newest && step <= 0 && !jumps)) return undefined;
      const isLong = frame.payload.length > silentBytesMax;
      if (newest?.speech === "maybe") judge(newest, isLong);
      const speech = isLong ? (newest?.speech === "no" ? "maybe" : "yes") : "no";
      const gap = jumps ? 0 : Math.max(0, step - 1);
      const missingBefore = newest?.speech === "no" && speech === "no" ? 0 : gap;
      const atMs = jumps ? 0 : (newest?.atMs ?? 0) + step * frameMs;
      newest = { frame, atMs, speech, missingBefore, afterGap: step > 1, jumps };
      return newest;
    },
  };
}

/** What a long frame behind a silent one was, by the one that follows it. */
function judge(doubtful: PlacedFrame, isNextLong: boolean): void {
  doubtful.speech = isNextLong ? "yes" : "no";
  if (!isNextLong) doubtful.missingBefore = 0;
}

/** How far `to` lies after `from`, negative when before, also across the wrap of the number. */
function distance(from: number, to: number): number {
  return (to - from) | 0;
}
