/** Everything that is heard at the moment: streams that begin and end as they like, mixed into one output. */
import type { Decoder } from "../codec/codec.ts";
import { type AudioSystem, describeError } from "../device.ts";
import { createKeptFrames } from "../dsp/clip-frame-source.ts";
import { chunkSamples } from "../dsp/format.ts";
import { createJitterBuffer, type JitterBuffer } from "../dsp/jitter-buffer.ts";
import { createMixer } from "../dsp/mixer.ts";
import type { HelperReport, OutputStart } from "../helper/helper-messages.ts";
import { type Output, openOutput } from "./output.ts";
import { createStream, type Stream, type TimedFrame } from "./stream.ts";

export interface Playout {
  /** A speaker begins. The first one opens the output, which is then fed without a pause. */
  begin(stream: number, options: BeginOptions): void;
  frame(stream: number, frame: TimedFrame): void;
  /** Plays packets that are all here, one every 20 ms. */
  replay(stream: number, packets: readonly Uint8Array[], options: BeginOptions): void;
  gain(stream: number, gain: number): void;
  /** "drain" plays what has come, "cut" drops it; either way `played` is reported at the end. */
  end(stream: number, how: "drain" | "cut"): void;
  /** Drops everybody; settles when what the output had taken was played and it is closed. */
  close(): Promise<void>;
}

export interface BeginOptions {
  /** 0 to 2. */
  gain: number;
  /** Where the jitter buffer begins; without it, at the least. */
  depthMs?: number | undefined;
  /** How the output is opened, if it is not open. */
  output: OutputStart;
}

export interface PlayoutOptions {
  system: AudioSystem;
  createDecoder: () => Promise<Decoder>;
  /** µs since 1970. */
  now: () => number;
  /** ms on a clock that nobody sets. */
  clockMs: () => number;
  report: (what: HelperReport) => void;
  /** Called for each chunk that the output took, 200 times a second. */
  onProgress: () => void;
}

interface Playing {
  stream: Stream;
  /** How often the output had run out before this one began. */
  underrunsBefore: number;
}

export function createPlayout(options: PlayoutOptions): Playout {
  const { system, clockMs, report } = options;
  const playing = new Map<number, Playing>();
  let output: Output | undefined;
  let running: Promise<void> | undefined;

  async function run({ device, buffering }: OutputStart): Promise<void> {
    try {
      output = openOutput({ system, device, buffering, clockMs, onNotice });
      await feed(output);
    } catch (error) {
      fail(error);
    }
    await output?.close();
  }

  function onNotice(message: string): void {
    report({ type: "notice", code: "default-device", message });
  }

  /** Writes without a pause until nobody is left: what has to wait waits in the jitter buffers. */
  async function feed(to: Output): Promise<void> {
    const mixer = createMixer();
    const out = new Int16Array(chunkSamples);
    while (playing.size > 0) {
      const heard = [...playing];
      mixer.mix(
        heard.map(([, { stream }]) => stream.next(options.now())),
        out,
      );
      // The device keeps what it was given until it is played: each write needs memory of its own.
      const untilHeardMs = await to.write(out.slice());
      options.onProgress();
      const heardAt = options.now() + untilHeardMs * 1000;
      for (const [number, { stream }] of heard) {
        stream.heard(heardAt);
        if (stream.over && playing.get(number)?.stream === stream) finish(number);
      }
    }
  }

  function start(number: number, buffer: JitterBuffer, { gain, output: how }: BeginOptions): void {
    const stream = createStream(buffer, gain);
    playing.set(number, { stream, underrunsBefore: output?.underruns ?? 0 });
    giveDecoder(number, stream).catch(fail);
    if (!running) loop(how);
  }

  async function giveDecoder(number: number, stream: Stream): Promise<void> {
    const decoder = await options.createDecoder();
    if (playing.get(number)?.stream === stream) stream.decoder = decoder;
    else decoder.free();
  }

  function loop(how: OutputStart): void {
    running = run(how).finally(() => {
      running = undefined;
      const buffering = output?.buffering ?? how.buffering;
      output = undefined;
      // Somebody began while the output was closing.
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
      const depth = stream.learnedMs > 0 ? { depthMs: stream.learnedMs } : {};
      report({ type: "learned", buffering: output.buffering, underruns, ...depth });
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
      const depth = how.depthMs === undefined ? {} : { depthMs: how.depthMs };
      if (!playing.has(number)) start(number, createJitterBuffer(depth), how);
    },
    frame(number, frame) {
      playing.get(number)?.stream.push(frame, clockMs() * 1000);
    },
    replay(number, packets, how) {
      if (!playing.has(number)) start(number, createKeptFrames(packets), how);
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
