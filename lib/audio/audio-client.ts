/** Audio as the client session sees it: commands in, events out. Each platform implements it in its own way. */
import type { AudioDevice } from "./device.ts";

export interface AudioClient {
  /** Prepares in the background what the first use would wait for. Opens no device. */
  warm(): void;
  /**
   * Opens the input for exactly `seconds`, rounded to 20 ms, at least one frame. One `capture-ended` follows. While a
   * recording is open the call does nothing. After `stop` or `cancel` it may be called at once: from then on only
   * `capture-ended` of the previous recording is reported, before any event of the new one.
   */
  record(seconds: number): void;
  /** Ends the recording now and keeps what was captured. */
  stop(): void;
  /** Ends the recording now. The rest of it is discarded. */
  cancel(): void;
  /**
   * A transmission begins: the output is opened now, because that takes time. `played` or `playback-failed` follows.
   * `gain`: 0 to 2; 1 leaves the samples as they are.
   */
  play(stream: number, gain: number): void;
  /**
   * A frame of the transmission. `capturedAt`: µs since 1970 on the local clock; when it is wrong by more than a minute,
   * no delay is reported. Frames of a stream that does not play are ignored.
   */
  frame(stream: number, sequence: number, capturedAt: number, payload: Uint8Array): void;
  /** Plays a clip, one Opus packet every 20 ms. `played` follows, without a delay, or `playback-failed`. */
  replay(stream: number, packets: Uint8Array[], gain: number): void;
  /** Changes the gain of a stream that plays, 0 to 2. */
  gain(stream: number, gain: number): void;
  /** The transmission is over: "drain" plays the frames that have arrived, "cut" drops them. `played` follows. */
  end(stream: number, how: "drain" | "cut"): void;
  /** The devices that exist now. @throws {DeviceError} by rejection */
  devices(): Promise<AudioDevice[]>;
  /** Releases every device, and settles when that is done. No event is reported after the call. */
  close(): Promise<void>;
}
