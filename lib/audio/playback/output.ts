/** The output as playout sees it: it reports when a chunk is audible, and buffers more when the device runs out of sound. */
import type { AudioSystem, Speaker, SpeakerOptions } from "../device.ts";
import { increased, underrunsMax } from "./adaptive-buffering.ts";
import { createUnderrunDetector } from "./underrun-detector.ts";

export interface Output {
  /**
   * Plays a chunk after all earlier ones. Resolves when there is room for more, with the time from then on until the
   * chunk is audible, ms, at least 0.
   * @throws {DeviceError} by rejection, when the device is gone
   */
  write(samples: Int16Array): Promise<number>;
  readonly buffering: SpeakerOptions["buffering"];
  /** How many underruns were detected so far. The last ones may not have been detected yet. */
  readonly underruns: number;
  /** Plays what was written, then closes. */
  close(): Promise<void>;
}

export interface OutputOptions extends SpeakerOptions {
  system: AudioSystem;
  /** A monotonic clock, ms. */
  clockMs: () => number;
  /** A remembered device is missing, and the default one is used. */
  onNotice: (message: string) => void;
}

/** `underrunsMax` underruns within this time raise the buffering. */
const underrunWindowMs = 10_000;

/** Opens the device. @throws {DeviceError} */
export function openOutput(options: OutputOptions): Output {
  const { system, device, clockMs } = options;
  let { buffering } = options;
  let isOpen = false;
  let speaker = open();
  let detector = createUnderrunDetector();
  let underruns = 0;
  let recentUnderrunsMs: number[] = [];
  if (speaker.notice !== undefined) options.onNotice(speaker.notice);

  function open(): Speaker {
    const opened = system.openSpeaker({ device, buffering });
    isOpen = true;
    return opened;
  }

  async function close(): Promise<void> {
    // A second close of one device can hang, and a device that failed to open again is not closed.
    if (!isOpen) return;
    isOpen = false;
    await speaker.close();
  }

  /**
   * A sound server whose periods are longer than those of the device buffers two of them more: a rule of thumb that is
   * within 10 ms of PipeWire with periods of 10 to 40 ms.
   */
  function serverLatencyMs(periodMs: number): number {
    return 2 * Math.max(0, periodMs - speaker.periodMs);
  }

  async function onUnderrun(nowMs: number): Promise<void> {
    underruns += 1;
    recentUnderrunsMs = [...recentUnderrunsMs.filter((atMs) => atMs > nowMs - underrunWindowMs), nowMs];
    if (recentUnderrunsMs.length < underrunsMax || increased(buffering) === buffering) return;
    recentUnderrunsMs = [];
    buffering = increased(buffering);
    // Some devices can be open only once at a time.
    await close();
    speaker = open();
    detector = createUnderrunDetector();
  }

  return {
    get buffering() {
      return buffering;
    },
    get underruns() {
      return underruns;
    },
    async write(samples) {
      await speaker.write(samples);
      const nowMs = clockMs();
      const timing = detector.accepted(nowMs);
      const untilAudibleMs = speaker.latencyMs + serverLatencyMs(timing.periodMs) - timing.lateMs;
      if (timing.isUnderrun) await onUnderrun(nowMs);
      return Math.max(0, untilAudibleMs);
    },
    close,
  };
}
