/** Records one transmission: chunks from the microphone become levels and numbered Opus packets. */
import type { Encoder } from "../codec/codec.ts";
import type { AudioSystem, DeviceChoice, Microphone } from "../device.ts";
import { describeError } from "../device.ts";
import { createAutoGain } from "../dsp/auto-gain.ts";
import { frameMs, frameSamples, framesPerSecond, sampleRate } from "../dsp/format.ts";
import { createMeter } from "../dsp/level.ts";
import type { AudioError, AudioEvent, CaptureEndReason } from "../events.ts";

export interface Capture {
  /** Ends the recording now. `capture-ended` is reported once, after every frame; "cancelled" discards waiting frames. */
  end(reason: CaptureEndReason): void;
  /** Settles when the device is closed. */
  readonly closed: Promise<void>;
}

export interface CaptureOptions {
  system: AudioSystem;
  /** Without it, the default input. */
  device?: DeviceChoice | undefined;
  /** Applies automatic gain control. */
  autoGain: boolean;
  /** The microphone is opened when this settles: the recording before has closed it. Without it, at once. */
  after?: Promise<void> | undefined;
  /** May settle after the first samples: frames wait for it. */
  encoder: Promise<Encoder>;
  /** The recording ends with reason "done" after this many frames, at least 1. */
  frames: number;
  /** The wall clock, µs since 1970. */
  now: () => number;
  report: (event: AudioEvent) => void;
}

interface Frame {
  sequence: number;
  /** µs since 1970. */
  capturedAt: number;
  samples: Int16Array;
}

/** An encoder that has not loaded after 5 s counts as failed. */
const waitingFramesMax = 5 * framesPerSecond;
const frameMicros = frameMs * 1_000;

/** Opens the microphone and reports events until the last frame. An error is reported as the end of the recording. */
export function startCapture(options: CaptureOptions): Capture {
  const { system, report, now } = options;
  const clock = createCaptureClock();
  const framer = createFramer();
  // The meter measures before the gain, which would hide a muted or overloaded microphone.
  const meter = createMeter();
  const encoderQueue = createEncoderQueue(options, onEncoderSettled);
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
    if (!clock.isRunning) report({ type: "capture-started" });
    clock.add(samples.length, now());
    for (const frame of framer.cut(samples)) if (!ending) onFrame(frame);
  }

  function onFrame(samples: Int16Array): void {
    encoderQueue.add({ sequence, capturedAt: clock.startOf(sequence), samples });
    sequence += 1;
    const level = meter.add(samples);
    if (level) report({ type: "level", ...level });
    if (sequence === options.frames) end("done");
    else if (encoderQueue.waiting > waitingFramesMax) {
      encoderQueue.drop();
      fail(new Error("the encoder does not start"));
    }
  }

  function onEncoderSettled(error?: unknown): void {
    if (error !== undefined) ending = { reason: "device", error: describeError(error) };
    if (ending) conclude(ending);
  }

  function end(reason: CaptureEndReason, error?: AudioError): void {
    if (ending) return;
    ending = { reason, ...(error ? { error } : {}) };
    if (reason === "cancelled") encoderQueue.drop();
    if (encoderQueue.waiting === 0) conclude(ending);
  }

  function conclude(how: NonNullable<typeof ending>): void {
    if (ended) return;
    ended = true;
    const sound = meter.summary;
    report({ type: "capture-ended", ...how, ...(sound ? { sound } : {}) });
    const microphoneClosed = opening.then(() => microphone?.close());
    void Promise.allSettled([microphoneClosed, encoderQueue.free()]).then(() => closed.resolve());
  }

  function fail(error: unknown): void {
    end("device", describeError(error));
  }

  const opening = open().catch(fail);
  return { end: (reason) => end(reason), closed: closed.promise };
}

interface EncoderQueue {
  add(frame: Frame): void;
  /** Number of frames that wait for the encoder. */
  readonly waiting: number;
  /** Discards the frames that wait. */
  drop(): void;
  /** Settles when the encoder has loaded and is freed. */
  free(): Promise<void>;
}

/**
 * Reports frames as Opus packets, in order. Frames wait until the encoder has loaded. `onSettled` is called once: after
 * the waiting frames were reported, or with the error of an encoder that failed to load.
 */
function createEncoderQueue(options: CaptureOptions, onSettled: (error?: unknown) => void): EncoderQueue {
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
    onSettled();
  }

  options.encoder.then(start, onSettled);
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

/** Cuts samples that arrive in any number into frames of 20 ms. */
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
 * Derives the capture time of frames, µs, from the arrival of their samples. A chunk may arrive late because the process
 * was busy, and never early: so the earliest arrival counts. The estimate may move later by 1 ms a second, for a
 * microphone whose clock differs from the clock of the machine.
 */
function createCaptureClock() {
  let start = Number.POSITIVE_INFINITY;
  let samplesTotal = 0;
  return {
    get isRunning() {
      return samplesTotal > 0;
    },
    add(samples: number, arrivedAt: number): void {
      samplesTotal += samples;
      start = Math.min(start + toMicros(samples) / 1_000, arrivedAt - toMicros(samplesTotal));
    },
    startOf: (sequence: number): number => Math.round(start + sequence * frameMicros),
  };
}

function toMicros(samples: number): number {
  return (samples / sampleRate) * 1_000_000;
}
