/** Voice as the client sees it: commands in, events out, with an audio helper process behind that may die at will. */
import type { AudioDevice, DeviceChoice } from "../device.ts";
import { framesPerSecond } from "../dsp/format.ts";
import type { AudioError, AudioEvent, CaptureEndReason } from "../events.ts";
import { createOutputMemory } from "../playback/adaptive-buffering.ts";
import type { HelperReport } from "./helper-messages.ts";
import { type Direction, type HelperProcess, spawnHelper } from "./helper-process.ts";
import { checkMs, createWatchdog } from "./watchdog.ts";

export type { AudioDevice, DeviceChoice } from "../device.ts";
export type {
  AudioError as VoiceError,
  AudioErrorCode as VoiceErrorCode,
  AudioEvent as VoiceEvent,
  CapturedSound,
  PlaybackReport,
} from "../events.ts";

export interface AudioClient {
  /** Starts a helper in the background, so that the first use need not wait for it. Opens no device. */
  warm(): void;
  /**
   * Opens the input for exactly `seconds`, rounded to 20 ms; one `capture-ended` follows. Does nothing while it is
   * open. After `stop` or `cancel` it may be called at once: of the recording before only the `capture-ended` is told
   * from then on, and nothing of this one comes before that.
   */
  record(seconds: number): void;
  /** Ends the recording now; what was said is kept. */
  stop(): void;
  cancel(): void;
  /** A talk spurt begins: the output is opened now, for that takes time. `gain`: 0 to 2, 1 as it is. */
  play(stream: number, gain: number): void;
  /**
   * `capturedAt`: µs since 1970 on the clock of this machine; of one that is off by more than a minute no delay is
   * told. Frames of a stream that does not play are ignored.
   */
  frame(stream: number, sequence: number, capturedAt: number, payload: Uint8Array): void;
  /** Plays a kept clip, one Opus packet every 20 ms; `played` follows, without a delay. */
  replay(stream: number, packets: Uint8Array[], gain: number): void;
  /** Makes a stream that plays louder or softer: 0 to 2. */
  gain(stream: number, gain: number): void;
  /** The talk spurt is over: "drain" plays what has come, "cut" drops it. `played` follows. */
  end(stream: number, how: "drain" | "cut"): void;
  /** The microphones and speakers of this moment. Rejects with a `VoiceFailure`. */
  devices(): Promise<AudioDevice[]>;
  /** Ends the helper and waits for it; no event comes any more. */
  close(): Promise<void>;
}

export interface AudioClientOptions {
  /** How to start the helper; default: this very program with `--audio-helper`. */
  command?: string[];
  onEvent: (event: AudioEvent) => void;
  /** Without them, the default devices of the machine. */
  input?: DeviceChoice;
  output?: DeviceChoice;
  /** Brings a soft voice gently to a usual level. */
  autoGain?: boolean;
}

export class AudioFailure extends Error {
  readonly code: AudioError["code"];

  constructor({ code, message }: AudioError) {
    super(message);
    this.code = code;
  }
}

const capture = "the microphone";
const playback = "the speaker";

export function createAudioClient(options: AudioClientOptions): AudioClient {
  const streams = new Set<number>();
  const watchdog = createWatchdog();
  const memory = createOutputMemory();
  let helper: HelperProcess | undefined;
  /** A device may let in only one at a time: when the helpers before are out of it. */
  const free: Record<Direction, Promise<void>> = { input: Promise.resolve(), output: Promise.resolve() };
  /** Recordings whose end is still to be told. */
  let captures = 0;
  /** Nobody has ended the last one of them. */
  let captureOpen = false;
  /** The output that is open has taken sound. */
  let outputTakes = false;
  let asked: PromiseWithResolvers<AudioDevice[]> | undefined;
  let timer: Timer | undefined;
  let closed = false;

  function warmHelper(): HelperProcess {
    const started = spawnHelper({ command: options.command, free: { ...free }, onReport, onExit });
    let hasReported = false;
    helper = started;
    return started;

    function onReport(report: HelperReport): void {
      hasReported = true;
      if (helper === started) take(report);
    }

    function onExit(how: string): void {
      if (helper !== started) return;
      helper = undefined;
      failAll(crash(how, hasReported));
    }
  }

  /** The helper is on its way out: who wants the same devices waits for it. */
  function dismiss(how: "retire" | "kill"): void {
    if (!helper) return;
    const gone = helper[how]();
    for (const direction of helper.used) {
      free[direction] = Promise.all([free[direction], gone]).then(() => {});
    }
    helper = undefined;
  }

  const use = (): HelperProcess => helper ?? warmHelper();

  function take(report: HelperReport): void {
    switch (report.type) {
      case "playing":
        outputTakes = true;
        return watchdog.alive(playback, performance.now());
      case "learned":
        if (outputTakes) memory.learned(report);
        return;
      case "devices":
        asked?.resolve(report.devices);
        asked = undefined;
        return renewWhenIdle();
      case "devices-failed":
        asked?.reject(new AudioFailure(report.error));
        asked = undefined;
        return renewWhenIdle();
      case "capture-started":
      case "captured":
      case "level":
        if (captures > 1) return;
        watchdog.alive(capture, performance.now());
        break;
      case "capture-ended":
        captures--;
        if (captures > 0) {
          watch(capture);
        } else {
          captureOpen = false;
          watchdog.end(capture);
        }
        break;
      case "played":
      case "playback-failed":
        streams.delete(report.stream);
        if (streams.size === 0) watchdog.end(playback);
    }
    if (!closed) options.onEvent(report);
    renewWhenIdle();
  }

  function watch(what: string): void {
    watchdog.begin(what, performance.now());
    timer ??= setInterval(check, checkMs);
  }

  function check(): void {
    const stalled = watchdog.overdue(performance.now());
    if (stalled) {
      if (stalled === playback && !outputTakes) memory.stalled();
      dismiss("kill");
      failAll({
        code: "audio-stalled",
        message: `Sound stopped: ${stalled} no longer answers; please try again.`,
      });
    }
    if (watchdog.idle) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  /** PortAudio looks for devices only when it starts: a helper that was used makes way for a fresh one. */
  function renewWhenIdle(): void {
    if (inUse() || !helper || closed) return;
    dismiss("retire");
    warmHelper();
  }

  const inUse = (): boolean => captures > 0 || streams.size > 0 || asked !== undefined;

  /** The helper is gone: ends all that ran in it. One that failed unused is not replaced: so would the next one. */
  function failAll(error: AudioError): void {
    if (!inUse() || closed) return;
    const ended: HelperReport[] = [
      ...Array.from(
        { length: captures },
        () => ({ type: "capture-ended", reason: "device", error }) as const,
      ),
      ...[...streams].map((stream) => ({ type: "playback-failed", stream, error }) as const),
      ...(asked ? [{ type: "devices-failed", error } as const] : []),
    ];
    for (const report of ended) take(report);
    if (!closed) use();
  }

  function startStream(stream: number): HelperProcess | undefined {
    if (streams.has(stream) || closed) return undefined;
    if (streams.size === 0) {
      outputTakes = false;
      watch(playback);
    }
    streams.add(stream);
    return use();
  }

  const outputStart = () => ({ device: options.output, buffering: memory.buffering });

  function endCapture(reason: CaptureEndReason): void {
    if (!captureOpen) return;
    captureOpen = false;
    helper?.send({ type: "end-capture", reason }, "input");
  }

  return {
    warm() {
      if (!closed) use();
    },
    record(seconds) {
      if (captureOpen || closed) return;
      captureOpen = true;
      captures++;
      watch(capture);
      const frames = Math.max(1, Math.round(seconds * framesPerSecond));
      use().send(
        { type: "record", frames, device: options.input, autoGain: options.autoGain ?? false },
        "input",
      );
    },
    stop: () => endCapture("stopped"),
    cancel: () => endCapture("cancelled"),
    play(stream, gain) {
      const { depthMs } = memory;
      startStream(stream)?.send({ type: "play", stream, gain, depthMs, output: outputStart() }, "output");
    },
    frame(stream, sequence, capturedAt, payload) {
      if (!streams.has(stream)) return;
      const arrivedAt = Date.now() * 1000;
      helper?.send({ type: "frame", stream, sequence, capturedAt, arrivedAt, payload }, "output");
    },
    replay(stream, packets, gain) {
      startStream(stream)?.send({ type: "replay", stream, packets, gain, output: outputStart() }, "output");
    },
    gain(stream, gain) {
      if (streams.has(stream)) helper?.send({ type: "gain", stream, gain }, "output");
    },
    end(stream, how) {
      if (streams.has(stream)) helper?.send({ type: "end", stream, how }, "output");
    },
    devices() {
      asked ??= Promise.withResolvers<AudioDevice[]>();
      use().send({ type: "devices" });
      return asked.promise;
    },
    async close() {
      closed = true;
      clearInterval(timer);
      const last = helper;
      helper = undefined;
      await Promise.all([free.input, free.output, last?.retire()]);
    },
  };
}

/** ALSA without its configuration files ends a program instead of reporting an error. */
function crash(how: string, hasReported: boolean): AudioError {
  if (how === "SIGABRT" && !hasReported) {
    const message =
      "The sound system cannot be started; on Linux, ALSA lacks its configuration: `apt install libasound2-data` (Debian, Ubuntu) or `dnf install alsa-lib` (Fedora).";
    return { code: "no-sound-system", message };
  }
  return { code: "audio-failed", message: `The audio helper ended unexpectedly (${how}): please try again.` };
}
