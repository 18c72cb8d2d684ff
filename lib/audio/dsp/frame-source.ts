/** The interface between playback and the source of its frames: a jitter buffer, or a clip that is complete. */
import { chunkMs, frameMs } from "./format.ts";

export interface EncodedFrame {
  /** Counts from any number, one a frame, modulo 2^32. */
  sequence: number;
  /** When the first sample was captured, µs, on the sender's clock. Only latency statistics use it. */
  capturedAt: number;
  /** One Opus packet of 20 ms. */
  payload: Uint8Array;
}

/** What the player has to play next. */
export type PlayoutDecision =
  /** Decode this frame: 20 ms. */
  | { type: "frame"; frame: EncodedFrame }
  /** Packet loss concealment: the decoder extrapolates 20 ms from the last frames. */
  | { type: "conceal" }
  /** `chunkMs` of silence: the buffer fills, or no frame has come for long. */
  | { type: "silence" }
  /** `chunkMs` of the background noise of the pause, which the decoder generates. */
  | { type: "comfort-noise" }
  /** The stream has ended and every frame was taken. */
  | { type: "done" };

export interface PlayoutStats {
  /** Frames that were given out to be decoded. */
  played: number;
  /** Frames that were concealed. */
  concealed: number;
  /** Frames that arrived and were not played: duplicates, late ones, and those dropped to reduce the delay. */
  dropped: number;
  /** Frames of speech that never arrived or were dropped, and that no concealment replaced. */
  missing: number;
  /** Interarrival jitter, ms, as RFC 3550 section 6.4.1 estimates it. */
  jitterMs: number;
  /** The target delay with which the next stream over the same network begins, ms; absent where nothing was measured. */
  nextTargetDelayMs?: number;
}

export interface FrameSource {
  /** Accepts a frame that arrived at `arrivedAt`, µs, on the receiver's monotonic clock. The object itself is given out. */
  push(frame: EncodedFrame, arrivedAt: number): void;
  /** Decides what is played next. The caller asks again when that has been played. */
  take(): PlayoutDecision;
  /** No frame will be pushed any more. */
  end(): void;
  readonly stats: Readonly<PlayoutStats>;
}

/** How long a decision plays, ms. */
export function durationMs({ type }: PlayoutDecision): number {
  return type === "silence" || type === "comfort-noise" ? chunkMs : frameMs;
}
