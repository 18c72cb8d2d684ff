/** The sound system of one session: loaded after the welcome, so that it does not delay joining. */
import type { AudioClient } from "../../audio/audio-client.ts";
import type { AudioError, AudioEvent } from "../../audio/events.ts";
import { sentenceOf } from "../../base/failure.ts";
import type { ChatEffect } from "../core/chat-io.ts";

/** The sound system, as a session uses it. */
export type AudioPort = Omit<AudioClient, "devices">;

export type OpenAudio = (onEvent: (event: AudioEvent) => void) => Promise<AudioPort>;

/** The effects for the sound system. */
export type AudioEffect = Extract<
  ChatEffect,
  {
    type:
      | "record"
      | "stop-recording"
      | "cancel-recording"
      | "play"
      | "replay"
      | "gain"
      | "play-frame"
      | "play-end";
  }
>;

export interface Audio {
  /** Begins to load; called once. */
  open(): void;
  /** Runs an effect; effects wait, in their order, until the sound system is loaded. */
  run(effect: AudioEffect): void;
  close(): Promise<void>;
}

/** The sound system; without `openAudio`, effects do nothing. */
export function createAudio(openAudio: OpenAudio | undefined, onEvent: (event: AudioEvent) => void): Audio {
  let audio: AudioPort | undefined;
  let opening: Promise<AudioPort | undefined> | undefined;

  async function load(): Promise<AudioPort | undefined> {
    try {
      audio = await openAudio?.(onEvent);
      audio?.warm();
    } catch (thrown) {
      // The chat outlives its sound system.
      audio = failedAudio({ code: "audio-failed", message: sentenceOf(thrown) }, onEvent);
    }
    return audio;
  }

  return {
    open() {
      opening = load();
    },
    run(effect) {
      if (audio === undefined) void opening?.then((opened) => opened && runEffect(opened, effect));
      else runEffect(audio, effect);
    },
    async close() {
      await (await opening)?.close();
    },
  };
}

/** In place of a sound system that could not be loaded: says so when it is used. */
function failedAudio(error: AudioError, onEvent: (event: AudioEvent) => void): AudioPort {
  const answer = (event: AudioEvent): void => queueMicrotask(() => onEvent(event));
  const nothing = (): void => {};
  return {
    warm: nothing,
    record: () => answer({ type: "capture-ended", reason: "device", error }),
    stop: nothing,
    cancel: nothing,
    play: (stream) => answer({ type: "playback-failed", stream, error }),
    frame: nothing,
    replay: (stream) => answer({ type: "playback-failed", stream, error }),
    gain: nothing,
    end: nothing,
    close: () => Promise.resolve(),
  };
}

function runEffect(audio: AudioPort, effect: AudioEffect): void {
  switch (effect.type) {
    case "record":
      return audio.record(effect.seconds);
    case "stop-recording":
      return audio.stop();
    case "cancel-recording":
      return audio.cancel();
    case "play":
      return audio.play(effect.stream, effect.gain);
    case "replay":
      return audio.replay(effect.stream, effect.packets, effect.gain);
    case "gain":
      return audio.gain(effect.stream, effect.gain);
    case "play-frame": {
      const { stream, sequence, capturedAt, payload } = effect.frame;
      return audio.frame(stream, sequence, capturedAt, payload);
    }
    case "play-end":
      return audio.end(effect.stream, effect.how);
    default:
      effect satisfies never;
  }
}
