/** Tries the microphone and the speaker as a transmission in a room would use them. */
import type { AudioClient } from "../../audio/audio-client.ts";
import type { AudioDevice } from "../../audio/device.ts";
import { frameMs } from "../../audio/dsp/format.ts";
import type { AudioEvent } from "../../audio/events.ts";
import { createAudioClient } from "../../audio/helper/audio-client.ts";
import { withTimeout } from "../../base/timeout.ts";
import type { ChosenDevices } from "../desktop/chosen-devices.ts";
import { devicesOf } from "../desktop/devices.ts";
import type { CaptureTrial, PlaybackTrial } from "./sound-findings.ts";

/** A microphone and a speaker to try. */
export interface SoundTrial {
  /** Rejects with a sentence that says what is missing. */
  devices(): Promise<AudioDevice[]>;
  capture(): Promise<CaptureTrial>;
  play(): Promise<PlaybackTrial>;
  close(): Promise<void>;
}

const captureSeconds = 1;
/**
 * 1.8 s of 20 ms frames. The output needs the first half second to learn how much the sound server takes at a time, and
 * an underrun is detected some 400 ms after it happened.
 */
export const playFrames = 90;
/** Longer than any working device takes; a frozen sound server never answers. */
const deviceTimeoutMs = 5_000;
const noAnswer =
  "The device does not answer: unplug it, or restart the sound server (PipeWire or PulseAudio), and try again.";

/** Opus: one 20 ms frame of silence (RFC 6716 section 3.1: fullband CELT, mono, one frame). */
const silence = Uint8Array.of(0xf8, 0xff, 0xfe);
const stream = 1;

/** Prepares the audio client; opens no device yet. */
export function openSoundTrial(choice: ChosenDevices): SoundTrial {
  let handleEvent: (event: AudioEvent) => void = () => {};
  const voice = createAudioClient({ ...choice, onEvent: (event) => handleEvent(event) });
  return {
    devices: () => devicesOf(voice),
    capture() {
      const { promise, resolve } = Promise.withResolvers<CaptureTrial>();
      const trial: CaptureTrial = { levelsDbfs: [], encodeMs: [] };
      handleEvent = (event) => {
        if (applyCaptureEvent(trial, event)) resolve(trial);
      };
      voice.record(captureSeconds);
      return withTimeout(deviceTimeoutMs, promise, noAnswer).catch(() => ({ ...trial, failure: noAnswer }));
    },
    play() {
      const { promise, resolve } = Promise.withResolvers<PlaybackTrial>();
      const trial: PlaybackTrial = {};
      handleEvent = (event) => {
        if (applyPlaybackEvent(trial, event)) resolve(trial);
      };
      const stop = feedSilence(voice);
      return withTimeout(deviceTimeoutMs, promise, noAnswer)
        .catch(() => ({ ...trial, failure: noAnswer }))
        .finally(stop);
    },
    close: () => voice.close(),
  };
}

/** Returns true when the recording is over. */
function applyCaptureEvent(trial: CaptureTrial, event: AudioEvent): boolean {
  switch (event.type) {
    case "level":
      trial.levelsDbfs.push(event.dbfs);
      return false;
    case "captured":
      trial.encodeMs.push(Math.max(0, nowMs() - event.capturedAt / 1_000 - frameMs));
      return false;
    case "notice":
      trial.notice = event.message;
      return false;
    case "capture-ended":
      if (event.error !== undefined) trial.failure = event.error.message;
      if (event.sound !== undefined) trial.sound = event.sound;
      return true;
    default:
      return false;
  }
}

/** Returns true when the playback is over. */
function applyPlaybackEvent(trial: PlaybackTrial, event: AudioEvent): boolean {
  switch (event.type) {
    case "notice":
      trial.notice = event.message;
      return false;
    case "playback-failed":
      trial.failure = event.error.message;
      return true;
    case "played":
      trial.report = event;
      return true;
    default:
      return false;
  }
}

/** Feeds frames of silence in real time, as a room delivers voice. Returns a function that stops it. */
function feedSilence(voice: AudioClient): () => void {
  voice.play(stream, 1);
  let sequence = 0;
  const feeding = setInterval(() => {
    if (sequence < playFrames) voice.frame(stream, sequence++, Math.round(nowMs() * 1_000), silence);
    else {
      clearInterval(feeding);
      voice.end(stream, "drain");
    }
  }, frameMs);
  return () => clearInterval(feeding);
}

/** Unix time in ms, with a finer resolution than Date.now. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
