/**
 * Whether the other end of one connection keeps up with the voice that is sent to it. The sockets on the way take
 * seconds of voice before they are full; a ping behind the voice that is not answered shows it much sooner. Pure.
 *
 * The contract:
 * 1. A ping is due behind voice when none is unanswered and the last one is `voicePingEveryMs` ago.
 * 2. The gate closes when the ping has been unanswered for `voiceWaitMsMax` and the smallest round trip seen.
 * 3. It opens when that ping is answered, which shows that all the voice before it has been read.
 * 4. A peer that has never answered is never shut out: it does not know pings.
 *
 * So into a connection that stalls go at most `voicePingEveryMs` + `voiceWaitMsMax` and a round trip of voice.
 */
import { limits } from "./limits.ts";

export interface VoiceGate {
  /** Whether voice is worth sending. */
  isOpen(nowMs: number): boolean;
  /** To be asked behind each voice frame: the `sent` of a ping to send now (the time in µs), if one is due. */
  ping(nowMs: number): number | undefined;
  /** A pong came. One that answers no ping of ours means nothing. */
  answered(sent: number, nowMs: number): void;
}

/** A gate for one connection, open. */
export function createVoiceGate(): VoiceGate {
  let lastMs = Number.NEGATIVE_INFINITY;
  /** The `sent` of the ping that is not answered yet. */
  let outstanding: number | undefined;
  let roundTripMs: number | undefined;

  return {
    isOpen(nowMs) {
      if (outstanding === undefined || roundTripMs === undefined) return true;
      return nowMs - lastMs <= limits.voiceWaitMsMax + roundTripMs;
    },
    ping(nowMs) {
      if (outstanding !== undefined || nowMs - lastMs < limits.voicePingEveryMs) return undefined;
      lastMs = nowMs;
      outstanding = Math.round(nowMs * 1_000);
      return outstanding;
    },
    answered(sent, nowMs) {
      if (sent !== outstanding) return;
      outstanding = undefined;
      roundTripMs = Math.min(roundTripMs ?? Number.POSITIVE_INFINITY, nowMs - lastMs);
    },
  };
}
