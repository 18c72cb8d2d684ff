/** The outbox against a naive model of its contract, over thousands of random steps. */
import { expect, test } from "bun:test";
import { encodeFrame } from "../../lib/protocol/frame.ts";
import { Outbox } from "../../lib/transport/outbox.ts";
import { createOutboxModel } from "../support/outbox-model.ts";
import { eachSeed } from "../support/random.ts";

test("thousands of random steps agree with the model", () => {
  eachSeed(100, (random) => {
    const bytesMax = 200;
    const outbox = new Outbox(bytesMax);
    const model = createOutboxModel(bytesMax);
    let now = 0;
    for (let step = 0; step < 300; step += 1) {
      now += random.below(120);
      if (random.chance(0.01)) {
        outbox.abandon();
        model.abandon();
      } else if (random.chance(0.6)) {
        const bytes = encodeFrame(step % 256, new Uint8Array(random.below(56)).fill(step % 256));
        const isVoice = random.chance(0.5);
        const isKept = outbox.push(bytes, isVoice ? "voice" : "text", now);
        expect(isKept).toBe(model.push([...bytes], isVoice, now));
      } else {
        let capacity = random.below(120);
        const wanted = model.flush(capacity, now);
        const written: number[] = [];
        const write = (bytes: Uint8Array) => {
          const accepted = Math.min(capacity, bytes.length);
          capacity -= accepted;
          written.push(...bytes.subarray(0, accepted));
          return { accepted, mayFollow: accepted === bytes.length };
        };
        outbox.flush({ write }, now);
        expect(written).toEqual(wanted);
      }
      expect(outbox.pending()).toBe(model.pending());
    }
  });
});
