/** Everything that is heard at the moment: a jitter buffer and a decoder for each speaker, mixed into one output. */
import type { Decoder } from "./codec.ts";
import { type AudioSystem, describeError, type Speaker } from "./device.ts";
import type { PlaybackReport, VoiceEvent } from "./events.ts";
import { chunkSamples } from "./format.ts";
import { type ArrivingFrame, createJitterBuffer, type JitterBuffer } from "./jitter-buffer.ts";
import { mix } from "./mixer.ts";

export interface Playout {
  /** A speaker begins. The first one opens the output, which is then fed without a pause. */
  begin(stream: number): void;
  frame(stream: number, frame: ArrivingFrame): void;
  /** "drain" plays what has come, "cut" drops it; either way `played` is reported at the end. */
  end(stream: number, how: "drain" | "cut"): void;
  /** Drops everybody; settles when what the output had taken was played and it is closed. */
  close(): Promise<void>;
}

export interface PlayoutOptions {
  system: AudioSystem;
  createDecoder: () => Promise<Decoder>;
  /** µs since 1970. */
  now: () => number;
  report: (event: VoiceEvent) => void;
  /** Called for each chunk that the output took, 100 times a second. */
  onProgress: () => void;
}

/** One speaker. */
interface Voice {
  stream: number;
  buffer: JitterBuffer;
  decoder: Decoder | undefined;
  /** The frame being played, and how much of it has been. */
  samples: Float32Array;
  played: number;
  over: boolean;
  delaysMicros: number[];
}

/** As long as the jitter buffer says that a silence lasts: short, so that a frame that comes waits 10 ms at most. */
const silence = new Float32Array(chunkSamples);

export function createPlayout(options: PlayoutOptions): Playout {
  const { system, report } = options;
  const voices = new Map<number, Voice>();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    let speaker: Speaker | undefined;
    try {
      speaker = system.openSpeaker({ buffering: "normal" });
      const out = new Int16Array(chunkSamples);
      while (voices.size > 0) {
        mix([...voices.values()].map(nextChunk), out);
        // The stream keeps what it was given until it is played: each write needs memory of its own.
        await speaker.write(out.slice());
        options.onProgress();
        for (const voice of [...voices.values()].filter((one) => one.over)) finish(voice);
      }
    } catch (error) {
      fail(error);
    }
    await speaker?.close();
  }

  /** The next 10 ms of a speaker. */
  function nextChunk(voice: Voice): Float32Array {
    if (voice.played >= voice.samples.length) {
      voice.samples = nextFrame(voice);
      voice.played = 0;
    }
    const chunk = voice.samples.subarray(voice.played, voice.played + chunkSamples);
    voice.played += chunkSamples;
    return chunk;
  }

  function nextFrame(voice: Voice): Float32Array {
    if (!voice.decoder) return silence;
    const taken = voice.buffer.take();
    switch (taken.kind) {
      case "frame":
        voice.delaysMicros.push(options.now() - taken.frame.capturedAt);
        return voice.decoder.decode(taken.frame.payload);
      case "conceal":
        return voice.decoder.decode(null);
      case "silence":
        return silence;
      case "done":
        voice.over = true;
        return silence;
    }
  }

  function finish(voice: Voice): void {
    if (!voices.delete(voice.stream)) return;
    voice.decoder?.free();
    voice.decoder = undefined;
    report({ type: "played", stream: voice.stream, ...describe(voice) });
  }

  function fail(error: unknown): void {
    for (const voice of voices.values()) {
      voice.decoder?.free();
      report({ type: "playback-failed", stream: voice.stream, error: describeError(error) });
    }
    voices.clear();
  }

  async function giveDecoder(voice: Voice): Promise<void> {
    const decoder = await options.createDecoder();
    if (voices.get(voice.stream) === voice) voice.decoder = decoder;
    else decoder.free();
  }

  function loop(): void {
    running = run().finally(() => {
      running = undefined;
      // Somebody began while the output was closing.
      if (voices.size > 0) loop();
    });
  }

  return {
    begin(stream) {
      if (voices.has(stream)) return;
      const voice = newVoice(stream);
      voices.set(stream, voice);
      giveDecoder(voice).catch(fail);
      if (!running) loop();
    },
    frame(stream, frame) {
      voices.get(stream)?.buffer.push(frame, options.now());
    },
    end(stream, how) {
      const voice = voices.get(stream);
      if (!voice) return;
      voice.buffer.end();
      if (how === "cut") finish(voice);
    },
    async close() {
      for (const voice of [...voices.values()]) finish(voice);
      await running;
    },
  };
}

function newVoice(stream: number): Voice {
  return {
    stream,
    buffer: createJitterBuffer(),
    decoder: undefined,
    samples: silence,
    played: silence.length,
    over: false,
    delaysMicros: [],
  };
}

function describe({ buffer, delaysMicros }: Voice): PlaybackReport {
  const { taken, concealed, dropped, jitterMs } = buffer.stats;
  const sorted = delaysMicros.toSorted((a, b) => a - b);
  const ms = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / 1000;
  const measured = sorted.length > 0 ? { delayMs: { median: ms(0.5), p95: ms(0.95) } } : {};
  return { frames: taken, concealed, dropped, jitterMs, ...measured };
}
