/** The speaker as the playout sees it: it tells when what it takes is heard, and helps itself when it runs out. */
import type { AudioSystem, Buffering, DeviceChoice, Speaker } from "../device.ts";
import { more, underrunsMax } from "./adaptive-buffering.ts";
import { createPlayLine } from "./underrun-detector.ts";

export interface Output {
  /**
   * Plays a chunk after all that went before. Resolves when there is room for more, with how long from then on it
   * takes until the chunk is heard, ms. Rejects with DeviceError when the device is gone.
   */
  write(samples: Int16Array): Promise<number>;
  readonly buffering: Buffering;
  /** How often it was found to have run out of sound so far; what came last may still be found. */
  readonly underruns: number;
  /** Plays what was written and closes. */
  close(): Promise<void>;
}

export interface OutputOptions {
  system: AudioSystem;
  device?: DeviceChoice | undefined;
  buffering: Buffering;
  /** ms on any clock that is even. */
  clockMs: () => number;
  /** A remembered device is not there, and the default is used. */
  onNotice: (message: string) => void;
}

/** Within this time so many underruns are no chance. */
const withinMs = 10_000;

/** Opens the device. @throws DeviceError */
export function openOutput(options: OutputOptions): Output {
  const { system, device, clockMs } = options;
  let { buffering } = options;
  let isOpen = false;
  let speaker = open();
  let line = createPlayLine();
  let underruns = 0;
  let recent: number[] = [];
  if (speaker.notice !== undefined) options.onNotice(speaker.notice);

  function open(): Speaker {
    const opened = system.openSpeaker({ device, buffering });
    isOpen = true;
    return opened;
  }

  async function close(): Promise<void> {
    // Of two closings the second can hang; and a device that did not open again has none.
    if (!isOpen) return;
    isOpen = false;
    await speaker.close();
  }

  /**
   * A sound server that handles larger pieces than the device was opened with holds two of them more: a rule of
   * thumb, within 10 ms of what PipeWire does with pieces of 10 to 40 ms.
   */
  function serverHeldMs(pieceMs: number): number {
    return 2 * Math.max(0, pieceMs - speaker.pieceMs);
  }

  async function ranOut(nowMs: number): Promise<void> {
    underruns++;
    recent = [...recent.filter((at) => at > nowMs - withinMs), nowMs];
    if (recent.length < underrunsMax || more(buffering) === buffering) return;
    recent = [];
    buffering = more(buffering);
    // Some devices let in only one at a time.
    await close();
    speaker = open();
    line = createPlayLine();
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
      const taking = line.taken(nowMs);
      const untilHeardMs = speaker.heldMs + serverHeldMs(taking.pieceMs) - taking.lateMs;
      if (taking.ranOut) await ranOut(nowMs);
      return Math.max(0, untilHeardMs);
    },
    close,
  };
}
