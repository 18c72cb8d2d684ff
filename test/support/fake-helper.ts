/**
 * An audio helper without audio: it answers like the real one, and lists its process id as the only device. The length
 * of a recording can ask it to misbehave.
 */
import { writeSync } from "node:fs";
import type { HelperCommand, HelperReport } from "../../lib/audio/helper/helper-messages.ts";

/** With a recording of this many frames the helper crashes, answers nothing, or prints 64 MB first. */
export const crashFrames = 50 * 13;
export const hangFrames = 50 * 14;
export const floodFrames = 50 * 15;
export const floodBytes = 64 * 1024 * 1024;

/** A command for a device of this name is returned as the message of a notice. */
export const echoDevice = "echo";

/** The buffering feedback of every clip. */
export const feedback = { buffering: "normal", underruns: 0, targetDelayMs: 80 } as const;

function answer(command: HelperCommand): HelperReport[] {
  switch (command.type) {
    case "record":
      if (command.frames === crashFrames) process.exit(3);
      hanging = command.frames === hangFrames;
      if (hanging) return [];
      if (command.frames === floodFrames) flood();
      return [
        ...echo(command, command.device?.name),
        { type: "capture-started" },
        ...Array.from({ length: command.frames }, (_, sequence) => ({
          type: "captured" as const,
          sequence,
          capturedAt: sequence * 20_000,
          payload: new Uint8Array([sequence]),
        })),
        { type: "capture-ended", reason: "done" },
      ];
    case "end-capture":
      if (!hanging) return [];
      hanging = false;
      return [{ type: "capture-ended", reason: command.reason }];
    case "end":
      return played(command.stream);
    case "devices": {
      const name = String(process.pid);
      return [
        {
          type: "devices",
          devices: [{ name, hostApi: "", inputs: 1, outputs: 1, defaultInput: true, defaultOutput: true }],
        },
      ];
    }
    case "frame":
      frames++;
      agesMs.push((command.arrivedAt - command.capturedAt) / 1000);
      return [];
    case "play":
      return [...echo(command, command.output.device?.name), { type: "output-progress" }];
    case "replay":
      frames = command.packets.length;
      return [...echo(command, command.output.device?.name), ...played(command.stream)];
    case "gain":
      return echo(command, echoDevice);
    case "quit":
      process.exit(0);
  }
}

let hanging = false;
let frames = 0;
const agesMs: number[] = [];

function played(stream: number): HelperReport[] {
  const arrival = agesMs[0];
  const delay = arrival === undefined ? {} : { partsMs: { arrival, buffer: 0, output: 0 } };
  const report = { frames, concealed: 0, dropped: 0, missing: 0, jitterMs: 0, underruns: 0, ...delay };
  return [
    { type: "buffering-feedback", ...feedback },
    { type: "played", stream, ...report },
  ];
}

function echo(command: HelperCommand, device: string | undefined): HelperReport[] {
  if (device !== echoDevice) return [];
  return [{ type: "notice", code: "default-device", message: JSON.stringify(command) }];
}

/** Writes to stdout and stderr as fast as they accept it. */
function flood(): void {
  const part = new Uint8Array(1024 * 1024).fill(120);
  for (let bytes = 0; bytes < floodBytes; bytes += part.length) {
    writeSync(2, part);
    writeSync(1, part);
  }
}

if (import.meta.main) {
  process.on("disconnect", () => process.exit(0));
  process.on("message", (command: HelperCommand) => {
    for (const report of answer(command)) process.send?.(report);
  });
}
