/** The audio client of the terminal program: a helper process does the work, and its crash costs one transmission. */
import type { AudioClient } from "../audio-client.ts";
import type { AudioDevice, DeviceChoice, SpeakerOptions } from "../device.ts";
import { DeviceError } from "../device.ts";
import { framesPerSecond } from "../dsp/format.ts";
import type { AudioError, AudioEvent, CaptureEndReason } from "../events.ts";
import { createAdaptiveBuffering } from "../playback/adaptive-buffering.ts";
import type { HelperReport } from "./helper-messages.ts";
import type { HelperProcess } from "./helper-process.ts";
import type { HelperProgress } from "./helper-slot.ts";
import { createHelperSlot } from "./helper-slot.ts";
import { checkMs, createWatchdog } from "./watchdog.ts";

export interface AudioClientOptions {
  /** How to start the helper; without it, this program with `--audio-helper`. */
  command?: string[];
  onEvent: (event: AudioEvent) => void;
  /** Without it, the default input. */
  input?: DeviceChoice;
  /** Without it, the default output. */
  output?: DeviceChoice;
  /** Applies automatic gain control to the microphone. */
  autoGain?: boolean;
}

/** The activities of the watchdog, as the error sentence names them. */
const capture = "the microphone";
const playback = "the speaker";

export function createAudioClient(options: AudioClientOptions): AudioClient {
  const streams = new Set<number>();
  const watchdog = createWatchdog();
  const adaptive = createAdaptiveBuffering();
  const slot = createHelperSlot({
    command: options.command,
    onReport: handle,
    onExit: (how, progress) => failAll(crashError(how, progress)),
  });
  /** Recordings whose end has not been reported. */
  let captures = 0;
  /** The last of them has not been ended by a call. */
  let captureOpen = false;
  /** The output has accepted sound since it was opened. */
  let outputAccepts = false;
  let deviceQuery: PromiseWithResolvers<AudioDevice[]> | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  let closed = false;

  function handle(report: HelperReport): void {
    switch (report.type) {
      case "output-progress":
        outputAccepts = true;
        return watchdog.alive(playback, performance.now());
      case "buffering-feedback":
        if (outputAccepts) adaptive.played(report);
        return;
      case "devices":
        deviceQuery?.resolve(report.devices);
        deviceQuery = undefined;
        return renewWhenIdle();
      case "devices-failed":
        deviceQuery?.reject(new DeviceError(report.error.code, report.error.message));
        deviceQuery = undefined;
        return renewWhenIdle();
      case "capture-started":
      case "captured":
      case "level":
        // It belongs to a recording that was ended while another one has begun.
        if (captures > 1) return;
        watchdog.alive(capture, performance.now());
        break;
      case "capture-ended":
        onCaptureEnded();
        break;
      case "played":
      case "playback-failed":
        streams.delete(report.stream);
        if (streams.size === 0) watchdog.end(playback);
    }
    if (!closed) options.onEvent(report);
    renewWhenIdle();
  }

  function onCaptureEnded(): void {
    captures -= 1;
    if (captures > 0) return watch(capture);
    captureOpen = false;
    watchdog.end(capture);
  }

  function watch(activity: string): void {
    watchdog.begin(activity, performance.now());
    timer ??= setInterval(check, checkMs);
  }

  function check(): void {
    const stalled = watchdog.overdue(performance.now());
    if (stalled) {
      if (stalled === playback && !outputAccepts) adaptive.stalled();
      slot.dismiss("kill");
      failAll({
        code: "audio-stalled",
        message: `Sound stopped: ${stalled} no longer answers; please try again.`,
      });
    }
    if (watchdog.isIdle) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  function isInUse(): boolean {
    return captures > 0 || streams.size > 0 || deviceQuery !== undefined;
  }

  /** PortAudio looks for devices only when it starts, so a fresh helper replaces one that was used. */
  function renewWhenIdle(): void {
    if (isInUse() || !slot.current || closed) return;
    slot.dismiss("retire");
    slot.use();
  }

  /** The helper is gone: everything that ran in it fails. A helper that fails unused is not replaced, because the next would fail too. */
  function failAll(error: AudioError): void {
    if (!isInUse() || closed) return;
    const ended: HelperReport[] = [
      ...Array.from(
        { length: captures },
        () => ({ type: "capture-ended", reason: "device", error }) as const,
      ),
      ...[...streams].map((stream) => ({ type: "playback-failed", stream, error }) as const),
      ...(deviceQuery ? [{ type: "devices-failed", error } as const] : []),
    ];
    for (const report of ended) handle(report);
    if (!closed) slot.use();
  }

  function startStream(stream: number): HelperProcess | undefined {
    if (streams.has(stream) || closed) return undefined;
    if (streams.size === 0) {
      outputAccepts = false;
      watch(playback);
    }
    streams.add(stream);
    return slot.use();
  }

  function speakerOptions(): SpeakerOptions {
    return { device: options.output, buffering: adaptive.buffering };
  }

  function endCapture(reason: CaptureEndReason): void {
    if (!captureOpen) return;
    captureOpen = false;
    slot.current?.send({ type: "end-capture", reason }, "input");
  }

  return {
    warm() {
      if (!closed) slot.use();
    },
    record(seconds) {
      if (captureOpen || closed) return;
      captureOpen = true;
      captures += 1;
      watch(capture);
      const frames = Math.max(1, Math.round(seconds * framesPerSecond));
      const autoGain = options.autoGain ?? false;
      slot.use().send({ type: "record", frames, device: options.input, autoGain }, "input");
    },
    stop: () => endCapture("stopped"),
    cancel: () => endCapture("cancelled"),
    play(stream, gain) {
      const { targetDelayMs } = adaptive;
      const output = speakerOptions();
      startStream(stream)?.send({ type: "play", stream, gain, targetDelayMs, output }, "output");
    },
    frame(stream, sequence, capturedAt, payload) {
      if (!streams.has(stream)) return;
      const arrivedAt = Date.now() * 1_000;
      slot.current?.send({ type: "frame", stream, sequence, capturedAt, arrivedAt, payload }, "output");
    },
    replay(stream, packets, gain) {
      const output = speakerOptions();
      startStream(stream)?.send({ type: "replay", stream, packets, gain, output }, "output");
    },
    gain(stream, gain) {
      if (streams.has(stream)) slot.current?.send({ type: "gain", stream, gain }, "output");
    },
    end(stream, how) {
      if (streams.has(stream)) slot.current?.send({ type: "end", stream, how }, "output");
    },
    devices() {
      deviceQuery ??= Promise.withResolvers<AudioDevice[]>();
      slot.use().send({ type: "devices" });
      return deviceQuery.promise;
    },
    close() {
      closed = true;
      clearInterval(timer);
      return slot.close();
    },
  };
}

/** The error for a helper that ended by itself: ALSA aborts the process when its configuration files are missing. */
function crashError(how: string, progress: HelperProgress): AudioError {
  if (progress === "not-started") {
    return {
      code: "audio-failed",
      message: `The audio helper cannot be started (${how}): start holler again.`,
    };
  }
  if (how === "SIGABRT" && progress === "started") {
    const message =
      "The sound system cannot be started; on Linux, ALSA lacks its configuration: `apt install libasound2-data` (Debian, Ubuntu) or `dnf install alsa-lib` (Fedora).";
    return { code: "no-sound-system", message };
  }
  return { code: "audio-failed", message: `The audio helper ended unexpectedly (${how}): please try again.` };
}
