/**
 * The voice congestion gate of one connection: whether the peer keeps up with the voice that is sent to it. The sockets
 * on the way take seconds of voice before they are full; a ping behind the voice that is not answered shows it much
 * sooner. Pure.
 *
 * The contract:
 * 1. A ping is due behind voice when none is unanswered and the last one is `voicePingEveryMs` ago.
 * 2. The gate closes when the ping has been unanswered for `voiceWaitMsMax` and the round trip of the line.
 * 3. It opens when that ping is answered: the peer has read all the voice before it.
 * 4. It never closes for a peer that has never answered: such a peer does not know pings.
 * 5. The round trip of the line is measured after a pause, when no voice was under way; a shorter one replaces it. When
 *    `lateInARowMax` answers in a row came too late, the line may have become longer: the gate stays closed for such a
 *    pause, and the round trip is measured again. Without the pause the delay of our own voice would be part of the
 *    measurement, and the round trip of a slow line would seem to grow without end.
 *
 * A connection that stalls therefore gets at most `voicePingEveryMs` + `voiceWaitMsMax` and a round trip of voice.
 */
import { limits } from "../protocol/limits.ts";

export interface CongestionGate {
  /** Whether voice may be sent. */
  isOpen(nowMs: number): boolean;
  /** To be called behind each voice frame: the `sent` of a ping to send now (the time in µs), if one is due. */
  ping(nowMs: number): number | undefined;
  /** A pong came, at `nowMs`. One that answers no ping of this gate changes nothing. */
  answered(sent: number, nowMs: number): void;
}

const lateInARowMax = 8;

/** An open gate for one connection. Times are on the monotonic clock, in ms. */
export function createCongestionGate(): CongestionGate {
  return new PingGate();
}

/** A class, because a server has thousands: the functions are made once for all. */
class PingGate implements CongestionGate {
  private voiceMs = Number.NEGATIVE_INFINITY;
  private pingMs = Number.NEGATIVE_INFINITY;
  /** The `sent` of the ping that is not answered yet, in µs. */
  private outstanding: number | undefined = undefined;
  /** No voice was under way before that ping, so that it measures the line. */
  private isMeasuring = false;
  private roundTripMs: number | undefined = undefined;
  private lastRoundTripMs = 0;
  private lateInARow = 0;

  isOpen(nowMs: number): boolean {
    if (this.outstanding !== undefined) return !this.isLate(nowMs);
    return this.lateInARow < lateInARowMax || this.isLineEmpty(nowMs);
  }

  ping(nowMs: number): number | undefined {
    const isDue = this.outstanding === undefined && nowMs - this.pingMs >= limits.voicePingEveryMs;
    if (isDue) {
      this.isMeasuring = this.isLineEmpty(nowMs);
      this.pingMs = nowMs;
      this.outstanding = Math.round(nowMs * 1_000);
    }
    this.voiceMs = nowMs;
    return isDue ? this.outstanding : undefined;
  }

  answered(sent: number, nowMs: number): void {
    if (sent !== this.outstanding) return;
    this.outstanding = undefined;
    this.lateInARow = this.isLate(nowMs) && !this.isMeasuring ? this.lateInARow + 1 : 0;
    this.lastRoundTripMs = nowMs - this.pingMs;
    this.roundTripMs = this.isMeasuring
      ? this.lastRoundTripMs
      : Math.min(this.roundTripMs ?? this.lastRoundTripMs, this.lastRoundTripMs);
  }

  private isLate(nowMs: number): boolean {
    return this.roundTripMs !== undefined && nowMs - this.pingMs > limits.voiceWaitMsMax + this.roundTripMs;
  }

  /** The voice behind the last ping is about as much as the voice before it, and so is read by then. */
  private isLineEmpty(nowMs: number): boolean {
    const quietMs = 2 * Math.max(this.lastRoundTripMs, limits.voiceWaitMsMax);
    return this.outstanding === undefined && nowMs - this.voiceMs >= quietMs;
  }
}
