/** Tries the microphone and the speaker out, as a turn in a room would use them. */
import type { AudioClient } from "../../audio/audio-client.ts";
import type { AudioDevice } from "../../audio/device.ts";
import { frameMs } from "../../audio/dsp/format.ts";
import type { AudioEvent } from "../../audio/events.ts";
import { createAudioClient } from "../../audio/helper/audio-client.ts";
import { withTimeout } from "../../base/timeout.ts";
import type { ChosenDevices } from "../desktop/chosen-devices.ts";
import { devicesOf } from "../desktop/devices.ts";
import type { Listened, Played } from "./sound-findings.ts";

/** A microphone and a speaker to try. */
export interface SoundTrial {
  /** Rejects with a sentence that says what is missing. */
  devices(): Promise<AudioDevice[]>;
  listen(): Promise<Listened>;
  play(): Promise<Played>;
  close(): Promise<void>;
}

const listenSeconds = 1;
/**
 * 1.8 s: the first half second tells how much the sound server takes at a time, which most of the frames have to know
 * of, and what the output runs out of is found some 400 ms later.
 */
export const playFrames = 90;
/** Longer than any device takes that works; a frozen sound server takes for ever. */
const patienceMs = 5_000;
const tooLong =
  "The device does not answer: unplug it, or restart the sound server (PipeWire or PulseAudio), and try again.";

/** Opus: one 20 ms frame of silence (RFC 6716 section 3.1: fullband CELT, mono, one frame). */
const silence = Uint8Array.of(0xf8, 0xff, 0xfe);
const stream = 1;

/** Loads what reaches the devices, and opens none yet. */
export function openSoundTrial(choice: ChosenDevices): SoundTrial {
  let hear: (event: AudioEvent) => void = () => {};
  const voice = createAudioClient({ ...choice, onEvent: (event) => hear(event) });
  return {
    devices: () => devicesOf(voice),
    listen() {
      const { promise, resolve } = Promise.withResolvers<Listened>();
      const heard: Listened = { levelsDbfs: [], encodeMs: [] };
      hear = (event) => {
        if (takeListened(heard, event)) resolve(heard);
      };
      voice.record(listenSeconds);
      return withTimeout(patienceMs, promise, tooLong).catch(() => ({ ...heard, failure: tooLong }));
    },
    play() {
      const { promise, resolve } = Promise.withResolvers<Played>();
      const played: Played = {};
      hear = (event) => {
        if (takePlayed(played, event)) resolve(played);
      };
      const stop = feedSilence(voice);
      return withTimeout(patienceMs, promise, tooLong)
        .catch(() => ({ ...played, failure: tooLong }))
        .finally(stop);
    },
    close: () => voice.close(),
  };
}

/** True when the recording is over. */
function takeListened(heard: Listened, event: AudioEvent): boolean {
  switch (event.type) {
    case "level":
      heard.levelsDbfs.push(event.dbfs);
      return false;
    case "captured":
      heard.encodeMs.push(Math.max(0, nowMs() - event.capturedAt / 1_000 - frameMs));
      return false;
    case "notice":
      heard.notice = event.message;
      return false;
    case "capture-ended":
      if (event.error !== undefined) heard.failure = event.error.message;
      if (event.sound !== undefined) heard.sound = event.sound;
      return true;
    default:
      return false;
  }
}

/** True when the playing is over. */
function takePlayed(played: Played, event: AudioEvent): boolean {
  switch (event.type) {
    case "notice":
      played.notice = event.message;
      return false;
    case "playback-failed":
      played.failure = event.error.message;
      return true;
    case "played":
      played.report = event;
      return true;
    default:
      return false;
  }
}

/** Plays silence in the time that it takes, for that is how voice comes in; the result stops it. */
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

/** ms since 1970, finer than Date.now tells it. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
