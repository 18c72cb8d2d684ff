/** Tests which device is used and remembered, and the list of devices. */
import { describe, expect, test } from "bun:test";
import type { AudioDevice } from "../../../lib/audio/device.ts";
import { chooseDevices, devicesToKeep } from "../../../lib/client/desktop/chosen-devices.ts";
import { deviceLines, usedDevice } from "../../../lib/client/desktop/devices.ts";

const named = (name: string) => ({ name, isRemembered: false });
const remembered = (name: string) => ({ name, isRemembered: true });

describe("the choice of a device", () => {
  const kept = { input: "USB", output: "HDMI" };

  test("the default device is used when none was ever named", () => {
    expect(chooseDevices({}, {})).toEqual({});
    expect(devicesToKeep({}, {})).toBeUndefined();
  });

  test("a remembered device is used, and nothing is written", () => {
    expect(chooseDevices({}, kept)).toEqual({ input: remembered("USB"), output: remembered("HDMI") });
    expect(devicesToKeep({}, kept)).toBeUndefined();
    expect(devicesToKeep({ input: "USB" }, kept)).toBeUndefined();
  });

  test("a named device is used and remembered, and the other one stays", () => {
    expect(chooseDevices({ input: "Webcam" }, kept)).toEqual({
      input: named("Webcam"),
      output: remembered("HDMI"),
    });
    expect(devicesToKeep({ input: "Webcam" }, kept)).toEqual({ input: "Webcam", output: "HDMI" });
    expect(devicesToKeep({ output: "Webcam" }, {})).toEqual({ output: "Webcam" });
  });

  test("the name `default` means the default device, and the remembered one is forgotten", () => {
    expect(chooseDevices({ input: "default" }, kept)).toEqual({ output: remembered("HDMI") });
    expect(devicesToKeep({ input: "default" }, kept)).toEqual({ output: "HDMI" });
    expect(devicesToKeep({ input: "default", output: "default" }, kept)).toEqual({});
    expect(devicesToKeep({ input: "default" }, {})).toBeUndefined();
  });
});

function device(name: string, fields: Partial<AudioDevice> = {}): AudioDevice {
  return {
    name,
    hostApi: "ALSA",
    inputs: 0,
    outputs: 0,
    defaultInput: false,
    defaultOutput: false,
    ...fields,
  };
}

const headset = device("USB Headset", { inputs: 1, outputs: 2 });
const webcam = device("USB Webcam", { inputs: 2 });
const builtIn = device("Built-in", { inputs: 2, outputs: 2, defaultInput: true, defaultOutput: true });
const devices = [headset, webcam, builtIn];

describe("the device in use", () => {
  test("the default device is used, or the only one whose name has the given part", () => {
    expect(usedDevice(devices, "input", undefined)).toBe(builtIn);
    expect(usedDevice(devices, "input", named("web"))).toBe(webcam);
    expect(usedDevice(devices, "output", named("usb"))).toBe(headset);
    expect(usedDevice([...devices, device("Web", { inputs: 1 })], "input", named("web"))?.name).toBe("Web");
  });

  test("no device is used when several names fit, or none", () => {
    expect(usedDevice(devices, "input", named("usb"))).toBeUndefined();
    expect(usedDevice(devices, "output", named("webcam"))).toBeUndefined();
  });

  test("the default device is used while the remembered one is missing", () => {
    expect(usedDevice(devices, "output", remembered("HDMI"))).toBe(builtIn);
  });
});

describe("the list of devices", () => {
  test("it has a line for each microphone and each speaker", () => {
    expect(deviceLines(devices, { input: named("Webcam") }, false)).toEqual([
      "microphone  USB Headset  ALSA",
      "microphone  USB Webcam  ALSA  (used by Holler)",
      "microphone  Built-in  ALSA  (default)",
      "speaker  USB Headset  ALSA",
      "speaker  Built-in  ALSA  (default, used by Holler)",
    ]);
  });

  test("it has the same in JSON", () => {
    const lines = deviceLines([headset, builtIn], {}, true).map((line) => JSON.parse(line));
    expect(lines).toHaveLength(4);
    expect(lines[0]).toEqual({
      kind: "microphone",
      name: "USB Headset",
      hostApi: "ALSA",
      channels: 1,
      default: false,
      used: false,
    });
    expect(lines[3]).toMatchObject({ kind: "speaker", name: "Built-in", default: true, used: true });
  });

  test("a hostile device name stays on one line without control characters", () => {
    const hostile = device("Bob's\n\x1b[2Jears\u202e", { outputs: 1 });
    expect(deviceLines([hostile], {}, false)).toEqual(["speaker  Bob's [2Jears  ALSA"]);
  });
});
