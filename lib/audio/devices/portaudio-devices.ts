/** The devices that PortAudio lists: all of them, the default ones, and the one that a user chose. */
import type { DeviceInfo } from "naudiodon";
import { cleanLine } from "../../protocol/text.ts";
import type { AudioDevice, DeviceChoice, DeviceDirection } from "../device.ts";
import { chooseDevice } from "./device-choice.ts";
import * as deviceErrors from "./device-errors.ts";

/** The part of the addon that Holler uses. */
export type Naudiodon = Pick<typeof import("naudiodon"), "getDevices" | "getHostAPIs" | "AudioIO">;

/** Returns the chosen device, or only a notice when the choice is remembered and missing. @throws {DeviceError} */
export function findDevice(
  naudiodon: Naudiodon,
  direction: DeviceDirection,
  { name, isRemembered }: DeviceChoice,
): { device?: DeviceInfo; notice?: string } {
  const all = devicesOf(naudiodon);
  const usable = all.filter((device) => channelsOf(device, direction) > 0);
  const names = usable.map((device) => device.name);
  const candidates = usable.map((device) => ({ device, name: device.name, hostApi: device.hostAPIName }));
  // Only where it matters, because PortAudio enumerates every device for it.
  const hasOneHost = new Set(candidates.map(({ hostApi }) => hostApi)).size === 1;
  const defaultHostApi = hasOneHost ? undefined : defaultDevice(naudiodon, direction)?.hostAPIName;
  const choice = chooseDevice(candidates, name, defaultHostApi);
  switch (choice.type) {
    case "found":
      return { device: choice.device.device };
    case "several":
      throw deviceErrors.ambiguousDevice(direction, name, choice.names);
    case "none":
      if (usable.length === 0) throw deviceErrors.noDevice(direction, all.length);
      if (isRemembered) return { notice: deviceErrors.defaultNotice(direction, name) };
      throw deviceErrors.noSuchDevice(direction, name, names);
  }
}

/** @throws {Error} when PortAudio does not start. */
export function listDevices(naudiodon: Naudiodon): AudioDevice[] {
  const host = defaultHost(naudiodon);
  return devicesOf(naudiodon).map((device) => ({
    name: device.name,
    hostApi: device.hostAPIName,
    inputs: device.maxInputChannels,
    outputs: device.maxOutputChannels,
    defaultInput: device.id === host?.defaultInput,
    defaultOutput: device.id === host?.defaultOutput,
  }));
}

/** The names are cleaned: the owner of a Bluetooth device chooses its name. */
function devicesOf(naudiodon: Naudiodon): DeviceInfo[] {
  return naudiodon.getDevices().map((device) => ({ ...device, name: cleanLine(device.name) }));
}

/** The device that PortAudio opens without a choice. */
export function defaultDevice(naudiodon: Naudiodon, direction: DeviceDirection): DeviceInfo | undefined {
  const host = defaultHost(naudiodon);
  const id = direction === "input" ? host?.defaultInput : host?.defaultOutput;
  return devicesOf(naudiodon).find((device) => device.id === id);
}

function defaultHost(naudiodon: Naudiodon) {
  const { HostAPIs, defaultHostAPI } = naudiodon.getHostAPIs();
  return HostAPIs[defaultHostAPI];
}

export function channelsOf(device: DeviceInfo, direction: DeviceDirection): number {
  return direction === "input" ? device.maxInputChannels : device.maxOutputChannels;
}
