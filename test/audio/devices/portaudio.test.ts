import { expect, test } from "bun:test";
import type { DeviceChoice } from "../../../lib/audio/device.ts";
import { DeviceError } from "../../../lib/audio/device.ts";
import { createPortAudio } from "../../../lib/audio/devices/portaudio.ts";
import { settle } from "../../support/fake-audio.ts";
import type { FakeDevice } from "../../support/fake-naudiodon.ts";
import { createFakeNaudiodon } from "../../support/fake-naudiodon.ts";

const only44100 = ({ rate }: { rate: number }) =>
  rate === 44_100 ? undefined : "Format not supported: Invalid sample rate";
const onlyChannels =
  (count: number) =>
  ({ channels }: { channels: number }) =>
    channels === count ? undefined : "Format not supported: Invalid number of channels";

const headset: FakeDevice = { name: "USB Headset", inputs: 1, outputs: 2 };
const camera: FakeDevice = { name: "USB Camera", inputs: 2 };

async function start(devices: FakeDevice[]) {
  const fake = createFakeNaudiodon(devices);
  const system = createPortAudio(async () => fake.naudiodon);
  await system.load();
  const heard: number[] = [];
  const errors: DeviceError[] = [];
  const microphone = (device?: DeviceChoice) =>
    system.openMicrophone(
      { device },
      (samples) => heard.push(...samples),
      (error) => errors.push(error),
    );
  const speaker = (device?: DeviceChoice) => system.openSpeaker({ device, buffering: "normal" });
  return { ...fake, fake, system, heard, errors, microphone, speaker };
}

const named = (name: string): DeviceChoice => ({ name, isRemembered: false });

function refusal(action: () => unknown): DeviceError {
  try {
    action();
  } catch (error) {
    if (error instanceof DeviceError) return error;
    throw error;
  }
  throw new Error("the call did not throw");
}

test("PortAudio devices are listed with the defaults and without control characters in their names", async () => {
  const { system } = await start([headset, { name: "Ev\u001b[2Jil\n", outputs: 2 }]);
  const alsa = { hostApi: "ALSA", defaultInput: false, defaultOutput: false };
  expect(system.devices()).toEqual([
    { name: "USB Headset", ...alsa, inputs: 1, outputs: 2, defaultInput: true, defaultOutput: true },
    { name: "Ev[2Jil", ...alsa, inputs: 0, outputs: 2 },
  ]);
});

test("without a choice the default device is opened without listing the devices", async () => {
  const { microphone, speaker, streams, fake } = await start([headset, camera]);
  expect(microphone()).not.toHaveProperty("notice");
  expect(speaker()).not.toHaveProperty("notice");
  expect(streams.map(({ device }) => device)).toEqual(["USB Headset", "USB Headset"]);
  expect(fake.lists).toBe(0);
});

test("the chosen device is opened, among the devices of its direction", async () => {
  const { microphone, speaker, streams } = await start([{ name: "Speaker", outputs: 2 }, headset, camera]);
  microphone(named("camera"));
  microphone(named("usb headset"));
  speaker(named("usb"));
  expect(streams.map(({ device }) => device)).toEqual(["USB Camera", "USB Headset", "USB Headset"]);
});

test("a choice that matches several devices or none is refused with their names", async () => {
  const { microphone, speaker } = await start([headset, camera]);
  expect(refusal(() => microphone(named("usb")))).toMatchObject({
    code: "ambiguous-device",
    message: '"usb" fits more than one microphone, say more of its name: "USB Headset", "USB Camera".',
  });
  expect(refusal(() => speaker(named("camera")))).toMatchObject({
    code: "no-such-device",
    message: 'There is no speaker "camera": choose one of "USB Headset".',
  });
});

test("the default device replaces a remembered one that is missing, with a notice", async () => {
  const { microphone, speaker, streams } = await start([headset]);
  expect(microphone({ name: "jabra", isRemembered: true }).notice).toBe(
    'The microphone "jabra" is not there, so the default one is used.',
  );
  expect(speaker({ name: "jabra", isRemembered: true }).notice).toMatch(/^The speaker "jabra"/);
  expect(microphone({ name: "usb", isRemembered: true })).not.toHaveProperty("notice");
  expect(streams.map(({ options }) => options.deviceId)).toEqual([-1, -1, 0]);
});

test("a machine without devices, or without a microphone, has an error of its own", async () => {
  const none = await start([]);
  for (const choice of [undefined, named("usb"), { name: "usb", isRemembered: true }]) {
    expect(refusal(() => none.microphone(choice)).code).toBe("no-sound-system");
  }
  const { microphone } = await start([{ name: "Speaker", outputs: 2 }]);
  for (const choice of [undefined, named("usb")])
    expect(refusal(() => microphone(choice)).code).toBe("no-microphone");
});

test("a name that several host APIs list is opened through the default host API", async () => {
  const { microphone, streams } = await start([
    { name: "Mapper", hostApi: "MME", inputs: 2 },
    { name: "Headset", hostApi: "Windows WASAPI", inputs: 1 },
    { name: "Headset", hostApi: "MME", inputs: 1 },
  ]);
  microphone(named("headset"));
  expect(streams[0]?.options.deviceId).toBe(2);
});

test("a device that supports only 44.1 kHz is resampled in both directions", async () => {
  for (const choice of [undefined, named("old")]) {
    const old: FakeDevice = { name: "Old", inputs: 1, outputs: 1, rate: 44_100, refuses: only44100 };
    const { microphone, speaker, streams, heard } = await start([old]);
    microphone(choice);
    const { write } = speaker(choice);
    const [input, output] = streams;
    expect(input?.options).toMatchObject({ sampleRate: 44_100, channelCount: 1, framesPerBuffer: 441 });
    expect(output?.options).toMatchObject({ sampleRate: 44_100, channelCount: 1, framesPerBuffer: 441 });

    for (let i = 0; i < 10; i++) input?.push(new Int16Array(441).fill(1000));
    for (let i = 0; i < 20; i++) await write(new Int16Array(240).fill(1000));
    await settle();
    expect(Math.abs(heard.length - 4800)).toBeLessThanOrEqual(1);
    expect(heard.slice(200).every((sample) => Math.abs(sample - 1000) < 20)).toBe(true);
    const written = output?.written ?? new Int16Array();
    expect(Math.abs(written.length - 4410)).toBeLessThanOrEqual(1);
    expect(written.slice(200).every((sample) => Math.abs(sample - 1000) < 20)).toBe(true);
  }
});

test("devices with two and eight channels are mixed down, and play on all channels", async () => {
  for (const channels of [2, 8]) {
    const odd: FakeDevice = {
      name: "Odd",
      inputs: channels,
      outputs: channels,
      refuses: onlyChannels(channels),
    };
    const { microphone, speaker, streams, heard } = await start([odd]);
    microphone();
    const { write } = speaker();
    const voice = Int16Array.from({ length: 480 * channels }, (_, i) => (i % channels === 1 ? 1000 : 0));
    streams[0]?.push(voice);
    await write(new Int16Array(240).fill(7));
    await settle();
    expect(heard).toEqual(Array.from({ length: 480 }, () => (channels === 2 ? 500 : 1000)));
    expect([...(streams[1]?.written ?? [])]).toEqual(Array.from({ length: 240 * channels }, () => 7));
    expect(streams[0]?.options).toMatchObject({ sampleRate: 48_000, channelCount: channels });
  }
});

test("48 kHz is tried with every number of channels before another sample rate", async () => {
  const { microphone, asked } = await start([
    { name: "A", inputs: 8, rate: 96_000, refuses: () => "Format not supported: Invalid sample rate" },
  ]);
  expect(refusal(() => microphone())).toMatchObject({
    code: "audio-failed",
    message: expect.stringContaining("no format that Holler knows"),
  });
  expect(asked.map(({ rate, channels }) => `${rate}/${channels}`)).toEqual([
    "48000/1",
    "48000/2",
    "48000/8",
    "96000/1",
    "96000/2",
    "96000/8",
  ]);
});

test("a busy device is tried once, and the error asks for other programs", async () => {
  const busy = { ...headset, refuses: () => "Could not open stream: Device unavailable" };
  const { microphone, asked } = await start([busy]);
  expect(refusal(() => microphone())).toMatchObject({
    code: "audio-failed",
    message: expect.stringContaining("does no other program hold it?"),
  });
  expect(asked).toHaveLength(1);
});

test("a microphone reports an error while it is open, and nothing after it is closed", async () => {
  const { microphone, streams, errors, heard } = await start([headset]);
  microphone();
  streams[0]?.fail("portAudio status - input overflow");
  await settle();
  expect(errors.map(({ code }) => code)).toEqual(["audio-failed"]);

  const closing = microphone();
  const closed = closing.close();
  streams[1]?.push(new Int16Array(480).fill(1));
  await closed;
  await settle();
  expect(heard).toEqual([]);
  expect(streams[1]?.closed).toBe(true);
});

test("a write to a speaker that fails is rejected", async () => {
  const { speaker, streams } = await start([headset]);
  const { write } = speaker();
  streams[0]?.fail("gone");
  await expect(write(new Int16Array(240))).rejects.toMatchObject({ code: "audio-failed" });
});

test("an addon that does not load is the error of every device", async () => {
  const system = createPortAudio(() => Promise.reject(new Error("libasound.so.2: cannot open\nmore")));
  await system.load();
  expect(refusal(() => system.devices()).message).toMatch(/^Voice needs ALSA/);
  expect(refusal(() => system.openSpeaker({ buffering: "low" })).code).toBe("no-sound-system");
});
