/** What an outbox does, in the plainest way there is; others are held against it. */
import { limits } from "../../lib/protocol/limits.ts";

/** The contract at its simplest: a list of frames, searched and copied at every step. */
export function createOutboxModel(bytesMax: number) {
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
