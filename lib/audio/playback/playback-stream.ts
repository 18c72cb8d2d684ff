/** One stream on its way to the mixer: frames are decoded, cut into chunks, given a gain, and their delay is measured. */
import type { Decoder } from "../codec/codec.ts";
import { chunkSamples, codecDelayMs } from "../dsp/format.ts";
import type { EncodedFrame, FrameSource } from "../dsp/frame-source.ts";
import type { MixerInput } from "../dsp/mixer.ts";
import type { PlaybackReport } from "../events.ts";
import { createLatencyStatistics } from "./latency-statistics.ts";

export interface ReceivedFrame extends EncodedFrame {
  /** When the client received it, µs, on the clock of `capturedAt`. */
  arrivedAt: number;
}

export interface PlaybackStream {
  /** Without a decoder the stream is silent, and frames wait. */
  decoder: Decoder | undefined;
  /** 0 to 2. A change takes one chunk. */
  gain: number;
  /** Accepts a frame at `atMicros`, on a monotonic clock. */
  push(frame: ReceivedFrame, atMicros: number): void;
  /** No frame will be pushed any more. */
  end(): void;
  /** Returns the next chunk. `now`: µs, on the clock of `capturedAt`. */
  next(now: number): MixerInput;
  /** The chunk that `next` returned last leaves the speaker at this moment, µs, on the clock of `capturedAt`. */
  chunkPlayed(at: number): void;
  /** The stream has ended and every chunk was returned. */
  readonly isOver: boolean;
  /** The target delay with which the next jitter buffer begins, ms; undefined for a clip. */
  readonly nextTargetDelayMs: number | undefined;
  report(): Omit<PlaybackReport, "underruns">;
}

/** As long as a silence of the frame source: a frame that arrives meanwhile waits 5 ms at most. */
const silence = new Float32Array(chunkSamples);
const empty = new Float32Array(0);

/** `gain`: 0 to 2. */
export function createPlaybackStream(source: FrameSource, gain: number): PlaybackStream {
  // The source gives out the same objects that were pushed.
  const arrivedAt = new WeakMap<EncodedFrame, number>();
  const latency = createLatencyStatistics();
  let samples: Float32Array = silence;
  let position = silence.length;
  /** The rest of the last frame of comfort noise. */
  let comfortNoise: Float32Array = empty;
  let gainFrom = gain;
  /** The frame that the last chunk begins. */
  let begun: { frame: EncodedFrame; takenAt: number } | undefined;
  let isOver = false;

  function nextFrame(decoder: Decoder, now: number): Float32Array {
    const decision = source.take();
    switch (decision.type) {
      case "frame":
        comfortNoise = empty;
        begun = { frame: decision.frame, takenAt: now };
        return decoder.decode(decision.frame.payload);
      case "conceal":
        return decoder.decode(null);
      case "silence":
        return silence;
      case "comfort-noise":
        return nextComfortNoise(decoder);
      case "done":
        isOver = true;
        return silence;
    }
  }

  /** After a DTX packet, the concealment of the decoder is comfort noise. */
  function nextComfortNoise(decoder: Decoder): Float32Array {
    if (comfortNoise.length === 0) comfortNoise = decoder.decode(null);
    const chunk = comfortNoise.subarray(0, chunkSamples);
    comfortNoise = comfortNoise.subarray(chunkSamples);
    return chunk;
  }

  const stream: PlaybackStream = {
    decoder: undefined,
    gain,
    get isOver() {
      return isOver;
    },
    get nextTargetDelayMs() {
      return source.stats.nextTargetDelayMs;
    },
    push(frame, atMicros) {
      arrivedAt.set(frame, frame.arrivedAt);
      source.push(frame, atMicros);
    },
    end: () => source.end(),
    next(now) {
      if (position >= samples.length) {
        samples = stream.decoder ? nextFrame(stream.decoder, now) : silence;
        position = 0;
      }
      const chunk = samples.subarray(position, position + chunkSamples);
      position += chunkSamples;
      const input = { samples: chunk, gainFrom, gainTo: stream.gain };
      gainFrom = stream.gain;
      return input;
    },
    chunkPlayed(at) {
      if (!begun) return;
      const { frame, takenAt } = begun;
      const arrived = arrivedAt.get(frame);
      if (arrived !== undefined) {
        const playedAt = at + codecDelayMs * 1_000;
        latency.add({ capturedAt: frame.capturedAt, arrivedAt: arrived, takenAt, playedAt });
      }
      begun = undefined;
    },
    report() {
      const { played, concealed, dropped, missing, jitterMs } = source.stats;
      return { frames: played, concealed, dropped, missing, jitterMs, ...latency.summary() };
    },
  };
  return stream;
}
