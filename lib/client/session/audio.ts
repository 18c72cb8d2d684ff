/** The sound system of one session: loaded after the welcome, so that it does not delay joining. */
import type { AudioClient } from "../../audio/audio-client.ts";
import type { AudioEvent } from "../../audio/events.ts";
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
    audio = await openAudio?.(onEvent);
    audio?.warm();
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
