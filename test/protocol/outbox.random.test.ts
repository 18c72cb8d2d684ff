/** The outbox against a naive model of its contract, over thousands of random steps. */
import { expect, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import { createOutbox } from "../../lib/protocol/outbox.ts";
import { eachSeed } from "../support/random.ts";

/** The contract at its simplest: a list of frames, searched and copied at every step. */
function createModel(bytesMax: number) {
  let waiting: { bytes: number[]; voice: boolean; since: number; begun: boolean }[] = [];
  const pending = () => waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return {
    pending,
    push(bytes: number[], voice: boolean, since: number): boolean {
      if (pending() + bytes.length > bytesMax) {
        if (voice) return true;
        waiting = waiting.filter((one) => !one.voice || one.begun);
        if (pending() + bytes.length > bytesMax) return false;
      }
      waiting.push({ bytes, voice, since, begun: false });
      return true;
    },
    /** Gives up to `capacity` bytes. */
    flush(capacity: number, now: number): number[] {
      waiting = waiting.filter((one) => !one.voice || one.begun || now - one.since <= limits.voiceWaitMsMax);
      const written: number[] = [];
      while (waiting[0] !== undefined && written.length < capacity) {
        const [first] = waiting;
        written.push(...first.bytes.splice(0, capacity - written.length));
        first.begun = true;
        if (first.bytes.length === 0) waiting.shift();
      }
      return written;
    },
    abandon() {
      waiting = waiting.filter(({ begun }) => begun);
    },
  };
}

test("thousands of random steps agree with the model", () => {
  eachSeed(100, (random) => {
    const bytesMax = 200;
    const outbox = createOutbox(bytesMax);
    const model = createModel(bytesMax);
    let now = 0;
    for (let step = 0; step < 300; step += 1) {
      now += random.below(120);
      if (random.chance(0.01)) {
        outbox.abandon();
        model.abandon();
      } else if (random.chance(0.6)) {
        const bytes = new Uint8Array(1 + random.below(60)).fill(step % 256);
        const isVoice = random.chance(0.5);
        const isKept = outbox.push(bytes, isVoice ? "voice" : "text", now);
        expect(isKept).toBe(model.push([...bytes], isVoice, now));
      } else {
        let capacity = random.below(120);
        const wanted = model.flush(capacity, now);
        const written: number[] = [];
        outbox.flush((bytes) => {
          if (capacity === 0) return -1;
          const taken = Math.min(capacity, bytes.length);
          capacity -= taken;
          written.push(...bytes.subarray(0, taken));
          return taken;
        }, now);
        expect(written).toEqual(wanted);
      }
      expect(outbox.pending()).toBe(model.pending());
    }
  });
});
