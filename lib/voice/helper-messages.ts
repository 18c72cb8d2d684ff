/** What the client and its audio helper say to each other, over the channel that Bun gives a child process. */
import type { AudioDevice } from "./device.ts";
import type { CaptureEndReason, VoiceError, VoiceEvent } from "./events.ts";

export type HelperCommand =
  | { do: "record"; frames: number }
  | { do: "end-capture"; reason: CaptureEndReason }
  | { do: "play"; stream: number }
  | { do: "frame"; stream: number; sequence: number; capturedAt: number; payload: Uint8Array }
  | { do: "end"; stream: number; how: "drain" | "cut" }
  | { do: "devices" }
  /** Close the devices and end. */
  | { do: "quit" };

export type HelperReport =
  | VoiceEvent
  /** The output took sound, about ten times a second: the sign of life that the watchdog looks for. */
  | { type: "playing" }
  | { type: "devices"; devices: AudioDevice[] }
  | { type: "devices-failed"; error: VoiceError };
