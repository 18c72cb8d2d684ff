/** What people are told when a device does not do what they want: what happened, and what to do about it. */
import { DeviceError } from "../device.ts";
import { listNames } from "./device-choice.ts";

export type Direction = "input" | "output";

/** Says why the addon did not load; on Linux that is nearly always a missing libasound. */
export function loadError(error: unknown): DeviceError {
  const said = textOf(error);
  if (said.includes("libasound")) {
    return new DeviceError(
      "no-sound-system",
      "Voice needs ALSA, which is missing here: install libasound2 (Debian, Ubuntu) or alsa-lib (Fedora, Arch).",
    );
  }
  return new DeviceError("no-sound-system", `The sound system cannot be loaded: ${said}.`);
}

/** There is no device of that direction; `others`: how many devices there are at all. */
export function noDevice(direction: Direction, others: number): DeviceError {
  if (others === 0) {
    const server =
      process.platform === "linux"
        ? ", or start the sound server (PipeWire with pipewire-alsa, or PulseAudio with libasound2-plugins)"
        : "";
    return new DeviceError("no-sound-system", `No microphone or speaker was found: plug one in${server}.`);
  }
  return direction === "input"
    ? new DeviceError("no-microphone", "No microphone was found: plug one in and try again.")
    : new DeviceError("no-speaker", "No speaker was found: plug one in and try again.");
}

/** Nothing is called `name`; `names`, one at least, are what there is. */
export function noSuchDevice(direction: Direction, name: string, names: readonly string[]): DeviceError {
  const there = `There is no ${nounOf(direction)} "${name}"`;
  return new DeviceError("no-such-device", `${there}: choose one of ${listNames([...new Set(names)])}.`);
}

export function ambiguousDevice(direction: Direction, name: string, names: readonly string[]): DeviceError {
  const several = `"${name}" fits more than one ${nounOf(direction)}`;
  return new DeviceError("ambiguous-device", `${several}, say more of its name: ${listNames(names)}.`);
}

/** No error: a device that was remembered is missing. */
export function defaultNotice(direction: Direction, name: string): string {
  return `The ${nounOf(direction)} "${name}" is not there, so the default one is used.`;
}

/** A device that is there does not work. */
export function deviceFailed(direction: Direction, error: unknown): DeviceError {
  return new DeviceError(
    "audio-failed",
    `The ${nounOf(direction)} cannot be used (${textOf(error)}): is it plugged in, and does no other program hold it?`,
  );
}

/** A device that is there gives and takes sound in no format that was asked for. */
export function noFormat(direction: Direction, error: unknown): DeviceError {
  return new DeviceError(
    "audio-failed",
    `The ${nounOf(direction)} works in no format that Holler knows (${textOf(error)}): choose another one.`,
  );
}

/** The first line of what was said, without the full stop. */
export function textOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return said.split("\n", 1)[0]?.trim().replace(/\.$/, "") ?? "";
}

function nounOf(direction: Direction): string {
  return direction === "input" ? "microphone" : "speaker";
}
