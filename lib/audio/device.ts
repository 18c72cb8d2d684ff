/** What the audio helper needs of a sound system, and nothing more: tests give it a microphone made of numbers. */
import type { AudioError, AudioErrorCode } from "./events.ts";

/** Which device: a part of its name that no other has, in any case; one that was remembered may be missing without harm. */
export interface DeviceChoice {
  name: string;
  isRemembered: boolean;
}

/** How much a speaker holds before it is heard: less is sooner, more survives a busy machine. */
export type Buffering = "low" | "normal" | "high";

export interface MicrophoneOptions {
  /** Without it, the default input. */
  device?: DeviceChoice | undefined;
}

export interface SpeakerOptions {
  /** Without it, the default output. */
  device?: DeviceChoice | undefined;
  buffering: Buffering;
}

export interface AudioSystem {
  /** Makes ready what takes time, without opening any device. Never rejects: a failure is thrown by the others. */
  load(): Promise<void>;
  /** @throws DeviceError */
  devices(): AudioDevice[];
  /**
   * Opens an input. `onChunk` gets 48 kHz mono in pieces of any length, whatever the device itself does.
   * @throws DeviceError
   */
  openMicrophone(
    options: MicrophoneOptions,
    onChunk: (samples: Int16Array) => void,
    onError: (error: DeviceError) => void,
  ): Microphone;
  /** Opens an output. @throws DeviceError */
  openSpeaker(options: SpeakerOptions): Speaker;
}

export interface Microphone {
  /** The sentence that a remembered device is missing, and the default is used. */
  notice?: string;
  /** Calls nothing any more from here on; the promise settles when the device is closed. */
  close(): Promise<void>;
}

export interface Speaker {
  /** The sentence that a remembered device is missing, and the default is used. */
  notice?: string;
  /**
   * How much it holds when it is full, ms: so long after its write resolves is a chunk heard. As far as that is known.
   */
  readonly heldMs: number;
  /** How much it takes from its queue at a time, ms. */
  readonly pieceMs: number;
  /**
   * Plays the samples (48 kHz mono, `chunkSamples` at a time) after all that was written before. Resolves when there
   * is room for more, which makes the device the clock of all playing; it has to be written to without a pause,
   * silence included.
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
  readonly code: AudioErrorCode;

  constructor(code: AudioErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Any error in the words that the client is told. */
export function describeError(error: unknown): AudioError {
  if (error instanceof DeviceError) return { code: error.code, message: error.message };
  return {
    code: "audio-failed",
    message: `Sound failed: ${error instanceof Error ? error.message : error}.`,
  };
}
