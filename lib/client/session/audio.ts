/** The voice of one stay: loaded after the welcome, so that it delays nobody's coming in. */
import type { AudioClient } from "../../audio/audio-client.ts";
import type { AudioEvent } from "../../audio/events.ts";
import type { ChatEffect } from "../core/state.ts";

/** Makes the voice; none: `--no-voice`. */
export type OpenAudio = ((onEvent: (event: AudioEvent) => void) => Promise<AudioClient>) | undefined;

/** What the chat orders of the microphone and the speaker. */
export type SoundEffect = Extract<
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

export interface Sound {
  /** Begins to load, once. */
  open(): void;
  /** Orders wait for the loading, in their order. */
  run(effect: SoundEffect): void;
  close(): Promise<void>;
}

export function createSound(openVoice: OpenAudio, onNews: (news: AudioEvent) => void): Sound {
  let voice: AudioClient | undefined;
  let opening: Promise<AudioClient | undefined> | undefined;

  async function load(): Promise<AudioClient | undefined> {
    voice = await openVoice?.(onNews);
    voice?.warm();
    return voice;
  }

  return {
    open() {
      opening = load();
    },
    run(effect) {
      if (voice === undefined) void opening?.then((opened) => opened && order(opened, effect));
      else order(voice, effect);
    },
    async close() {
      await (await opening)?.close();
    },
  };
}

function order(voice: AudioClient, effect: SoundEffect): void {
  switch (effect.type) {
    case "record":
      return voice.record(effect.seconds);
    case "stop-recording":
      return voice.stop();
    case "cancel-recording":
      return voice.cancel();
    case "play":
      return voice.play(effect.stream, effect.gain);
    case "replay":
      return voice.replay(effect.stream, effect.packets, effect.gain);
    case "gain":
      return voice.gain(effect.stream, effect.gain);
    case "play-frame": {
      const { stream, sequence, capturedAt, payload } = effect.frame;
      return voice.frame(stream, sequence, capturedAt, payload);
    }
    case "play-end":
      return voice.end(effect.stream, effect.how);
  }
}
