/** The interface to a sound system, as narrow as capture and playback need it. A test or a browser supplies its own. */
import type { AudioError, AudioErrorCode } from "./events.ts";

export type DeviceDirection = "input" | "output";

/** A device by name, or by a part of its name that no other device has, in upper or lower case. */
export interface DeviceChoice {
  name: string;
  /** The choice comes from an earlier run: when the device is missing, the default one takes its place. */
  isRemembered: boolean;
}

/** How much the output buffers. More survives a busier machine, and adds delay. */
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
  /** Loads what takes time, and opens no device. Never rejects: the other calls throw the error. */
  load(): Promise<void>;
  /** @throws {DeviceError} */
  devices(): AudioDevice[];
  /**
   * Opens an input. `onChunk` receives mono at 48 kHz in chunks of any length, whatever the format of the device is.
   * @throws {DeviceError}
   */
  openMicrophone(
    options: MicrophoneOptions,
    onChunk: (samples: Int16Array) => void,
    onError: (error: DeviceError) => void,
  ): Microphone;
  /** Opens an output. @throws {DeviceError} */
  openSpeaker(options: SpeakerOptions): Speaker;
}

export interface Microphone {
  /** A sentence that says that a remembered device is missing and the default one is used. */
  notice?: string;
  /** No callback is called after this. Settles when the device is closed. */
  close(): Promise<void>;
}

export interface Speaker {
  /** A sentence that says that a remembered device is missing and the default one is used. */
  notice?: string;
  /** From the moment a write resolves until its chunk is audible, ms, as far as it is known: the full output buffer. */
  readonly latencyMs: number;
  /** How much the device takes from its queue at a time, ms (the period of ALSA). */
  readonly periodMs: number;
  /**
   * Plays mono samples at 48 kHz, `chunkSamples` at a time, after all earlier ones. Resolves when there is room for
   * more, which makes the device the clock of playback. The caller writes without a pause, silence included.
   * @throws {DeviceError} by rejection, when the device is gone
   */
  write(samples: Int16Array): Promise<void>;
  /** Plays what was written, then closes. */
  close(): Promise<void>;
}

export interface AudioDevice {
  name: string;
  hostApi: string;
  /** Channels. */
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

/** Any thrown value as an error for the client. */
export function describeError(error: unknown): AudioError {
  if (error instanceof DeviceError) return { code: error.code, message: error.message };
  return {
    code: "audio-failed",
    message: `Sound failed: ${error instanceof Error ? error.message : error}.`,
  };
}
