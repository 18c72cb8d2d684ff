import { expect, test } from "bun:test";
import type { AudioSystem, Buffering } from "../../../lib/audio/device.ts";
import { DeviceError } from "../../../lib/audio/device.ts";
import { chunkMs, chunkSamples } from "../../../lib/audio/dsp/format.ts";
import { openOutput } from "../../../lib/audio/playback/output.ts";

const latencyMs: Record<Buffering, number> = { low: 20, normal: 40, high: 75 };

/** A sound system with simulated time: only its speakers and the test advance the clock. */
function createMachine(options: { notice?: string; opensMax?: number; periodMs?: number } = {}) {
  const { periodMs = chunkMs } = options;
  const clock = { ms: 0 };
  const log: string[] = [];
  let opens = 0;
  const system: AudioSystem = {
    load: async () => {},
    devices: () => [],
    openMicrophone() {
      throw new Error("not here");
    },
    openSpeaker({ device, buffering }) {
      if (++opens > (options.opensMax ?? Number.POSITIVE_INFINITY))
        throw new DeviceError("no-speaker", "gone");
      log.push(`open ${device?.name ?? "default"} ${buffering}`);
      const held = latencyMs[buffering];
      let playedAt = clock.ms;
      return {
        ...(options.notice ? { notice: options.notice } : {}),
        latencyMs: held,
        periodMs: chunkMs,
        async write() {
          playedAt = Math.max(playedAt, clock.ms) + chunkMs;
          const roomAt = Math.max(clock.ms, playedAt - held);
          clock.ms = Math.ceil(roomAt / periodMs) * periodMs;
        },
        close: async () => void log.push("close"),
      };
    },
  };
  return { system, clock, log };
}

const chunk = new Int16Array(chunkSamples);

/** Writes chunks. The process is busy for `busyMs` before each 40th. */
async function play(
  machine: ReturnType<typeof createMachine>,
  output: ReturnType<typeof openOutput>,
  chunks: number,
  busyMs: number,
) {
  for (let i = 1; i <= chunks; i++) {
    if (i % 40 === 0) machine.clock.ms += busyMs;
    await output.write(chunk);
  }
}

function open(
  machine: ReturnType<typeof createMachine>,
  buffering: Buffering = "low",
  notices: string[] = [],
) {
  return openOutput({
    system: machine.system,
    device: { name: "USB", isRemembered: true },
    buffering,
    clockMs: () => machine.clock.ms,
    onNotice: (message) => notices.push(message),
  });
}

test("the delay of a chunk is the latency of the speaker, less the time that the process was late", async () => {
  const machine = createMachine();
  const output = open(machine);
  await play(machine, output, 100, 0);
  expect(await output.write(chunk)).toBeCloseTo(20, 6);
  machine.clock.ms += 15;
  expect(await output.write(chunk)).toBeCloseTo(10, 6);
  expect(output.underruns).toBe(0);
  expect(machine.log).toEqual(["open USB low"]);
});

test("the delay of a chunk includes two periods of a sound server with longer periods", async () => {
  const machine = createMachine({ periodMs: 20 });
  const output = open(machine);
  await play(machine, output, 300, 0);
  const untilHeardMs = [];
  for (let i = 0; i < 4; i++) untilHeardMs.push(await output.write(chunk));
  expect(untilHeardMs.sort((a, b) => a - b)).toEqual([35, 40, 45, 50]);
  expect(output.underruns).toBe(0);
});

test("three underruns within seconds open the output again with more buffering", async () => {
  const machine = createMachine();
  const output = open(machine);
  await play(machine, output, 1000, 60);
  expect(output.buffering).toBe("high");
  expect(output.underruns).toBe(6);
  expect(machine.log).toEqual(["open USB low", "close", "open USB normal", "close", "open USB high"]);
  await output.close();
  expect(machine.log.at(-1)).toBe("close");
});

test("an output with the largest buffering stays open after underruns", async () => {
  const machine = createMachine();
  const output = open(machine, "high");
  await play(machine, output, 1000, 120);
  expect(output.underruns).toBeWithin(8, 13);
  expect(machine.log).toEqual(["open USB high"]);
});

test("an underrun within half a second of playback is detected", async () => {
  const machine = createMachine();
  const output = open(machine, "high");
  await play(machine, output, 100, 120);
  await play(machine, output, 100, 0);
  expect(output.underruns).toBe(1);
});

test("an underrun every six seconds does not raise the buffering", async () => {
  const machine = createMachine();
  const output = open(machine);
  for (let round = 0; round < 6; round++) {
    await play(machine, output, 41, 60);
    await play(machine, output, 1200, 0);
  }
  expect(output.underruns).toBe(6);
  expect(output.buffering).toBe("low");
});

test("an output that cannot be opened again fails, and its device is closed once", async () => {
  const machine = createMachine({ opensMax: 1 });
  const output = open(machine);
  await expect(play(machine, output, 1000, 60)).rejects.toMatchObject({ code: "no-speaker" });
  await output.close();
  expect(machine.log).toEqual(["open USB low", "close"]);
});

test("the notice that the default device is used is reported once", async () => {
  const machine = createMachine({ notice: "no USB here" });
  const notices: string[] = [];
  const output = open(machine, "low", notices);
  await play(machine, output, 1000, 60);
  expect(notices).toEqual(["no USB here"]);
});
