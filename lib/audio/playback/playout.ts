/** Plays all current streams: each begins and ends at any time, and one output plays the mix of them. */
import type { Decoder } from "../codec/codec.ts";
import type { AudioSystem, SpeakerOptions } from "../device.ts";
import { describeError } from "../device.ts";
import { createClipFrameSource } from "../dsp/clip-frame-source.ts";
import { chunkSamples } from "../dsp/format.ts";
import type { FrameSource } from "../dsp/frame-source.ts";
import { createJitterBuffer } from "../dsp/jitter-buffer.ts";
import { createMixer } from "../dsp/mixer.ts";
import type { AudioEvent } from "../events.ts";
import type { BufferingFeedback } from "./adaptive-buffering.ts";
import type { Output } from "./output.ts";
import { openOutput } from "./output.ts";
import type { PlaybackStream, ReceivedFrame } from "./playback-stream.ts";
import { createPlaybackStream } from "./playback-stream.ts";

export interface Playout {
  /** A transmission begins. The first stream opens the output, which is then written to without a pause. */
  begin(stream: number, options: PlayoutStreamOptions): void;
  /** A frame of a transmission arrived. Frames of a stream that does not play are ignored. */
  frame(stream: number, frame: ReceivedFrame): void;
  /** Plays a clip, one packet every 20 ms. */
  replay(stream: number, packets: readonly Uint8Array[], options: PlayoutStreamOptions): void;
  /** Changes the gain of a stream, 0 to 2. */
  gain(stream: number, gain: number): void;
  /** "drain" plays the frames that have arrived, "cut" drops them. `played` is reported at the end of both. */
  end(stream: number, how: "drain" | "cut"): void;
  /** Cuts every stream. Settles when the output has played what was written, and is closed. */
  close(): Promise<void>;
}

export interface PlayoutStreamOptions {
  /** 0 to 2. */
  gain: number;
  /** The target delay with which the jitter buffer begins, 0 to 400 ms; without it, the minimum. */
  targetDelayMs?: number | undefined;
  /** How the output is opened unless it is open. */
  output: SpeakerOptions;
}

export type PlayoutReport =
  | Extract<AudioEvent, { type: "notice" | "playback-failed" | "played" }>
  /** Reported before `played`. */
  | ({ type: "buffering-feedback" } & BufferingFeedback);

export interface PlayoutOptions {
  system: AudioSystem;
  createDecoder: () => Promise<Decoder>;
  /** The wall clock, µs since 1970. */
  now: () => number;
  /** A monotonic clock, ms. */
  clockMs: () => number;
  report: (report: PlayoutReport) => void;
  /** Called for each chunk that the output accepted, 200 times a second. */
  onProgress: () => void;
}

interface PlayingStream {
  stream: PlaybackStream;
  /** Underruns of the output before this stream began. */
  underrunsBefore: number;
}

export function createPlayout(options: PlayoutOptions): Playout {
  const { system, clockMs, report } = options;
  const playing = new Map<number, PlayingStream>();
  let output: Output | undefined;
  let running: Promise<void> | undefined;

  async function run(how: SpeakerOptions): Promise<void> {
    try {
      output = openOutput({ ...how, system, clockMs, onNotice });
      await feed(output);
    } catch (error) {
      fail(error);
    }
    await output?.close();
  }

  function onNotice(message: string): void {
    report({ type: "notice", code: "default-device", message });
  }

  /** Writes without a pause until no stream plays. Frames wait in the jitter buffers, not in the output. */
  async function feed(to: Output): Promise<void> {
    const mixer = createMixer();
    const mixed = new Int16Array(chunkSamples);
    while (playing.size > 0) {
      const inChunk = [...playing];
      mixer.mix(
        inChunk.map(([, { stream }]) => stream.next(options.now())),
        mixed,
      );
      // The device keeps the samples until it has played them: each write needs its own memory.
      const untilAudibleMs = await to.write(mixed.slice());
      options.onProgress();
      const audibleAt = options.now() + untilAudibleMs * 1_000;
      for (const [number, { stream }] of inChunk) {
        stream.chunkPlayed(audibleAt);
        if (stream.isOver && playing.get(number)?.stream === stream) finish(number);
      }
    }
  }

  function start(number: number, source: FrameSource, { gain, output: how }: PlayoutStreamOptions): void {
    const stream = createPlaybackStream(source, gain);
    playing.set(number, { stream, underrunsBefore: output?.underruns ?? 0 });
    addDecoder(number, stream).catch(fail);
    if (!running) loop(how);
  }

  async function addDecoder(number: number, stream: PlaybackStream): Promise<void> {
    const decoder = await options.createDecoder();
    if (playing.get(number)?.stream === stream) stream.decoder = decoder;
    else decoder.free();
  }

  function loop(how: SpeakerOptions): void {
    running = run(how).finally(() => {
      running = undefined;
      const buffering = output?.buffering ?? how.buffering;
      output = undefined;
      // A stream began while the output closed.
      if (playing.size > 0) loop({ ...how, buffering });
    });
  }

  function finish(number: number): void {
    const found = playing.get(number);
    if (!found) return;
    const { stream, underrunsBefore } = found;
    playing.delete(number);
    stream.decoder?.free();
    const underruns = (output?.underruns ?? 0) - underrunsBefore;
    if (output) {
      const targetDelayMs = stream.nextTargetDelayMs;
      const target = targetDelayMs === undefined ? {} : { targetDelayMs };
      report({ type: "buffering-feedback", buffering: output.buffering, underruns, ...target });
    }
    report({ type: "played", stream: number, ...stream.report(), underruns });
  }

  function fail(error: unknown): void {
    for (const [number, { stream }] of playing) {
      stream.decoder?.free();
      report({ type: "playback-failed", stream: number, error: describeError(error) });
    }
    playing.clear();
  }

  return {
    begin(number, how) {
      const target = how.targetDelayMs === undefined ? {} : { targetDelayMs: how.targetDelayMs };
      if (!playing.has(number)) start(number, createJitterBuffer(target), how);
    },
    frame(number, frame) {
      playing.get(number)?.stream.push(frame, clockMs() * 1_000);
    },
    replay(number, packets, how) {
      if (!playing.has(number)) start(number, createClipFrameSource(packets), how);
    },
    gain(number, gain) {
      const found = playing.get(number);
      if (found) found.stream.gain = gain;
    },
    end(number, how) {
      playing.get(number)?.stream.end();
      if (how === "cut") finish(number);
    },
    async close() {
      for (const number of [...playing.keys()]) finish(number);
      await running;
    },
  };
}
