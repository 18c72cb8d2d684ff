/**
 * Rate limits: each message class has a steady rate and a burst (GCRA, see gcra.ts). The prices of messages stand in
 * the message table.
 *
 * The contract:
 * 1. A budget is one number, its theoretical arrival time (TAT). It may lie ahead of the present by the burst.
 * 2. A message that does not fit is refused, and takes nothing.
 * 3. After a refusal all messages of that class are refused for at least `refusedForMs`, so that none overtakes the
 *    refused one when it is sent again.
 * 4. Whispers are lines, and go to at most `whisperedPerMinute` different people in any minute.
 * 5. Messages of any kind are counted for each connection; the rest for each user (see carried-debt.ts).
 */
import { tatAfter, unusedTatMs, waitMs } from "../../base/gcra.ts";
import { limits } from "../../protocol/limits.ts";
import type { Amount, Budget, ClientMessage, Rate, RateClass } from "../../protocol/messages.ts";
import { clientMessages, voiceFrames } from "../../protocol/messages.ts";
import { nameKey } from "../../protocol/text.ts";

const budgets = {
  lines: { perSecond: limits.linesPerSecond, burst: limits.linesBurst },
  lineBytes: { perSecond: limits.lineBytesPerSecond, burst: limits.lineBytesBurst },
  questions: { perSecond: limits.requestsPerSecond, burst: limits.requestsBurst },
  renames: { perSecond: limits.renamesPerMinute / 60, burst: limits.renamesPerMinute },
  voiceSeconds: { perSecond: limits.voiceSecondsPerMinute / 60, burst: limits.voiceSecondsBurst },
} as const satisfies Record<Budget, unknown>;

const messageBudget = { perSecond: limits.messagesPerSecond, burst: limits.messagesBurst };
const minuteMs = 60_000;

/** The message count of one connection. Times are on the monotonic clock. */
export interface MessageUsage {
  tatMs: number;
}

/** The usage of one user. Times are on the monotonic clock. */
export interface Usage {
  readonly tatMs: Record<Budget, number>;
  readonly refusedUntilMs: Record<RateClass, number>;
  /** Recent receivers of whispers by the keys of their names, and until when each counts. */
  readonly whisperedUntilMs: Map<string, number>;
}

/** A connection that has sent nothing. */
export function createMessageUsage(): MessageUsage {
  return { tatMs: unusedTatMs };
}

/** A user who has sent nothing. */
export function createUsage(): Usage {
  return {
    tatMs: {
      lines: unusedTatMs,
      lineBytes: unusedTatMs,
      questions: unusedTatMs,
      renames: unusedTatMs,
      voiceSeconds: unusedTatMs,
    },
    refusedUntilMs: {
      line: unusedTatMs,
      question: unusedTatMs,
      rename: unusedTatMs,
      floorRequest: unusedTatMs,
    },
    whisperedUntilMs: new Map(),
  };
}

/** Counts a message of any kind. False: the connection sends far more than a person can. */
export function countMessage(usage: MessageUsage, nowMs: number): boolean {
  if (waitMs(usage.tatMs, messageBudget, 1, nowMs) > 0) return false;
  usage.tatMs = tatAfter(usage.tatMs, messageBudget, 1, nowMs);
  return true;
}

/** Whether this usage is the same as none: every debt is paid and every refusal is over. */
export function isPaid({ tatMs, refusedUntilMs, whisperedUntilMs }: Usage, nowMs: number): boolean {
  const times = [Object.values(tatMs), Object.values(refusedUntilMs), [...whisperedUntilMs.values()]];
  return times.flat().every((ms) => ms <= nowMs);
}

/** Takes the price of a message. If it does not fit: returns for how many whole seconds its class is refused. */
export function admit(usage: Usage, message: ClientMessage, nowMs: number): number | undefined {
  const rate: Rate = clientMessages[message.type].rate;
  if (rate.class === "none") return undefined;
  const { refusedUntilMs } = usage;
  if (refusedUntilMs[rate.class] <= nowMs) {
    const waitsMs = amountsOf(rate.needs ?? rate.takes, message).map(([budget, amount]) =>
      waitMs(usage.tatMs[budget], budgets[budget], amount, nowMs),
    );
    const longestMs = Math.max(0, whisperWaitMs(usage, message, nowMs), ...waitsMs);
    if (longestMs === 0) {
      for (const [budget, amount] of amountsOf(rate.takes, message)) take(usage, budget, amount, nowMs);
      if (message.type === "whisper") usage.whisperedUntilMs.set(nameKey(message.to), nowMs + minuteMs);
      return undefined;
    }
    refusedUntilMs[rate.class] = nowMs + Math.max(longestMs, limits.refusedForMs);
  }
  return Math.ceil((refusedUntilMs[rate.class] - nowMs) / 1_000);
}

/** Takes the price of a voice frame that was passed on. */
export function countVoice(usage: Usage, nowMs: number): void {
  take(usage, "voiceSeconds", voiceFrames.rate.takes.voiceSeconds, nowMs);
}

function amountsOf(price: Rate["takes"], message: ClientMessage): [Budget, number][] {
  const amounts = Object.entries(price) as [Budget, Amount][];
  return amounts.map(([budget, amount]) => [budget, amountOf(amount, message)]);
}

function amountOf(amount: Amount, message: ClientMessage): number {
  if (typeof amount === "number") return amount;
  const fields: Record<string, unknown> = message;
  if ("bytesOf" in amount) return Buffer.byteLength(String(fields[amount.bytesOf]));
  return Math.min(Number(fields[amount.field]), amount.max);
}

function take(usage: Usage, budget: Budget, amount: number, nowMs: number): void {
  usage.tatMs[budget] = tatAfter(usage.tatMs[budget], budgets[budget], amount, nowMs);
}

/** The ms until one more receiver may be whispered to; 0: now. */
function whisperWaitMs({ whisperedUntilMs }: Usage, message: ClientMessage, nowMs: number): number {
  if (message.type !== "whisper" || whisperedUntilMs.has(nameKey(message.to))) return 0;
  for (const [key, untilMs] of whisperedUntilMs) if (untilMs <= nowMs) whisperedUntilMs.delete(key);
  if (whisperedUntilMs.size < limits.whisperedPerMinute) return 0;
  return Math.min(...whisperedUntilMs.values()) - nowMs;
}
