/** One turn at the microphone: chunks from the device become levels and numbered Opus packets. */
import type { Encoder } from "./codec.ts";
import { type AudioSystem, describeError, type Microphone } from "./device.ts";
import type { CaptureEndReason, VoiceError, VoiceEvent } from "./events.ts";
import { frameMs, frameSamples, framesPerSecond } from "./format.ts";
import { rmsDbfs } from "./level.ts";

export interface Capture {
  /** Ends the turn now; `ended` is told once, and nothing after it. */
  end(reason: CaptureEndReason): void;
  /** Settles when the device is closed. */
  readonly closed: Promise<void>;
}

export interface CaptureOptions {
  system: AudioSystem;
  /** The microphone is opened when this resolves: an encoder is there and the turn before has closed the device. */
  encoder: Promise<Encoder>;
  /** Ends by itself, with reason "done", after this many frames. */
  frames: number;
  /** µs since 1970. */
  now: () => number;
  report: (event: VoiceEvent) => void;
}

const framesPerLevel = framesPerSecond / 10;
const frameMicros = frameMs * 1000;

/** Opens the microphone and reports until the last frame; what goes wrong is reported as the end of the turn. */
export function startCapture(options: CaptureOptions): Capture {
  const { system, report } = options;
  const heard = new Int16Array(frameSamples * framesPerLevel);
  const startOf = captureClock();
  let pending = 0;
  let sequence = 0;
  let ended = false;
  let encoder: Encoder | undefined;
  let microphone: Microphone | undefined;
  const closing = Promise.withResolvers<void>();

  async function open(): Promise<void> {
    encoder = await options.encoder;
    if (!ended) microphone = system.openMicrophone({}, onChunk, fail);
  }

  function onChunk(samples: Int16Array): void {
    if (ended) return;
    if (sequence === 0 && pending === 0) report({ type: "capture-started" });
    for (let at = 0; at < samples.length && !ended; ) {
      const start = (sequence % framesPerLevel) * frameSamples;
      const room = Math.min(frameSamples - pending, samples.length - at);
      heard.set(samples.subarray(at, at + room), start + pending);
      pending += room;
      at += room;
      if (pending === frameSamples) onFrame(heard.subarray(start, start + frameSamples));
    }
  }

  function onFrame(frame: Int16Array): void {
    if (!encoder) return;
    const capturedAt = startOf(sequence, options.now());
    report({ type: "captured", sequence, capturedAt, payload: encoder.encode(frame) });
    pending = 0;
    sequence++;
    if (sequence % framesPerLevel === 0) report({ type: "level", dbfs: rmsDbfs(heard) });
    if (sequence === options.frames) end("done");
  }

  function end(reason: CaptureEndReason, error?: VoiceError): void {
    if (ended) return;
    ended = true;
    report({ type: "capture-ended", reason, ...(error ? { error } : {}) });
    opening
      .then(() => microphone?.close())
      .finally(() => {
        encoder?.free();
        closing.resolve();
      });
  }

  function fail(error: unknown): void {
    end("device", describeError(error));
  }

  const opening = open().catch(fail);
  return { end: (reason) => end(reason), closed: closing.promise };
}

/**
 * When frames were captured, from when they arrived. Arrival is late by what the process was busy with, never
 * early: so the earliest one counts, give or take 1 ms a second for the microphone's clock running unlike ours.
 */
function captureClock(): (sequence: number, arrivedAt: number) => number {
  const driftMicros = frameMicros / 1000;
  let start = Number.POSITIVE_INFINITY;
  return (sequence, arrivedAt) => {
    start = Math.min(start + driftMicros, arrivedAt - (sequence + 1) * frameMicros);
    return Math.round(start + sequence * frameMicros);
  };
}
