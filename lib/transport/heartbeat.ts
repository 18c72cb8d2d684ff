/**
 * Detects a half-open connection: the peer is gone, and no packet says so. One for both sides. Pure.
 *
 * The contract:
 * 1. A peer from which nothing was received for `pingAfterMs` is sent one ping.
 * 2. A peer that answers nothing until `limits.lostAfterMs` of silence is lost, if it is known to answer pings.
 * 3. The wait for the answer is counted in checks, not in time: a machine that slept pings first and then waits as
 *    long as ever.
 */
import { limits } from "../protocol/limits.ts";

export interface Heartbeat {
  /** Something was received. */
  received(nowMs: number): void;
  /** The peer has shown that it answers pings. */
  peerAnswersPings(): void;
  /** To be called every `checkEveryMs`. Returns what the caller has to do now. */
  check(nowMs: number): "nothing" | "ping" | "lost";
}

/** The time between two checks of a connection, ms. */
export const checkEveryMs = 1_000;

export interface HeartbeatOptions {
  /** Silence of the peer after which it is sent a ping, ms; below `limits.lostAfterMs`. */
  pingAfterMs: number;
  /** Whether the peer is known to answer pings from the start. */
  peerAnswersPings: boolean;
}

/** A heartbeat for a connection on which something was received just now. */
export function createHeartbeat(options: HeartbeatOptions, nowMs: number): Heartbeat {
  return new CountedHeartbeat(options, nowMs);
}

/** A class, because a server has thousands: the functions are made once for all. */
class CountedHeartbeat implements Heartbeat {
  private readonly pingAfterMs: number;
  private answersPings: boolean;
  private receivedMs: number;
  /** Checks since the ping; undefined: no ping was sent. */
  private checks: number | undefined = undefined;

  constructor({ pingAfterMs, peerAnswersPings }: HeartbeatOptions, nowMs: number) {
    this.pingAfterMs = pingAfterMs;
    this.answersPings = peerAnswersPings;
    this.receivedMs = nowMs;
  }

  received(nowMs: number): void {
    this.receivedMs = nowMs;
    this.checks = undefined;
  }

  peerAnswersPings(): void {
    this.answersPings = true;
  }

  check(nowMs: number): "nothing" | "ping" | "lost" {
    if (this.checks === undefined) {
      if (nowMs - this.receivedMs < this.pingAfterMs) return "nothing";
      this.checks = 0;
      return "ping";
    }
    this.checks += 1;
    const checksMax = (limits.lostAfterMs - this.pingAfterMs) / checkEveryMs;
    return this.answersPings && this.checks >= checksMax ? "lost" : "nothing";
  }
}
