/** What voice tells the client; the helper process tells it in the same words. */

export type VoiceErrorCode =
  | "no-sound-system"
  | "no-microphone"
  | "no-speaker"
  | "audio-failed"
  | "audio-stalled";

export interface VoiceError {
  code: VoiceErrorCode;
  /** One sentence for the user: what is missing, and what to do. */
  message: string;
}

export type CaptureEndReason = "done" | "stopped" | "cancelled" | "device";

export type VoiceEvent =
  /** The microphone delivers. */
  | { type: "capture-started" }
  /** `capturedAt`: µs since 1970 when the first sample was captured; `payload`: one Opus packet of 20 ms. */
  | { type: "captured"; sequence: number; capturedAt: number; payload: Uint8Array }
  /** Ten times a second while capturing: RMS loudness, 0 at the most, -96 at the least. */
  | { type: "level"; dbfs: number }
  | { type: "capture-ended"; reason: CaptureEndReason; error?: VoiceError }
  | { type: "playback-failed"; stream: number; error: VoiceError }
  | ({ type: "played"; stream: number } & PlaybackReport);

/** How a talk spurt came out of this machine. */
export interface PlaybackReport {
  /** Frames that were heard as they were spoken. */
  frames: number;
  /** Frames that were missing or late and had to be invented. */
  concealed: number;
  /** Frames that came too late, or twice, or had to make room. */
  dropped: number;
  /** Variation of the arrival, ms (RFC 3550). */
  jitterMs: number;
  /**
   * From capture to the output device taking the sound, ms; absent when nothing was played. True only as far as
   * the sender's clock is ours; the output device's own buffers (30 to 60 ms) come on top.
   */
  delayMs?: { median: number; p95: number };
}
