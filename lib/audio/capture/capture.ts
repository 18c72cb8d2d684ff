/** One turn at the microphone: chunks from the device become levels and numbered Opus packets. */

import type { Encoder } from "../codec/codec.ts";
import { type AudioSystem, type DeviceChoice, describeError, type Microphone } from "../device.ts";
import { createAutoGain } from "../dsp/auto-gain.ts";
import { frameMs, frameSamples, framesPerSecond, sampleRate } from "../dsp/format.ts";
import { createMeter } from "../dsp/level.ts";
import type { AudioError, AudioEvent, CaptureEndReason } from "../events.ts";

export interface Capture {
  /** Ends the turn now; `capture-ended` is reported once, and nothing after it. What was said is kept, unless it is cancelled. */
  end(reason: CaptureEndReason): void;
  /** Settles when the device is closed. */
  readonly closed: Promise<void>;
}

export interface CaptureOptions {
  system: AudioSystem;
  /** Without it, the default input. */
  device?: DeviceChoice | undefined;
  /** Whether quiet voices are made louder and loud ones quieter. */
  autoGain: boolean;
  /** The microphone is opened when this settles: the turn before has closed the device. Without it, at once. */
  after?: Promise<void> | undefined;
  /** May come later than the first sound, which is kept for it. */
  encoder: Promise<Encoder>;
  /** Ends by itself, with reason "done", after this many frames. */
  frames: number;
  /** µs since 1970. */
  now: () => number;
  report: (event: AudioEvent) => void;
}

interface Frame {
  sequence: number;
  /** µs since 1970. */
  capturedAt: number;
  samples: Int16Array;
}

/** An encoder that is not there after five seconds will not come. */
const waitingFramesMax = 5 * framesPerSecond;
const frameMicros = frameMs * 1000;

/** Opens the microphone and reports until the last frame; what goes wrong is reported as the end of the turn. */
export function startCapture(options: CaptureOptions): Capture {
  const { system, report, now } = options;
  const clock = createCaptureClock();
  const framer = createFramer();
  // The meter shows the microphone as it is: gain would hide that it is muted, or too loud.
  const meter = createMeter();
  const encoding = createEncoding(options, onEncoder);
  let sequence = 0;
  let microphone: Microphone | undefined;
  let ending: { reason: CaptureEndReason; error?: AudioError } | undefined;
  let ended = false;
  const closed = Promise.withResolvers<void>();

  async function open(): Promise<void> {
    await options.after;
    if (ending) return;
    microphone = system.openMicrophone({ device: options.device }, onChunk, fail);
    const { notice } = microphone;
    if (notice !== undefined) report({ type: "notice", code: "default-device", message: notice });
  }

  function onChunk(samples: Int16Array): void {
    if (ending) return;
    if (!clock.runs) report({ type: "capture-started" });
    clock.heard(samples.length, now());
    for (const frame of framer.cut(samples)) if (!ending) onFrame(frame);
  }

  function onFrame(samples: Int16Array): void {
    encoding.add({ sequence, capturedAt: clock.startOf(sequence), samples });
    sequence++;
    const level = meter.add(samples);
    if (level) report({ type: "level", ...level });
    if (sequence === options.frames) end("done");
    else if (encoding.waiting > waitingFramesMax) {
      encoding.drop();
      fail(new Error("the encoder does not start"));
    }
  }

  function onEncoder(error?: unknown): void {
    if (error !== undefined) ending = { reason: "device", error: describeError(error) };
    if (ending) conclude(ending);
  }

  function end(reason: CaptureEndReason, error?: AudioError): void {
    if (ending) return;
    ending = { reason, ...(error ? { error } : {}) };
    if (reason === "cancelled") encoding.drop();
    if (encoding.waiting === 0) conclude(ending);
  }

  function conclude(how: NonNullable<typeof ending>): void {
    if (ended) return;
    ended = true;
    const { sound } = meter;
    report({ type: "capture-ended", ...how, ...(sound ? { sound } : {}) });
    const microphoneClosed = opening.then(() => microphone?.close());
    void Promise.allSettled([microphoneClosed, encoding.free()]).then(() => closed.resolve());
  }

  function fail(error: unknown): void {
    end("device", describeError(error));
  }

  const opening = open().catch(fail);
  return { end: (reason) => end(reason), closed: closed.promise };
}

interface Encoding {
  add(frame: Frame): void;
  /** How many frames wait for the encoder. */
  readonly waiting: number;
  /** Forgets those that wait. */
  drop(): void;
  /** Settles when there is an encoder and it is freed. */
  free(): Promise<void>;
}

/**
 * Reports frames as Opus packets, in order; those that come before the encoder does are kept for it. `onEncoder` is
 * called once, when all of them are reported or, with the error, when there will be no encoder.
 */
function createEncoding(options: CaptureOptions, onEncoder: (error?: unknown) => void): Encoding {
  const { report } = options;
  const autoGain = options.autoGain ? createAutoGain() : undefined;
  let waiting: Frame[] = [];
  let encoder: Encoder | undefined;

  function encode(encoder: Encoder, { sequence, capturedAt, samples }: Frame): void {
    const payload = encoder.encode(autoGain?.apply(samples) ?? samples);
    report({ type: "captured", sequence, capturedAt, payload });
  }

  function start(ready: Encoder): void {
    encoder = ready;
    for (const frame of waiting) encode(ready, frame);
    waiting = [];
    onEncoder();
  }

  options.encoder.then(start, onEncoder);
  return {
    add(frame) {
      if (encoder) encode(encoder, frame);
      else waiting.push(frame);
    },
    get waiting() {
      return waiting.length;
    },
    drop() {
      waiting = [];
    },
    free: () => options.encoder.then((encoder) => encoder.free()),
  };
}

/** Makes frames of 20 ms out of pieces of any length. */
function createFramer(): { cut(samples: Int16Array): Int16Array[] } {
  let frame = new Int16Array(frameSamples);
  let filled = 0;
  return {
    cut(samples) {
      const full: Int16Array[] = [];
      for (let at = 0; at < samples.length; ) {
        const length = Math.min(frameSamples - filled, samples.length - at);
        frame.set(samples.subarray(at, at + length), filled);
        at += length;
        filled += length;
        if (filled < frameSamples) break;
        full.push(frame);
        frame = new Int16Array(frameSamples);
        filled = 0;
      }
      return full;
    },
  };
}

/**
 * When frames were captured, µs, from when their samples arrived. Arrival is late by what the process was busy with,
 * never early: so the earliest one counts, give or take 1 ms a second for the microphone's clock running unlike ours.
 */
function createCaptureClock() {
  let start = Number.POSITIVE_INFINITY;
  let samplesHeard = 0;
  return {
    get runs() {
      return samplesHeard > 0;
    },
    heard(samples: number, arrivedAt: number): void {
      samplesHeard += samples;
      start = Math.min(start + toMicros(samples) / 1000, arrivedAt - toMicros(samplesHeard));
    },
    startOf: (sequence: number): number => Math.round(start + sequence * frameMicros),
  };
}

function toMicros(samples: number): number {
  return (samples / sampleRate) * 1_000_000;
}
