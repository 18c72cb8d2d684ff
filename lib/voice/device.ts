/** What the audio helper needs of a sound system, and nothing more: tests give it a microphone made of numbers. */
import type { VoiceError, VoiceErrorCode } from "./events.ts";

export interface AudioSystem {
  /** Makes ready what takes time, without opening any device. Never rejects: a failure is thrown by the others. */
  load(): Promise<void>;
  /** @throws DeviceError */
  devices(): AudioDevice[];
  /** Opens the default input. `onChunk` gets `chunkSamples` samples at a time. @throws DeviceError */
  openMicrophone(onChunk: (samples: Int16Array) => void, onError: (error: DeviceError) => void): Microphone;
  /** Opens the default output. @throws DeviceError */
  openSpeaker(): Speaker;
}

export interface Microphone {
  /** Calls nothing any more from here on; the promise settles when the device is closed. */
  close(): Promise<void>;
}

export interface Speaker {
  /**
   * Plays the samples after all that was written before. Resolves when there is room for more, which makes the
   * device the clock of all playing; it has to be written to without a pause, silence included.
   * Rejects with DeviceError when the device is gone.
   */
  write(samples: Int16Array): Promise<void>;
  /** Plays what was written and closes. */
  close(): Promise<void>;
}

export interface AudioDevice {
  name: string;
  hostApi: string;
  inputs: number;
  outputs: number;
  defaultInput: boolean;
  defaultOutput: boolean;
}

export class DeviceError extends Error {
  readonly code: VoiceErrorCode;

  constructor(code: VoiceErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Any error in the words that the client is told. */
export function describeError(error: unknown): VoiceError {
  if (error instanceof DeviceError) return { code: error.code, message: error.message };
  return {
    code: "audio-failed",
    message: `Sound failed: ${error instanceof Error ? error.message : error}.`,
  };
}
