/** One speaker on the way to the output: frames are decoded, cut into chunks, made louder or softer, and measured. */
import type { Decoder } from "../codec/codec.ts";
import { chunkSamples, codecDelayMs } from "../dsp/format.ts";
import type { ArrivingFrame, JitterBuffer } from "../dsp/jitter-buffer.ts";
import type { MixerInput } from "../dsp/mixer.ts";
import type { PlaybackReport } from "../events.ts";
import { createPlayMeasure } from "./latency-statistics.ts";

/** `arrivedAt`: when the client got it, µs, on the same clock as `capturedAt`. */
export interface TimedFrame extends ArrivingFrame {
  arrivedAt: number;
}

export interface Stream {
  /** Without a decoder there is silence, and the frames wait. */
  decoder: Decoder | undefined;
  /** 0 to 2; a change takes one chunk. */
  gain: number;
  /** Takes in a frame at `atMicros`, on a clock that nobody sets. */
  push(frame: TimedFrame, atMicros: number): void;
  /** Nothing will be pushed any more. */
  end(): void;
  /** The next chunk, which is made at `now` (µs, the clock of `capturedAt`). */
  next(now: number): MixerInput;
  /** The chunk that `next` gave last leaves the speaker at this moment, µs. */
  heard(at: number): void;
  /** All of it was given. */
  readonly over: boolean;
  /** Where the next jitter buffer is to begin, ms; 0 where there is none. */
  readonly learnedMs: number;
  report(): Omit<PlaybackReport, "underruns">;
}

/** As long as the jitter buffer says that a silence lasts: short, so that a frame that comes waits 5 ms at most. */
const silence = new Float32Array(chunkSamples);
const nothing = new Float32Array(0);

export function createStream(buffer: JitterBuffer, gain: number): Stream {
  // The buffer hands back the very frame that it was given.
  const arrivedAt = new WeakMap<ArrivingFrame, number>();
  const measure = createPlayMeasure();
  let samples: Float32Array = silence;
  let played = silence.length;
  /** What is left of the frame of noise that the decoder invented last. */
  let noise: Float32Array = nothing;
  let gainFrom = gain;
  /** The frame that the chunk given last begins. */
  let begun: { frame: ArrivingFrame; takenAt: number } | undefined;
  let over = false;

  function nextFrame(decoder: Decoder, now: number): Float32Array {
    const taken = buffer.take();
    switch (taken.type) {
      case "frame":
        noise = nothing;
        begun = { frame: taken.frame, takenAt: now };
        return decoder.decode(taken.frame.payload);
      case "conceal":
        return decoder.decode(null);
      case "silence":
        return silence;
      case "noise":
        return nextNoise(decoder);
      case "done":
        over = true;
        return silence;
    }
  }

  /** The decoder takes what is missing behind a packet of DTX for one more of them: it goes on as the pause sounds. */
  function nextNoise(decoder: Decoder): Float32Array {
    if (noise.length === 0) noise = decoder.decode(null);
    const chunk = noise.subarray(0, chunkSamples);
    noise = noise.subarray(chunkSamples);
    return chunk;
  }

  const stream: Stream = {
    decoder: undefined,
    gain,
    get over() {
      return over;
    },
    get learnedMs() {
      return buffer.stats.learnedMs;
    },
    push(frame, atMicros) {
      arrivedAt.set(frame, frame.arrivedAt);
      buffer.push(frame, atMicros);
    },
    end: () => buffer.end(),
    next(now) {
      if (played >= samples.length) {
        samples = stream.decoder ? nextFrame(stream.decoder, now) : silence;
        played = 0;
      }
      const chunk = samples.subarray(played, played + chunkSamples);
      played += chunkSamples;
      const input = { samples: chunk, gainFrom, gainTo: stream.gain };
      gainFrom = stream.gain;
      return input;
    },
    heard(at) {
      if (!begun) return;
      const { frame, takenAt } = begun;
      const arrived = arrivedAt.get(frame);
      if (arrived !== undefined) {
        const heardAt = at + codecDelayMs * 1000;
        measure.add({ capturedAt: frame.capturedAt, arrivedAt: arrived, takenAt, heardAt });
      }
      begun = undefined;
    },
    report() {
      const { taken, concealed, dropped, missing, jitterMs } = buffer.stats;
      return { frames: taken, concealed, dropped, missing, jitterMs, ...measure.result() };
    },
  };
  return stream;
}
