/** The outbox against a plain model: the same frames leave in the same order, and as many bytes wait. */
import { encodeFrame } from "../../lib/protocol/frame.ts";
import { Outbox } from "../../lib/transport/outbox.ts";
import { createOutboxModel } from "../../test/support/outbox-model.ts";
import { demand, fuzzer, without } from "./target.ts";

type Step = { waitMs: number } & (
  | { push: number; traffic: "text" | "voice" }
  | { flush: number }
  | { abandon: true }
);

const bytesMax = 300;

export const outbox = fuzzer<Step[]>({
  name: "outbox",
  wanted: ["kept", "refused", "all written", "written in part", "abandoned"],
  make: (random) =>
    Array.from({ length: 1 + random.below(60) }, (): Step => {
      const waitMs = random.chance(0.3) ? random.below(200) : 0;
      if (random.chance(0.02)) return { waitMs, abandon: true };
      if (random.chance(0.6))
        return {
          waitMs,
          push: 1 + random.below(random.chance(0.05) ? 400 : 60),
          traffic: random.pick(["text", "voice"]),
        };
      return { waitMs, flush: random.below(150) };
    }),
  check(steps, seen) {
    const outbox = new Outbox(bytesMax);
    const model = createOutboxModel(bytesMax);
    let nowMs = 0;
    for (const [index, step] of steps.entries()) {
      nowMs += step.waitMs;
      if ("abandon" in step) {
        outbox.abandon();
        model.abandon();
        seen("abandoned");
      } else if ("push" in step) {
        const frame = encodeFrame(index & 255, new Uint8Array(step.push).fill(index));
        const isKept = outbox.push(frame, step.traffic, nowMs);
        demand(
          isKept === model.push(Array.from(frame), step.traffic === "voice", nowMs),
          "keeps what may be kept",
          index,
        );
        seen(isKept ? "kept" : "refused");
      } else {
        let room = step.flush;
        const written: number[] = [];
        const write = (bytes: Uint8Array) => {
          const accepted = Math.min(room, bytes.length);
          room -= accepted;
          for (const byte of bytes.subarray(0, accepted)) written.push(byte);
          return { accepted, mayFollow: accepted === bytes.length };
        };
        outbox.flush({ write }, nowMs);
        demand(
          Bun.deepEquals(written, model.flush(step.flush, nowMs)),
          "writes what is next",
          index,
          written,
        );
        seen(outbox.pending() === 0 ? "all written" : "written in part");
      }
      demand(
        outbox.pending() === model.pending() && outbox.pending() <= bytesMax,
        "counts what waits",
        index,
      );
    }
  },
  inputs: (steps) => steps.length,
  smaller: without,
});
