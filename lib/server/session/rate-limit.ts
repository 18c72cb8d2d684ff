/**
 * How much one may send: what is regular and what comes at once (GCRA, the generic cell rate algorithm). Pure: it is
 * told the time.
 *
 * The contract:
 * 1. A bucket is one number: when all that was taken from it will be made up for. It may lie ahead by the burst.
 * 2. What does not fit is refused, and takes nothing.
 * 3. After a refusal all of that sort is refused for `refusedForMs` at least, whatever would fit, so that nothing
 *    overtakes what was refused and is sent again.
 * 4. Whispers are lines; so many different people may be whispered to in any minute.
 * 5. Messages of any kind are counted by connection; the rest by whoever it is (`allowance.ts`).
 */
import { tatAfter, unusedTatMs, waitMs as waitForMs } from "../../base/gcra.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage } from "../../protocol/messages.ts";
import { nameKey } from "../../protocol/text.ts";

/** What is refused together. */
type Sort = "line" | "question" | "rename" | "turn";

const paces = {
  lines: { perSecond: limits.linesPerSecond, burst: limits.linesBurst },
  lineBytes: { perSecond: limits.lineBytesPerSecond, burst: limits.lineBytesBurst },
  questions: { perSecond: limits.requestsPerSecond, burst: limits.requestsBurst },
  renames: { perSecond: limits.renamesPerMinute / 60, burst: limits.renamesPerMinute },
  voiceSeconds: { perSecond: limits.voiceSecondsPerMinute / 60, burst: limits.voiceSecondsBurst },
} as const;

const messagePace = { perSecond: limits.messagesPerSecond, burst: limits.messagesBurst };

type Bucket = keyof typeof paces;

/** The messages of one connection, of any kind, as far as they still count; times on the monotonic clock. */
export interface MessageCount {
  madeUpForMs: number;
}

/** What one has sent, as far as it still counts; times on the monotonic clock. */
export interface Rates {
  readonly madeUpForMs: Record<Bucket, number>;
  readonly refusedUntilMs: Record<Sort, number>;
  /** By the keys of their names, until when they count. */
  readonly whisperedToMs: Map<string, number>;
}

const minuteMs = 60_000;

/** Nothing was sent on this connection. */
export function createMessageCount(): MessageCount {
  return { madeUpForMs: unusedTatMs };
}

/** Nothing was sent. */
export function createRates(): Rates {
  return {
    madeUpForMs: {
      lines: unusedTatMs,
      lineBytes: unusedTatMs,
      questions: unusedTatMs,
      renames: unusedTatMs,
      voiceSeconds: unusedTatMs,
    },
    refusedUntilMs: { line: unusedTatMs, question: unusedTatMs, rename: unusedTatMs, turn: unusedTatMs },
    whisperedToMs: new Map(),
  };
}

/** Counts any message; false: there were far too many. */
export function countMessage(count: MessageCount, nowMs: number): boolean {
  if (waitForMs(count.madeUpForMs, messagePace, 1, nowMs) > 0) return false;
  count.madeUpForMs = tatAfter(count.madeUpForMs, messagePace, 1, nowMs);
  return true;
}

/** Whether nothing that was sent counts any more. */
export function isMadeUpFor({ madeUpForMs, refusedUntilMs, whisperedToMs }: Rates, nowMs: number): boolean {
  const times = [Object.values(madeUpForMs), Object.values(refusedUntilMs), [...whisperedToMs.values()]];
  return times.flat().every((ms) => ms <= nowMs);
}

/** Counts a message if it is within its limits; otherwise says how many whole seconds to wait with all of its sort. */
export function admit(rates: Rates, message: ClientMessage, nowMs: number): number | undefined {
  const sort = sortOf(message);
  if (sort === undefined) return undefined;
  if (rates.refusedUntilMs[sort] <= nowMs) {
    const costs = costsOf(message);
    const waits = costs.map(([bucket, cost]) =>
      waitForMs(rates.madeUpForMs[bucket], paces[bucket], cost, nowMs),
    );
    const waitMs = Math.max(0, whisperWaitMs(rates, message, nowMs), ...waits);
    if (waitMs === 0) {
      // What a turn takes is known when it was heard.
      if (sort !== "turn") for (const [bucket, cost] of costs) take(rates, bucket, cost, nowMs);
      if (message.type === "whisper") rates.whisperedToMs.set(nameKey(message.to), nowMs + minuteMs);
      return undefined;
    }
    rates.refusedUntilMs[sort] = nowMs + Math.max(waitMs, limits.refusedForMs);
  }
  return Math.ceil((rates.refusedUntilMs[sort] - nowMs) / 1_000);
}

/** Counts one frame of voice. */
export function countVoice(rates: Rates, nowMs: number): void {
  take(rates, "voiceSeconds", 1 / limits.voiceFramesPerSecond, nowMs);
}

function sortOf({ type }: ClientMessage): Sort | undefined {
  switch (type) {
    case "say":
    case "whisper":
      return "line";
    case "who":
    case "whois":
    case "history":
    case "search":
    case "clips":
    case "fetch":
      return "question";
    case "rename":
      return "rename";
    case "requestFloor":
      return "turn";
    case "hello":
    case "releaseFloor":
    case "quit":
    case "ping":
    case "pong":
    case "unlock":
    case "prove":
    case "moderate":
      return undefined;
  }
}

function costsOf(message: ClientMessage): [Bucket, number][] {
  switch (message.type) {
    case "say":
    case "whisper":
      return [
        ["lines", 1],
        ["lineBytes", Buffer.byteLength(message.text)],
      ];
    case "rename":
      return [["renames", 1]];
    case "requestFloor":
      return [["voiceSeconds", Math.min(message.seconds, limits.transmissionSecondsMax)]];
    default:
      return [["questions", 1]];
  }
}

function take(rates: Rates, bucket: Bucket, cost: number, nowMs: number): void {
  rates.madeUpForMs[bucket] = tatAfter(rates.madeUpForMs[bucket], paces[bucket], cost, nowMs);
}

/** How long until one more person may be whispered to; 0: now. */
function whisperWaitMs({ whisperedToMs }: Rates, message: ClientMessage, nowMs: number): number {
  if (message.type !== "whisper" || whisperedToMs.has(nameKey(message.to))) return 0;
  for (const [key, untilMs] of whisperedToMs) if (untilMs <= nowMs) whisperedToMs.delete(key);
  if (whisperedToMs.size < limits.whisperedPerMinute) return 0;
  return Math.min(...whisperedToMs.values()) - nowMs;
}
