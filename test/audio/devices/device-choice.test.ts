import { expect, test } from "bun:test";
import { chooseDevice, listNames } from "../../../lib/audio/devices/device-choice.ts";

const alsa = ["Built-in Audio", "USB Headset: Audio (hw:1,0)", "USB Camera: Audio (hw:2,0)", "default"].map(
  (name) => ({ name, hostApi: "ALSA" }),
);
const choose = (name: string, devices = alsa) => chooseDevice(devices, name, "ALSA");
const chosen = (name: string, devices = alsa) => {
  const choice = choose(name, devices);
  return choice.type === "found" ? choice.device.name : choice.type;
};

test("a device is found by a part of its name in upper or lower case", () => {
  for (const part of ["headset", "HEADSET", "hw:1", " headset ", "USB Headset: Audio (hw:1,0)"])
    expect(chosen(part)).toBe("USB Headset: Audio (hw:1,0)");
});

test("a part of several names finds no device and lists the names", () => {
  expect(choose("usb")).toEqual({
    type: "several",
    names: ["USB Headset: Audio (hw:1,0)", "USB Camera: Audio (hw:2,0)"],
  });
  expect(chosen("")).toBe("several");
});

test("a name that no device has finds none", () => {
  expect(choose("bluetooth")).toEqual({ type: "none" });
  expect(chosen("headset", [])).toBe("none");
});

test("an exact name is preferred to a longer name, and the same case to another", () => {
  const devices = ["mic", "mic 2", "Mic"].map((name) => ({ name, hostApi: "ALSA" }));
  expect(chosen("mic", devices)).toBe("mic");
  expect(chosen("Mic", devices)).toBe("Mic");
  expect(chosen("MIC", devices)).toBe("several");
  expect(chosen("MIC 2", devices)).toBe("mic 2");
});

test("two Unicode spellings of one letter are equal", () => {
  const devices = [{ name: "Kopfho\u0308rer", hostApi: "Core Audio" }];
  expect(chosen("kopfh\u00f6rer", devices)).toBe("Kopfho\u0308rer");
});

test("hardware that several host APIs list is chosen from the default host API", () => {
  const windows = [
    // MME cuts names after 31 characters.
    { id: 1, name: "Microphone (Realtek High Defini", hostApi: "MME" },
    { id: 2, name: "Headset (Jabra)", hostApi: "MME" },
    { id: 5, name: "Microphone (Realtek High Definition Audio)", hostApi: "Windows WASAPI" },
    { id: 6, name: "Headset (Jabra)", hostApi: "Windows WASAPI" },
    { id: 7, name: "Line (Jabra)", hostApi: "Windows WDM-KS" },
  ];
  const id = (name: string, hostApi: string) => {
    const choice = chooseDevice(windows, name, hostApi);
    return choice.type === "found" ? choice.device.id : choice.type;
  };
  expect(id("realtek", "MME")).toBe(1);
  expect(id("realtek", "Windows WASAPI")).toBe(5);
  expect(id("Headset (Jabra)", "MME")).toBe(2);
  expect(id("jabra", "MME")).toBe(2);
  expect(id("definition audio", "MME")).toBe(5);
  expect(id("line", "MME")).toBe(7);
  expect(id("headset", "none of these")).toBe(2);
});

test("of two devices with one name and one host API the first is chosen", () => {
  const twins = [
    { id: 1, name: "USB Headset", hostApi: "Core Audio" },
    { id: 2, name: "USB Headset", hostApi: "Core Audio" },
  ];
  expect(chooseDevice(twins, "usb", "Core Audio")).toEqual({
    type: "found",
    device: { id: 1, name: "USB Headset", hostApi: "Core Audio" },
  });
});

test("a list of names shows six names and the number of the others", () => {
  expect(listNames(["a", "b"])).toBe('"a", "b"');
  expect(listNames(["a", "b", "c", "d", "e", "f", "g", "h"])).toBe('"a", "b", "c", "d", "e", "f" and 2 more');
});
