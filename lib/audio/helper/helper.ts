/**
 * The audio helper process: the program runs this when it is started with `--audio-helper`. All native audio code lives
 * in it, so that its output, its hangs and its crashes do not reach the chat.
 */
import { ptr } from "bun:ffi";
import { openLibc } from "../../system/libc.ts";
import type { Capture } from "../capture/capture.ts";
import { startCapture } from "../capture/capture.ts";
import { createDecoder, createEncoder, loadCodec } from "../codec/codec.ts";
import type { AudioSystem } from "../device.ts";
import { describeError } from "../device.ts";
import { createPortAudio } from "../devices/portaudio.ts";
import { chunkMs } from "../dsp/format.ts";
import { createPlayout } from "../playback/playout.ts";
import type { HelperCommand, HelperReport } from "./helper-messages.ts";

/** The options of Linux's prctl that are used here. */
const prctlOptions = { setParentDeathSignal: 1, setName: 15 };
const prctl =
  process.platform === "linux"
    ? openLibc({ prctl: { args: ["int", "u64"], returns: "int" } })?.prctl
    : undefined;

/** Serves the parent process until it sends `quit` or is gone. Never returns: the process exits. */
export async function runAudioHelper(): Promise<void> {
  exitWithParent();
  setProcessName("holler");
  const system = createPortAudio();
  const handleCommand = createCommandHandler(system, report);
  // Commands wait until the sound system has loaded. They do not wait for the codec, because frames wait for it. A
  // failure is reported when a device is used: a user who only reads and writes needs no sound.
  const loaded = system.load();
  loadCodec().catch(() => {});
  process.on("message", (command: HelperCommand) => {
    loaded.then(() => handleCommand(command));
  });
  await new Promise<never>(() => {});
}

/** Returns the function that runs one command. */
function createCommandHandler(system: AudioSystem, report: (report: HelperReport) => void) {
  const now = () => Date.now() * 1_000;
  let capture: Capture | undefined;
  const playout = createPlayout({
    system,
    createDecoder,
    now,
    clockMs: () => performance.now(),
    report,
    onProgress: everyNth(100 / chunkMs, () => report({ type: "output-progress" })),
  });

  function record({ frames, device, autoGain }: Extract<HelperCommand, { type: "record" }>): void {
    const after = capture?.closed;
    capture = startCapture({
      system,
      device,
      autoGain,
      after,
      encoder: createEncoder(),
      frames,
      now,
      report,
    });
  }

  function devices(): HelperReport {
    try {
      return { type: "devices", devices: system.devices() };
    } catch (error) {
      return { type: "devices-failed", error: describeError(error) };
    }
  }

  async function quit(): Promise<void> {
    capture?.end("cancelled");
    await Promise.allSettled([capture?.closed, playout.close()]);
    process.exit(0);
  }

  return (command: HelperCommand): void => {
    switch (command.type) {
      case "record":
        return record(command);
      case "end-capture":
        return capture?.end(command.reason);
      case "play":
        return playout.begin(command.stream, command);
      case "frame":
        return playout.frame(command.stream, command);
      case "replay":
        return playout.replay(command.stream, command.packets, command);
      case "gain":
        return playout.gain(command.stream, command.gain);
      case "end":
        return playout.end(command.stream, command.how);
      case "devices":
        return report(devices());
      case "quit":
        void quit();
        return;
      default:
        command satisfies never;
    }
  };
}

function report(report: HelperReport): void {
  process.send?.(report);
}

/**
 * Ends this process when the parent is gone, which closes the channel. A helper that hangs in native code does not
 * handle that event, so on Linux the kernel kills it too.
 */
function exitWithParent(): void {
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  const sigkill = 9;
  // Without this call, the closed channel has to suffice.
  prctl?.(prctlOptions.setParentDeathSignal, sigkill);
}

/** Linux has called this process after the path `/proc/self/exe`. `top` and `killall` should know it by its name. */
function setProcessName(name: string): void {
  prctl?.(prctlOptions.setName, ptr(Buffer.from(`${name}\0`)));
}

/** Returns a function whose every nth call runs the action. */
function everyNth(n: number, action: () => void): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count % n === 0) action();
  };
}
