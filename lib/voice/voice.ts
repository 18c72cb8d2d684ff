/** Voice as the client sees it: commands in, events out, with an audio helper process behind that may die at will. */
import type { AudioDevice, DeviceChoice } from "./device.ts";
import type { CaptureEndReason, VoiceError, VoiceEvent } from "./events.ts";
import { framesPerSecond } from "./format.ts";
import type { HelperReport } from "./helper-messages.ts";
import { type HelperProcess, spawnHelper } from "./helper-process.ts";
import { createOutputMemory } from "./output-memory.ts";
import { checkMs, createWatchdog } from "./watchdog.ts";

export type { AudioDevice, DeviceChoice } from "./device.ts";
export type { CapturedSound, PlaybackReport, VoiceError, VoiceErrorCode, VoiceEvent } from "./events.ts";

export interface Voice {
  /** Starts a helper in the background, so that the first use need not wait for it. Opens no device. */
  warm(): void;
  /** Opens the input for exactly `seconds`, rounded to 20 ms. Does nothing while it is open. */
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

export interface VoiceOptions {
  /** How to start the helper; default: this very program with `--audio-helper`. */
  command?: string[];
  onEvent: (event: VoiceEvent) => void;
  /** Without them, the default devices of the machine. */
  input?: DeviceChoice;
  output?: DeviceChoice;
  /** Brings a soft voice gently to a usual level. */
  autoGain?: boolean;
}

export class VoiceFailure extends Error {
  readonly code: VoiceError["code"];

  constructor({ code, message }: VoiceError) {
    super(message);
    this.code = code;
  }
}

const capture = "the microphone";
const playback = "the speaker";

export function createVoice(options: VoiceOptions): Voice {
  const streams = new Set<number>();
  const watchdog = createWatchdog();
  const memory = createOutputMemory();
  let helper: HelperProcess | undefined;
  let retired: Promise<void> = Promise.resolve();
  let capturing = false;
  /** The output that is open has taken sound. */
  let outputTakes = false;
  let asked: PromiseWithResolvers<AudioDevice[]> | undefined;
  let timer: Timer | undefined;
  let closed = false;

  function warmHelper(): HelperProcess {
    // A device may let in only one at a time: the helper before has to be out of it.
    const started = spawnHelper({ command: options.command, after: retired, onReport, onExit });
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

  const use = (): HelperProcess => helper ?? warmHelper();

  function take(report: HelperReport): void {
    switch (report.type) {
      case "playing":
        outputTakes = true;
        return watchdog.alive(playback, performance.now());
      case "learned":
        return memory.learned(report);
      case "devices":
        asked?.resolve(report.devices);
        asked = undefined;
        return renewWhenIdle();
      case "devices-failed":
        asked?.reject(new VoiceFailure(report.error));
        asked = undefined;
        return renewWhenIdle();
      case "captured":
        watchdog.alive(capture, performance.now());
        break;
      case "capture-ended":
        capturing = false;
        watchdog.end(capture);
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
      helper?.kill();
      helper = undefined;
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
    if (capturing || streams.size > 0 || asked || !helper || closed) return;
    retired = helper.retire();
    warmHelper();
  }

  function failAll(error: VoiceError): void {
    if (capturing) take({ type: "capture-ended", reason: "device", error });
    for (const stream of [...streams]) take({ type: "playback-failed", stream, error });
    if (asked) take({ type: "devices-failed", error });
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
    if (capturing) helper?.send({ do: "end-capture", reason });
  }

  return {
    warm() {
      if (!closed) use();
    },
    record(seconds) {
      if (capturing || closed) return;
      capturing = true;
      watch(capture);
      const frames = Math.max(1, Math.round(seconds * framesPerSecond));
      use().send({ do: "record", frames, device: options.input, autoGain: options.autoGain ?? false });
    },
    stop: () => endCapture("stopped"),
    cancel: () => endCapture("cancelled"),
    play(stream, gain) {
      const { depthMs } = memory;
      startStream(stream)?.send({ do: "play", stream, gain, depthMs, output: outputStart() });
    },
    frame(stream, sequence, capturedAt, payload) {
      if (!streams.has(stream)) return;
      const arrivedAt = Date.now() * 1000;
      helper?.send({ do: "frame", stream, sequence, capturedAt, arrivedAt, payload });
    },
    replay(stream, packets, gain) {
      startStream(stream)?.send({ do: "replay", stream, packets, gain, output: outputStart() });
    },
    gain(stream, gain) {
      if (streams.has(stream)) helper?.send({ do: "gain", stream, gain });
    },
    end(stream, how) {
      if (streams.has(stream)) helper?.send({ do: "end", stream, how });
    },
    devices() {
      asked ??= Promise.withResolvers<AudioDevice[]>();
      use().send({ do: "devices" });
      return asked.promise;
    },
    async close() {
      closed = true;
      clearInterval(timer);
      const last = helper;
      helper = undefined;
      await Promise.all([retired, last?.retire()]);
    },
  };
}

/** ALSA without its configuration files ends a program instead of reporting an error. */
function crash(how: string, hasReported: boolean): VoiceError {
  if (how === "SIGABRT" && !hasReported) {
    const message =
      "The sound system cannot be started; on Linux, ALSA lacks its configuration: `apt install libasound2-data` (Debian, Ubuntu) or `dnf install alsa-lib` (Fedora).";
    return { code: "no-sound-system", message };
  }
  return { code: "audio-failed", message: `The audio helper ended unexpectedly (${how}): please try again.` };
}
