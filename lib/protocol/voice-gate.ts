/**
 * Whether the other end of one connection keeps up with the voice that is sent to it. The sockets on the way take
 * seconds of voice before they are full; a ping behind the voice that is not answered shows it much sooner. Pure.
 *
 * The contract:
 * 1. A ping is due behind voice when none is unanswered and the last one is `voicePingEveryMs` ago.
 * 2. The gate closes when the ping has been unanswered for `voiceWaitMsMax` and the round trip of the line.
 * 3. It opens when that ping is answered, which shows that all the voice before it has been read.
 * 4. A peer that has never answered is never shut out: it does not know pings.
 * 5. The round trip of the line is the one measured when nothing of ours was under way, after a pause, or a shorter one
 *    since. When `lateInARowMax` answers in a row came too late, the line may have become longer: the gate stays closed
 *    for such a pause, and it is measured anew. Without the pause our own voice would be measured, and a line that is
 *    too slow would be taken for an ever longer one.
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

const lateInARowMax = 8;

/** A gate for one connection, open. */
export function createVoiceGate(): VoiceGate {
  let voiceMs = Number.NEGATIVE_INFINITY;
  let pingMs = Number.NEGATIVE_INFINITY;
  /** The `sent` of the ping that is not answered yet. */
  let outstanding: number | undefined;
  /** That ping met nothing of ours on its way. */
  let isMeasuring = false;
  let roundTripMs: number | undefined;
  let lastRoundTripMs = 0;
  let lateInARow = 0;

  const isLate = (nowMs: number): boolean =>
    roundTripMs !== undefined && nowMs - pingMs > limits.voiceWaitMsMax + roundTripMs;
  /** What was sent behind the last ping is about as much as what was before it, and so is read by then. */
  const isLineEmpty = (nowMs: number): boolean =>
    outstanding === undefined && nowMs - voiceMs >= 2 * Math.max(lastRoundTripMs, limits.voiceWaitMsMax);

  return {
    isOpen(nowMs) {
      if (outstanding !== undefined) return !isLate(nowMs);
      return lateInARow < lateInARowMax || isLineEmpty(nowMs);
    },
    ping(nowMs) {
      const wasLineEmpty = isLineEmpty(nowMs);
      voiceMs = nowMs;
      if (outstanding !== undefined || nowMs - pingMs < limits.voicePingEveryMs) return undefined;
      isMeasuring = wasLineEmpty;
      pingMs = nowMs;
      outstanding = Math.round(nowMs * 1_000);
      return outstanding;
    },
    answered(sent, nowMs) {
      if (sent !== outstanding) return;
      outstanding = undefined;
      lateInARow = isLate(nowMs) && !isMeasuring ? lateInARow + 1 : 0;
      lastRoundTripMs = nowMs - pingMs;
      roundTripMs = isMeasuring ? lastRoundTripMs : Math.min(roundTripMs ?? lastRoundTripMs, lastRoundTripMs);
    },
  };
}
