/** What an audio client reports: the events of recording and of playback, and their errors. */
import type { Level, MeterSummary } from "./dsp/level.ts";

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
  /** One sentence for the user: the problem, and what to do. */
  message: string;
}

export type CaptureEndReason = "done" | "stopped" | "cancelled" | "device";

export type AudioEvent =
  /** The microphone delivers samples. */
  | { type: "capture-started" }
  /** One Opus packet of 20 ms. `capturedAt`: when its first sample was captured, µs since 1970, on the local clock. */
  | { type: "captured"; sequence: number; capturedAt: number; payload: Uint8Array }
  /** Ten times a second during a recording. */
  | ({ type: "level" } & Level)
  /** `sound` is absent when nothing was captured. */
  | { type: "capture-ended"; reason: CaptureEndReason; error?: AudioError; sound?: MeterSummary }
  /** A remembered device is missing, and the default one is used. It is no error. */
  | { type: "notice"; code: "default-device"; message: string }
  | { type: "playback-failed"; stream: number; error: AudioError }
  | ({ type: "played"; stream: number } & PlaybackReport);

/** Statistics of one transmission, or one clip, after it was played. */
export interface PlaybackReport {
  /** Frames that were decoded and played. */
  frames: number;
  /** Frames that were concealed because they were late or lost. */
  concealed: number;
  /** Frames that arrived and were not played: duplicates, late ones, and those dropped to reduce the delay. */
  dropped: number;
  /** Frames of speech that were neither played nor concealed: lost, or dropped to reduce the delay. */
  missing: number;
  /** Interarrival jitter, ms (RFC 3550 section 6.4.1). */
  jitterMs: number;
  /**
   * How often the output device ran out of sound, which is heard as a click or a gap. At most one is counted in 0.36 s,
   * and none of the last 0.36 s.
   */
  underruns: number;
  /**
   * Mouth-to-ear delay, ms: from the capture of a frame until it leaves the speaker, the buffers of the output included
   * as far as they are known. It leaves out what devices add behind their drivers: a converter a few ms, Bluetooth 100
   * to 300. Absent when nothing was played, and when the sender's clock is not known well enough.
   */
  delayMs?: { median: number; p95: number };
  /** The medians of its parts, ms: until arrival, in the jitter buffer, in decoder and output. */
  partsMs?: { arrival: number; buffer: number; output: number };
}
