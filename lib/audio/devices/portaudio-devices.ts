/** What PortAudio lists: all devices, the default ones, and the one that somebody means. */
import type { DeviceInfo } from "naudiodon";
import { cleanLine } from "../../protocol/text.ts";
import type { AudioDevice, DeviceChoice } from "../device.ts";
import { chooseDevice } from "./device-choice.ts";
import * as say from "./device-errors.ts";

/** The part of the addon that Holler uses. */
export type Naudiodon = Pick<typeof import("naudiodon"), "getDevices" | "getHostAPIs" | "AudioIO">;

/** The device that is meant; none, with a notice, where it was only remembered. @throws DeviceError */
export function findDevice(
  naudiodon: Naudiodon,
  direction: say.Direction,
  { name, isRemembered }: DeviceChoice,
): { device?: DeviceInfo; notice?: string } {
  const all = devicesOf(naudiodon);
  const usable = all.filter((device) => channelsOf(device, direction) > 0);
  const names = usable.map((device) => device.name);
  const candidates = usable.map((device) => ({ device, name: device.name, hostApi: device.hostAPIName }));
  // Asked only where it matters: PortAudio looks at every device again.
  const hasOneHost = new Set(candidates.map(({ hostApi }) => hostApi)).size === 1;
  const defaultHostApi = hasOneHost ? undefined : defaultDevice(naudiodon, direction)?.hostAPIName;
  const choice = chooseDevice(candidates, name, defaultHostApi);
  switch (choice.type) {
    case "found":
      return { device: choice.device.device };
    case "several":
      throw say.ambiguousDevice(direction, name, choice.names);
    case "none":
      if (usable.length === 0) throw say.noDevice(direction, all.length);
      if (isRemembered) return { notice: say.defaultNotice(direction, name) };
      throw say.noSuchDevice(direction, name, names);
  }
}

/** @throws Error when PortAudio does not start */
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

/** A device over Bluetooth is called what its owner likes. */
function devicesOf(naudiodon: Naudiodon): DeviceInfo[] {
  return naudiodon.getDevices().map((device) => ({ ...device, name: cleanLine(device.name) }));
}

/** What PortAudio takes when it is not told which. */
export function defaultDevice(naudiodon: Naudiodon, direction: say.Direction): DeviceInfo | undefined {
  const host = defaultHost(naudiodon);
  const id = direction === "input" ? host?.defaultInput : host?.defaultOutput;
  return devicesOf(naudiodon).find((device) => device.id === id);
}

function defaultHost(naudiodon: Naudiodon) {
  const { HostAPIs, defaultHostAPI } = naudiodon.getHostAPIs();
  return HostAPIs[defaultHostAPI];
}

export function channelsOf(device: DeviceInfo, direction: say.Direction): number {
  return direction === "input" ? device.maxInputChannels : device.maxOutputChannels;
}
