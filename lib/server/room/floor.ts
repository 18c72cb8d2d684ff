/**
 * Floor control (RFC 4582): at most `speakersMax` members speak at once, each transmission bounded in time and frames. A
 * transmission goes granted → talking → over. It becomes talking with its first frame, so that only transmissions that
 * are heard are announced.
 */
import { limits } from "../../protocol/limits.ts";
import type { Member } from "./member.ts";

export interface Transmission {
  readonly stream: number;
  readonly holder: Member;
  /** The only member who hears it; none: everyone. */
  readonly to: Member | undefined;
  readonly seconds: number;
  state: "granted" | "talking";
  frames: number;
  /** The transmission counts as speech up to this time at least, however short it is. */
  readonly pacedUntilMs: number;
  /** The transmission is over at this time at the latest, on the monotonic clock. */
  endsByMs: number;
  /** When the time left, as shown to others, is zero. */
  talkUntilMs: number;
}

export type FloorAnswer =
  | { type: "granted"; transmission: Transmission }
  | { type: "taken"; by: Member; secondsLeft: number }
  | { type: "too-fast" };
export type FrameVerdict =
  | { type: "first" | "more" | "too-fast"; transmission: Transmission }
  | { type: "stale" }
  | { type: "no-floor" };

export interface Floor {
  /**
   * Requests the floor. A holder who requests it again gets `taken`. `too-fast`: the holder's earlier transmissions are too
   * far ahead of the pace of speech for another one.
   */
  request(holder: Member, seconds: number, to: Member | undefined, nowMs: number): FloorAnswer;
  /**
   * Checks a frame: does this sender hold this stream? `too-fast`: it is too far ahead of the pace of speech, and the
   * transmission is over. After the last frame that its length allows, a transmission ends soon, and further frames are
   * `stale`.
   */
  frame(holder: Member, stream: number, nowMs: number): FrameVerdict;
  /**
   * Reserves the floor for one member: only this member may begin a transmission, within `floorGivenMs` and until that
   * transmission is over. Undefined: everyone may begin one. Returns the transmissions of others, which end now.
   */
  give(to: Member | undefined, nowMs: number): Transmission[];
  /** Whether this member alone may begin a transmission. */
  isGivenTo(member: Member, nowMs: number): boolean;
  /** Ends the transmission if this holder has it. */
  release(holder: Member, stream: number): Transmission | undefined;
  /** Ends the transmissions of this holder, who stays. */
  stop(holder: Member): Transmission[];
  /** Ends the transmissions of a member who lost its connection, and those that it alone heard. */
  releaseAll(gone: Member): Transmission[];
  /** Ends the transmissions whose time is over. */
  expire(nowMs: number): Transmission[];
  /** Transmissions that are being heard. */
  talking(): Transmission[];
  /** The earliest time at which a transmission is over. */
  deadline(): number | undefined;
}

interface FloorState {
  readonly speakersMax: number;
  /** Granted and talking ones, by their stream. */
  readonly transmissions: Map<number, Transmission>;
  /** For each sender the last stream that is over or was refused: its late frames need no answer. */
  readonly lastStream: Map<Member, number>;
  /** When each sender's next frame is due at the pace of speech, across transmissions. A bounded earliness is allowed. */
  readonly frameDueMs: Map<Member, number>;
  /** The number of the last stream. */
  streams: number;
  /** The member for whom the floor is reserved, and until when. */
  given: { to: Member; untilMs: number } | undefined;
}

/** A free floor. */
export function createFloor(speakersMax: number): Floor {
  const floor: FloorState = {
    speakersMax,
    transmissions: new Map(),
    lastStream: new Map(),
    frameDueMs: new Map(),
    streams: 0,
    given: undefined,
  };
  return {
    request: (holder, seconds, to, nowMs) => request(floor, holder, seconds, to, nowMs),
    frame: (holder, stream, nowMs) => frame(floor, holder, stream, nowMs),
    give(to, nowMs) {
      floor.given = to === undefined ? undefined : { to, untilMs: nowMs + limits.floorGivenMs };
      return endWhere(floor, ({ holder }) => holder !== to);
    },
    isGivenTo: (member, nowMs) => givenNow(floor, nowMs)?.to === member,
    release(holder, stream) {
      const found = floor.transmissions.get(stream);
      return found?.holder === holder ? end(floor, found) : undefined;
    },
    stop: (member) => endWhere(floor, ({ holder }) => holder === member),
    releaseAll(gone) {
      const ended = endWhere(floor, ({ holder, to }) => holder === gone || to === gone);
      if (floor.given?.to === gone) floor.given = undefined;
      floor.lastStream.delete(gone);
      floor.frameDueMs.delete(gone);
      return ended;
    },
    expire: (nowMs) => endWhere(floor, ({ endsByMs }) => endsByMs <= nowMs),
    talking: () => [...floor.transmissions.values()].filter(({ state }) => state === "talking"),
    deadline() {
      let earliest: number | undefined;
      for (const { endsByMs } of floor.transmissions.values())
        if (earliest === undefined || endsByMs < earliest) earliest = endsByMs;
      return earliest;
    },
  };
}

/** How much of a transmission was heard, in seconds. */
export function heardSeconds({ frames }: Transmission): number {
  return frames / limits.voiceFramesPerSecond;
}

function request(
  floor: FloorState,
  holder: Member,
  seconds: number,
  to: Member | undefined,
  nowMs: number,
): FloorAnswer {
  const { by, untilMs = 0 } = takenBy(floor, holder, nowMs) ?? {};
  if (by !== undefined)
    return { type: "taken", by, secondsLeft: Math.max(1, Math.ceil((untilMs - nowMs) / 1000)) };
  const pacedUntilMs = dueMs(floor, holder, nowMs) + limits.transmissionPaceMs;
  if (pacedUntilMs - nowMs > limits.voiceBurstMsMax) return { type: "too-fast" };
  floor.streams += 1;
  const transmission: Transmission = {
    stream: floor.streams,
    holder,
    to,
    seconds,
    state: "granted",
    frames: 0,
    pacedUntilMs,
    endsByMs: nowMs + limits.firstVoiceWithinMs,
    talkUntilMs: nowMs + seconds * 1000,
  };
  floor.transmissions.set(transmission.stream, transmission);
  return { type: "granted", transmission };
}

function frame(floor: FloorState, holder: Member, stream: number, nowMs: number): FrameVerdict {
  const { transmissions, lastStream, frameDueMs } = floor;
  const transmission = transmissions.get(stream);
  if (transmission?.holder !== holder) {
    if (lastStream.get(holder) === stream) return { type: "stale" };
    // Refused once for each stream, not fifty times a second.
    lastStream.set(holder, stream);
    return { type: "no-floor" };
  }
  const framesMax = Math.round(transmission.seconds * limits.voiceFramesPerSecond);
  if (transmission.frames >= framesMax) return { type: "stale" };
  const nextDueMs = dueMs(floor, holder, nowMs) + 1_000 / limits.voiceFramesPerSecond;
  if (nextDueMs - nowMs > limits.voiceBurstMsMax)
    return { type: "too-fast", transmission: end(floor, transmission) };
  frameDueMs.set(holder, nextDueMs);
  transmission.frames += 1;
  // A client releases the floor itself, with its recording times. The server waits for that, but not for long.
  if (transmission.frames === framesMax)
    transmission.endsByMs = Math.min(transmission.endsByMs, nowMs + limits.floorReleaseWithinMs);
  if (transmission.state === "talking") return { type: "more", transmission };
  transmission.state = "talking";
  transmission.talkUntilMs = nowMs + transmission.seconds * 1000;
  transmission.endsByMs = transmission.talkUntilMs + limits.transmissionGraceMs;
  return { type: "first", transmission };
}

/** Why a member cannot have the floor: it has it, it is given to another, or `speakersMax` others have it. */
function takenBy(
  floor: FloorState,
  holder: Member,
  nowMs: number,
): { by: Member; untilMs: number } | undefined {
  const only = givenNow(floor, nowMs);
  if (only !== undefined && only.to !== holder) return { by: only.to, untilMs: only.untilMs };
  const all = [...floor.transmissions.values()];
  const found =
    transmissionOf(floor, holder) ?? (all.length >= floor.speakersMax ? endsFirst(all) : undefined);
  return found && { by: found.holder, untilMs: found.talkUntilMs };
}

/** The member for whom the floor is reserved now, and until when. */
function givenNow(floor: FloorState, nowMs: number): FloorState["given"] {
  const { given } = floor;
  if (given === undefined) return undefined;
  const untilMs = Math.max(given.untilMs, transmissionOf(floor, given.to)?.talkUntilMs ?? 0);
  return untilMs > nowMs ? { to: given.to, untilMs } : undefined;
}

function end(floor: FloorState, transmission: Transmission): Transmission {
  const { stream, holder, pacedUntilMs, state } = transmission;
  floor.transmissions.delete(stream);
  floor.frameDueMs.set(holder, dueMs(floor, holder, pacedUntilMs));
  floor.lastStream.set(holder, stream);
  if (holder === floor.given?.to && state === "talking") floor.given = undefined;
  return transmission;
}

function endWhere(floor: FloorState, isOver: (transmission: Transmission) => boolean): Transmission[] {
  return [...floor.transmissions.values()].filter(isOver).map((one) => end(floor, one));
}

function dueMs({ frameDueMs }: FloorState, holder: Member, earliestMs: number): number {
  return Math.max(frameDueMs.get(holder) ?? earliestMs, earliestMs);
}

function transmissionOf({ transmissions }: FloorState, member: Member): Transmission | undefined {
  return [...transmissions.values()].find(({ holder }) => holder === member);
}

function endsFirst(transmissions: Transmission[]): Transmission | undefined {
  return transmissions.toSorted((one, other) => one.talkUntilMs - other.talkUntilMs)[0];
}
