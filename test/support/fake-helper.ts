/**
 * An audio helper without audio: answers like the real one, names itself as its only device, and misbehaves when
 * a recording has a number of frames that asks for it.
 */
import type { HelperCommand, HelperReport } from "../../lib/voice/helper-messages.ts";

/** Recordings of this many frames: the helper crashes, or says nothing at all. */
export const crashFrames = 50 * 13;
export const hangFrames = 50 * 14;

function answer(command: HelperCommand): HelperReport[] {
  switch (command.do) {
    case "record":
      if (command.frames === crashFrames) process.exit(3);
      if (command.frames === hangFrames) return [];
      return [
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
      return [{ type: "capture-ended", reason: command.reason }];
    case "end":
      return [{ type: "played", stream: command.stream, frames, concealed: 0, dropped: 0, jitterMs: 0 }];
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
      return [];
    case "play":
      return [{ type: "playing" }];
    case "quit":
      process.exit(0);
  }
}

let frames = 0;

if (import.meta.main) {
  process.on("disconnect", () => process.exit(0));
  process.on("message", (command: HelperCommand) => {
    for (const report of answer(command)) process.send?.(report);
  });
}
