/**
 * Who may talk: at most so many at once, each turn bounded in time and frames. A turn goes
 * granted → talking → over; granted becomes talking with the first frame, so nobody is announced who is not heard.
 */
import { limits } from "../../protocol/limits.ts";
import type { ConnectionId } from "../session/identity.ts";

export interface Transmission {
  readonly stream: number;
  readonly holder: ConnectionId;
  /** Only this person hears it, when given. */
  readonly to?: ConnectionId;
  readonly seconds: number;
  state: "granted" | "talking";
  frames: number;
  /** Its holder's pace is taken up to then at least, however short the turn is. */
  readonly paceUntilMs: number;
  /** The turn is over at this time at the latest, on the monotonic clock. */
  endsByMs: number;
  /** When the time left, as shown to others, is zero. */
  talkUntilMs: number;
}

export type Asked =
  | { type: "granted"; turn: Transmission }
  | { type: "taken"; by: ConnectionId; secondsLeft: number }
  | { type: "too-fast" };
export type Heard =
  | { type: "first" | "more" | "too-fast"; turn: Transmission }
  | { type: "stale" }
  | { type: "no-floor" };

export interface Floor {
  /**
   * Asks for a turn. A holder who asks again is answered like everybody else. `too-fast`: this one's turns before are
   * so far ahead of the pace that there is no room for another.
   */
  ask(holder: ConnectionId, seconds: number, to: ConnectionId | undefined, nowMs: number): Asked;
  /**
   * A frame came: does this sender hold this stream? `too-fast`: it is too far ahead of its pace, and the turn is
   * over. After the last frame that the turn's length allows, it is over soon, and more of them are `stale`.
   */
  frame(holder: ConnectionId, stream: number, nowMs: number): Heard;
  /** Ends all turns but those of this one, who alone may begin one for a while, and until that is over; none: everybody may. */
  give(to: ConnectionId | undefined, nowMs: number): Transmission[];
  /** Whether this one alone may begin a turn. */
  isGivenTo(id: ConnectionId, nowMs: number): boolean;
  /** Ends the turn if this holder has it. */
  release(holder: ConnectionId, stream: number): Transmission | undefined;
  /** Ends the turns of this holder, who stays. */
  stop(holder: ConnectionId): Transmission[];
  /** Ends the turns of somebody who is gone, and those that nobody else would have heard. */
  releaseAll(gone: ConnectionId): Transmission[];
  /** Ends the turns whose time is over. */
  expire(nowMs: number): Transmission[];
  /** Turns that are being heard. */
  talking(): Transmission[];
  /** The earliest time at which a turn is over. */
  deadline(): number | undefined;
}

/** A free floor for up to `speakersMax` speakers at once. */
export function createFloor(speakersMax: number): Floor {
  const turns = new Map<number, Transmission>();
  /** Each sender's stream that is over or was refused last: what still arrives of it needs no answer. */
  const lastStream = new Map<ConnectionId, number>();
  /**
   * When each sender's next frame is due at the pace of speech, from turn to turn. It may come before, but not by
   * any amount of time.
   */
  const frameDueMs = new Map<ConnectionId, number>();
  let streams = 0;
  /** Who alone may begin a turn, until when, or until it is over. */
  let given: { to: ConnectionId; untilMs: number } | undefined;

  const dueMs = (holder: ConnectionId, earliestMs: number) =>
    Math.max(frameDueMs.get(holder) ?? earliestMs, earliestMs);

  function end(turn: Transmission): Transmission {
    turns.delete(turn.stream);
    frameDueMs.set(turn.holder, dueMs(turn.holder, turn.paceUntilMs));
    lastStream.set(turn.holder, turn.stream);
    if (turn.holder === given?.to && turn.state === "talking") given = undefined;
    return turn;
  }

  function turnOf(holder: ConnectionId): Transmission | undefined {
    return [...turns.values()].find((turn) => turn.holder === holder);
  }

  /** Who alone may begin a turn now, and for how long that is so. */
  function givenNow(nowMs: number): typeof given {
    if (given === undefined) return undefined;
    const untilMs = Math.max(given.untilMs, turnOf(given.to)?.talkUntilMs ?? 0);
    return untilMs > nowMs ? { to: given.to, untilMs } : undefined;
  }

  /** Why this one cannot have a turn: it has one, the floor was given to another, or as many talk as may. */
  function taken(holder: ConnectionId, nowMs: number): { by: ConnectionId; untilMs: number } | undefined {
    const only = givenNow(nowMs);
    if (only !== undefined && only.to !== holder) return { by: only.to, untilMs: only.untilMs };
    const turn = turnOf(holder) ?? (turns.size >= speakersMax ? endsFirst([...turns.values()]) : undefined);
    return turn && { by: turn.holder, untilMs: turn.talkUntilMs };
  }

  function endWhere(isOver: (turn: Transmission) => boolean): Transmission[] {
    return [...turns.values()].filter(isOver).map(end);
  }

  return {
    ask(holder, seconds, to, nowMs) {
      const { by, untilMs = 0 } = taken(holder, nowMs) ?? {};
      if (by !== undefined)
        return { type: "taken", by, secondsLeft: Math.max(1, Math.ceil((untilMs - nowMs) / 1000)) };
      const paceUntilMs = dueMs(holder, nowMs) + limits.transmissionPaceMs;
      if (paceUntilMs - nowMs > limits.voiceBurstMsMax) return { type: "too-fast" };
      streams += 1;
      const turn: Transmission = {
        stream: streams,
        holder,
        ...(to === undefined ? {} : { to }),
        seconds,
        state: "granted",
        frames: 0,
        paceUntilMs,
        endsByMs: nowMs + limits.firstVoiceWithinMs,
        talkUntilMs: nowMs + seconds * 1000,
      };
      turns.set(turn.stream, turn);
      return { type: "granted", turn };
    },
    frame(holder, stream, nowMs) {
      const turn = turns.get(stream);
      if (turn?.holder !== holder) {
        if (lastStream.get(holder) === stream) return { type: "stale" };
        // Answered once: fifty errors a second would help nobody.
        lastStream.set(holder, stream);
        return { type: "no-floor" };
      }
      const framesMax = Math.round(turn.seconds * limits.voiceFramesPerSecond);
      if (turn.frames >= framesMax) return { type: "stale" };
      const nextDueMs = dueMs(holder, nowMs) + 1_000 / limits.voiceFramesPerSecond;
      if (nextDueMs - nowMs > limits.voiceBurstMsMax) return { type: "too-fast", turn: end(turn) };
      frameDueMs.set(holder, nextDueMs);
      turn.frames += 1;
      // Whoever is done says so, and how it was recorded; whoever does not is not waited for.
      if (turn.frames === framesMax)
        turn.endsByMs = Math.min(turn.endsByMs, nowMs + limits.floorReleaseWithinMs);
      if (turn.state === "talking") return { type: "more", turn };
      turn.state = "talking";
      turn.talkUntilMs = nowMs + turn.seconds * 1000;
      turn.endsByMs = turn.talkUntilMs + limits.transmissionGraceMs;
      return { type: "first", turn };
    },
    give(to, nowMs) {
      given = to === undefined ? undefined : { to, untilMs: nowMs + limits.floorGivenMs };
      return endWhere((turn) => turn.holder !== to);
    },
    isGivenTo: (id, nowMs) => givenNow(nowMs)?.to === id,
    release(holder, stream) {
      const turn = turns.get(stream);
      return turn?.holder === holder ? end(turn) : undefined;
    },
    stop: (holder) => endWhere((turn) => turn.holder === holder),
    releaseAll(gone) {
      const ended = endWhere((turn) => turn.holder === gone || turn.to === gone);
      if (given?.to === gone) given = undefined;
      lastStream.delete(gone);
      frameDueMs.delete(gone);
      return ended;
    },
    expire: (nowMs) => endWhere((turn) => turn.endsByMs <= nowMs),
    talking: () => [...turns.values()].filter((turn) => turn.state === "talking"),
    deadline() {
      let earliest: number | undefined;
      for (const { endsByMs } of turns.values()) {
        if (earliest === undefined || endsByMs < earliest) earliest = endsByMs;
      }
      return earliest;
    },
  };
}

function endsFirst(turns: Transmission[]): Transmission | undefined {
  return turns.reduce<Transmission | undefined>(
    (first, turn) => (first === undefined || turn.talkUntilMs < first.talkUntilMs ? turn : first),
    undefined,
  );
}

/** How much of a turn was heard, in seconds. */
export function heardSeconds(turn: Transmission): number {
  return turn.frames / limits.voiceFramesPerSecond;
}
