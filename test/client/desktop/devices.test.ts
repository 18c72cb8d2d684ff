/** Which device is used, what is remembered of it, and how the list reads. */
import { describe, expect, test } from "bun:test";
import type { AudioDevice } from "../../../lib/audio/device.ts";
import { chooseDevices, devicesToKeep } from "../../../lib/client/desktop/chosen-devices.ts";
import { deviceLines, usedDevice } from "../../../lib/client/desktop/devices.ts";

const named = (name: string) => ({ name, isRemembered: false });
const remembered = (name: string) => ({ name, isRemembered: true });

describe("a device that was", () => {
  const kept = { input: "USB", output: "HDMI" };

  test("never named is the system's", () => {
    expect(chooseDevices({}, {})).toEqual({});
    expect(devicesToKeep({}, {})).toBeUndefined();
  });

  test("remembered is used, and nothing is written", () => {
    expect(chooseDevices({}, kept)).toEqual({ input: remembered("USB"), output: remembered("HDMI") });
    expect(devicesToKeep({}, kept)).toBeUndefined();
    expect(devicesToKeep({ input: "USB" }, kept)).toBeUndefined();
  });

  test("named is used and remembered, and leaves the other as it was", () => {
    expect(chooseDevices({ input: "Webcam" }, kept)).toEqual({
      input: named("Webcam"),
      output: remembered("HDMI"),
    });
    expect(devicesToKeep({ input: "Webcam" }, kept)).toEqual({ input: "Webcam", output: "HDMI" });
    expect(devicesToKeep({ output: "Webcam" }, {})).toEqual({ output: "Webcam" });
  });

  test("named default is the system's, and the remembered one is forgotten", () => {
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
  test("is the default, or the one whose name has that part alone", () => {
    expect(usedDevice(devices, "input", undefined)).toBe(builtIn);
    expect(usedDevice(devices, "input", named("web"))).toBe(webcam);
    expect(usedDevice(devices, "output", named("usb"))).toBe(headset);
    expect(usedDevice([...devices, device("Web", { inputs: 1 })], "input", named("web"))?.name).toBe("Web");
  });

  test("is none where several fit, or none", () => {
    expect(usedDevice(devices, "input", named("usb"))).toBeUndefined();
    expect(usedDevice(devices, "output", named("webcam"))).toBeUndefined();
  });

  test("is the default while the remembered one is away", () => {
    expect(usedDevice(devices, "output", remembered("HDMI"))).toBe(builtIn);
  });
});

describe("the list", () => {
  test("has a line for each microphone and each speaker", () => {
    expect(deviceLines(devices, { input: named("Webcam") }, false)).toEqual([
      "microphone  USB Headset  ALSA",
      "microphone  USB Webcam  ALSA  (used by Holler)",
      "microphone  Built-in  ALSA  (default)",
      "speaker  USB Headset  ALSA",
      "speaker  Built-in  ALSA  (default, used by Holler)",
    ]);
  });

  test("is the same in JSON", () => {
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

  test("stays one harmless line a device, whatever its name", () => {
    const hostile = device("Bob's\n\x1b[2Jears\u202e", { outputs: 1 });
    expect(deviceLines([hostile], {}, false)).toEqual(["speaker  Bob's [2Jears  ALSA"]);
  });
});
