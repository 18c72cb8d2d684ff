/** What the client and its audio helper say to each other, over the channel that Bun gives a child process. */
import type { AudioDevice, Buffering, DeviceChoice } from "../device.ts";
import type { AudioError, AudioEvent, CaptureEndReason } from "../events.ts";

/** How the output is best opened: what earlier clips have taught. */
export interface OutputStart {
  device?: DeviceChoice | undefined;
  buffering: Buffering;
}

export type HelperCommand =
  | { type: "record"; frames: number; device?: DeviceChoice | undefined; autoGain: boolean }
  | { type: "end-capture"; reason: CaptureEndReason }
  /** `depthMs`: where the jitter buffer starts. */
  | { type: "play"; stream: number; gain: number; depthMs?: number | undefined; output: OutputStart }
  /** `arrivedAt`: when the client got it, µs since 1970, as `capturedAt` is. */
  | {
      type: "frame";
      stream: number;
      sequence: number;
      capturedAt: number;
      arrivedAt: number;
      payload: Uint8Array;
    }
  | { type: "replay"; stream: number; packets: Uint8Array[]; gain: number; output: OutputStart }
  | { type: "gain"; stream: number; gain: number }
  | { type: "end"; stream: number; how: "drain" | "cut" }
  | { type: "devices" }
  /** Close the devices and end. */
  | { type: "quit" };

export type HelperReport =
  | AudioEvent
  /** The output took sound, about ten times a second: the sign of life that the watchdog looks for. */
  | { type: "playing" }
  /** Said before `played`: how much the output held at the end, and where the next jitter buffer is to begin. */
  | { type: "learned"; buffering: Buffering; underruns: number; depthMs?: number }
  | { type: "devices"; devices: AudioDevice[] }
  | { type: "devices-failed"; error: AudioError };
