/**
 * The audio helper: what runs when the program is started with the hidden argument `--audio-helper`. All native
 * sound code lives in this process, so that its printing, its hangs and its crashes never reach the chat.
 */
import { dlopen } from "bun:ffi";
import { type Capture, startCapture } from "../capture/capture.ts";
import { createDecoder, createEncoder, loadCodec } from "../codec/codec.ts";
import { type AudioSystem, describeError } from "../device.ts";
import { createPortAudio } from "../devices/portaudio.ts";
import { chunkMs } from "../dsp/format.ts";
import { createPlayout } from "../playback/playout.ts";
import type { HelperCommand, HelperReport } from "./helper-messages.ts";

/** Serves the parent process until it says quit or is gone. Never returns: the process ends. */
export async function runAudioHelper(): Promise<void> {
  endWithParent();
  const system = createPortAudio();
  const serve = createServer(system, report);
  // Commands that come while the sound system loads wait for it; for the codec nobody waits, because the microphone
  // keeps what is said. What fails to load is told when somebody wants to hear or speak: whoever only reads and
  // writes has no use for it.
  const loaded = system.load();
  loadCodec().catch(() => {});
  process.on("message", (command: HelperCommand) => {
    loaded.then(() => serve(command));
  });
  await new Promise<never>(() => {});
}

/** Carries out commands in the order they are given. */
function createServer(system: AudioSystem, report: (what: HelperReport) => void) {
  const now = () => Date.now() * 1000;
  let capture: Capture | undefined;
  const playout = createPlayout({
    system,
    createDecoder,
    now,
    clockMs: () => performance.now(),
    report,
    onProgress: every(100 / chunkMs, signOfLife),
  });

  function signOfLife(): void {
    report({ type: "playing" });
  }

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
    }
  };
}

function report(what: HelperReport): void {
  process.send?.(what);
}

/**
 * A parent that was killed closes the channel: then nothing here is worth closing properly. A helper that hangs
 * inside native code does not notice, so on Linux the kernel is asked to see to it (prctl PR_SET_PDEATHSIG).
 */
function endWithParent(): void {
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  if (process.platform !== "linux") return;
  const setParentDeathSignal = 1;
  const sigkill = 9;
  for (const library of ["libc.so.6", `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`]) {
    try {
      const libc = dlopen(library, { prctl: { args: ["int", "u64"], returns: "int" } });
      libc.symbols.prctl(setParentDeathSignal, sigkill);
      return;
    } catch {
      // The other kind of Linux, or no way to ask: then the channel has to do.
    }
  }
}

function every(times: number, action: () => void): () => void {
  let count = 0;
  return () => {
    if (++count % times === 0) action();
  };
}
