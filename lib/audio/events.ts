/** What voice tells the client; the helper process tells it in the same words. */

export type AudioErrorCode =
  | "no-sound-system"
  | "no-microphone"
  | "no-speaker"
  | "no-such-device"
  | "ambiguous-device"
  | "audio-failed"
  | "audio-stalled";

export interface AudioError {
  code: AudioErrorCode;
  /** One sentence for the user: what is missing, and what to do. */
  message: string;
}

export type CaptureEndReason = "done" | "stopped" | "cancelled" | "device";

/** What the microphone heard in a whole turn. */
export interface CapturedSound {
  /** The loudest sample, dBFS. */
  peakDbfs: number;
  /** Nothing but silence, or less than any microphone in use gives. */
  silent: boolean;
  /** So much of it was at full scale that it is distorted. */
  clipped: boolean;
}

export type AudioEvent =
  /** The microphone delivers. */
  | { type: "capture-started" }
  /** One Opus packet of 20 ms. `capturedAt`: when its first sample was captured, µs since 1970, on this machine's clock. */
  | { type: "captured"; sequence: number; capturedAt: number; payload: Uint8Array }
  /**
   * Ten times a second while capturing: RMS loudness of the last 100 ms, and the peak, which is held for a second
   * before it falls. Both 0 at the most, -96 at the least.
   */
  | { type: "level"; dbfs: number; peakDbfs: number }
  /** `sound` is absent when nothing was captured. */
  | { type: "capture-ended"; reason: CaptureEndReason; error?: AudioError; sound?: CapturedSound }
  /** Something that the user should know and that is no error: a remembered device is not there. */
  | { type: "notice"; code: "default-device"; message: string }
  | { type: "playback-failed"; stream: number; error: AudioError }
  | ({ type: "played"; stream: number } & PlaybackReport);

/** How a talk spurt came out of this machine. */
export interface PlaybackReport {
  /** Frames that were heard as they were spoken. */
  frames: number;
  /** Frames that were missing or late and had to be invented. */
  concealed: number;
  /** Frames that came too late, or twice, or had to make room. */
  dropped: number;
  /** Frames that were spoken and neither heard nor replaced by invented ones: lost on the way, or dropped to catch up. */
  missing: number;
  /** Variation of the arrival, ms (RFC 3550). */
  jitterMs: number;
  /**
   * How often the output was found to have run out of sound, which is heard as a click or a gap: at most once in 0.36 s,
   * and nothing that happened in the last 0.36 s.
   */
  underruns: number;
  /**
   * From capture to the sound leaving the speaker, ms, the output's own buffers included as far as they are known. It
   * leaves out what the devices themselves add behind their drivers: a converter a few ms, Bluetooth 100 to 300.
   * Absent when nothing was played, and when the sender's clock is not known well enough.
   */
  delayMs?: { median: number; p95: number };
  /** Where that time goes, medians in ms: until it arrived here, in the jitter buffer, in decoder and output. */
  partsMs?: { arrival: number; buffer: number; output: number };
}
