/** The messages between the client and its audio helper, over the IPC channel of a Bun child process. */
import type { AudioDevice, DeviceChoice, SpeakerOptions } from "../device.ts";
import type { AudioError, AudioEvent, CaptureEndReason } from "../events.ts";
import type { PlayoutReport, PlayoutStreamOptions } from "../playback/playout.ts";

export type HelperCommand =
  | { type: "record"; frames: number; device?: DeviceChoice | undefined; autoGain: boolean }
  | { type: "end-capture"; reason: CaptureEndReason }
  | ({ type: "play"; stream: number } & PlayoutStreamOptions)
  /** `arrivedAt`: when the client received it, µs since 1970, on the clock of `capturedAt`. */
  | {
      type: "frame";
      stream: number;
      sequence: number;
      capturedAt: number;
      arrivedAt: number;
      payload: Uint8Array;
    }
  | { type: "replay"; stream: number; packets: Uint8Array[]; gain: number; output: SpeakerOptions }
  | { type: "gain"; stream: number; gain: number }
  | { type: "end"; stream: number; how: "drain" | "cut" }
  | { type: "devices" }
  /** Close the devices and exit. */
  | { type: "quit" };

export type HelperReport =
  | AudioEvent
  | PlayoutReport
  /** The output accepted sound; about ten times a second. The watchdog of the client waits for it. */
  | { type: "output-progress" }
  | { type: "devices"; devices: AudioDevice[] }
  | { type: "devices-failed"; error: AudioError };
