/** The error sentences for devices: what happened, and what the user can do. */
import { tmpdir } from "node:os";
import type { DeviceDirection } from "../device.ts";
import { DeviceError } from "../device.ts";
import { listNames } from "./device-choice.ts";

/** The native addon did not load. On Linux the cause is nearly always a missing libasound. */
export function loadError(error: unknown): DeviceError {
  return new DeviceError("no-sound-system", loadSentence(textOf(error)));
}

/** The messages of glibc's loader, and what they mean. */
function loadSentence(message: string): string {
  if (message.includes("Too many open files"))
    return "Voice cannot be loaded: too many files are open. Raise the limit (ulimit -n).";
  if (message.includes("libasound"))
    return "Voice needs ALSA, which is missing here: install libasound2 (Debian, Ubuntu) or alsa-lib (Fedora, Arch).";
  const version = /version `(\w+_[\d.]+)' not found/.exec(message)?.[1];
  if (version !== undefined)
    return `Voice in this program was built for a newer system (${version} is missing here): build Holler on this system.`;
  // The two that Bun unpacks where Linux does not let them be loaded from memory.
  const setTmpdir = "set TMPDIR to a folder where you can write and programs can run.";
  if (/bunfs.*: cannot open shared object file/.test(message))
    return `Voice cannot be unpacked into ${tmpdir()}, which is missing, full or not writable: ${setTmpdir}`;
  if (/\.bun-.*: failed to map segment/.test(message))
    return `Voice cannot be loaded from ${tmpdir()}, where no program can run (it is mounted noexec): ${setTmpdir}`;
  const library = /([^\s/]+): cannot open shared object file/.exec(message)?.[1];
  if (library !== undefined)
    return `Voice needs ${library}, which is missing here: install the package that has it.`;
  return `The sound system cannot be loaded: ${message}.`;
}

/** There is no device of this direction, among `devices` in all. */
export function noDevice(direction: DeviceDirection, devices: number): DeviceError {
  if (devices === 0) {
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

/** No device has this name. `names`, at least one: the devices there are. */
export function noSuchDevice(
  direction: DeviceDirection,
  name: string,
  names: readonly string[],
): DeviceError {
  const there = `There is no ${nounOf(direction)} "${name}"`;
  return new DeviceError("no-such-device", `${there}: choose one of ${listNames([...new Set(names)])}.`);
}

/** Several devices match the name. `names`: those that match. */
export function ambiguousDevice(
  direction: DeviceDirection,
  name: string,
  names: readonly string[],
): DeviceError {
  const several = `"${name}" fits more than one ${nounOf(direction)}`;
  return new DeviceError("ambiguous-device", `${several}, say more of its name: ${listNames(names)}.`);
}

/** A remembered device is missing. A notice, no error. */
export function defaultNotice(direction: DeviceDirection, name: string): string {
  return `The ${nounOf(direction)} "${name}" is not there, so the default one is used.`;
}

/** A device exists and does not work. */
export function deviceFailed(direction: DeviceDirection, error: unknown): DeviceError {
  return new DeviceError(
    "audio-failed",
    `The ${nounOf(direction)} cannot be used (${textOf(error)}): is it plugged in, and does no other program hold it?`,
  );
}

/** A device exists and supports none of the formats it was asked for. */
export function noFormat(direction: DeviceDirection, error: unknown): DeviceError {
  return new DeviceError(
    "audio-failed",
    `The ${nounOf(direction)} works in no format that Holler knows (${textOf(error)}): choose another one.`,
  );
}

/** The first line of an error message, without the full stop. */
export function textOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0]?.trim().replace(/\.$/, "") ?? "";
}

function nounOf(direction: DeviceDirection): string {
  return direction === "input" ? "microphone" : "speaker";
}
