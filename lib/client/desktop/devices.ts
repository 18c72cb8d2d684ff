/** `holler devices`: the microphones and speakers of this machine, and which of them are used. */

import type { AudioClient } from "../../audio/audio-client.ts";
import type { AudioDevice, DeviceChoice } from "../../audio/device.ts";
import { chooseDevice } from "../../audio/devices/device-choice.ts";
import { createAudioClient } from "../../audio/helper/audio-client.ts";
import { exitStatus, Failure } from "../../base/failure.ts";
import { withTimeout } from "../../base/timeout.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { ChosenDevices } from "./chosen-devices.ts";

/** The direction of sound through a device. */
export type Direction = "input" | "output";

/** Longer than any working sound system takes to answer. */
const answerTimeoutMs = 5_000;
const isStuck =
  "The sound system does not answer: restart the sound server (PipeWire or PulseAudio) and try again.";
const nothingThere =
  "No microphone or speaker was found: plug one in, or start the sound server (PipeWire or PulseAudio).";

/**
 * The lines to print, one a microphone or speaker.
 * @throws {Failure} `no-sound-system` when there is none.
 */
export async function listDevices(json: boolean, choice: ChosenDevices): Promise<string[]> {
  const voice = createAudioClient({ onEvent() {} });
  try {
    return deviceLines(await devicesOf(voice), choice, json);
  } finally {
    await voice.close();
  }
}

/**
 * The devices that exist now, at least one.
 * @throws {Failure} with a sentence that says what to do, within seconds.
 */
export async function devicesOf(voice: AudioClient): Promise<AudioDevice[]> {
  const devices = await withTimeout(answerTimeoutMs, voice.devices(), isStuck);
  if (devices.length > 0) return devices;
  throw new Failure("no-sound-system", exitStatus.failed, nothingThere);
}

/** The devices as lines, microphones first. Their names come from drivers, and over Bluetooth from strangers. */
export function deviceLines(devices: AudioDevice[], choice: ChosenDevices, json: boolean): string[] {
  return (["input", "output"] as const).flatMap((direction) => {
    const used = usedDevice(devices, direction, choice[direction]);
    return usable(devices, direction).map((device) => {
      const line = {
        kind: direction === "input" ? "microphone" : "speaker",
        name: cleanLine(device.name),
        hostApi: cleanLine(device.hostApi),
        channels: direction === "input" ? device.inputs : device.outputs,
        default: isDefault(device, direction),
        used: device === used,
      };
      return json ? JSON.stringify(line) : plainLine(line);
    });
  });
}

function plainLine(line: {
  kind: string;
  name: string;
  hostApi: string;
  default: boolean;
  used: boolean;
}): string {
  const marks = [...(line.default ? ["default"] : []), ...(line.used ? ["used by Holler"] : [])];
  return [line.kind, line.name, line.hostApi, ...(marks.length > 0 ? [`(${marks.join(", ")})`] : [])].join(
    "  ",
  );
}

/** The device that a choice comes to; undefined: there is none, or several. */
export function usedDevice(
  devices: AudioDevice[],
  direction: Direction,
  choice: DeviceChoice | undefined,
): AudioDevice | undefined {
  const there = usable(devices, direction);
  const byDefault = there.find((device) => isDefault(device, direction));
  if (choice === undefined) return byDefault;
  const found = chooseDevice(there, choice.name, byDefault?.hostApi);
  if (found.type === "none" && choice.isRemembered) return byDefault;
  return found.type === "found" ? found.device : undefined;
}

function usable(devices: AudioDevice[], direction: Direction): AudioDevice[] {
  return devices.filter(({ inputs, outputs }) => (direction === "input" ? inputs : outputs) > 0);
}

function isDefault(device: AudioDevice, direction: Direction): boolean {
  return direction === "input" ? device.defaultInput : device.defaultOutput;
}
