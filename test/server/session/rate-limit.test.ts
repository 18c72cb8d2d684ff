/** Rate limits, by the numbers of their contract. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import type { Usage } from "../../../lib/server/session/rate-limit.ts";
import {
  admit,
  countMessage,
  countVoice,
  createMessageUsage,
  createUsage,
} from "../../../lib/server/session/rate-limit.ts";

const say = (text = "hi"): ClientMessage => ({ type: "say", text, ref: "r" });
const whisper = (to: string): ClientMessage => ({ type: "whisper", to, text: "hi", ref: "r" });
const rename: ClientMessage = { type: "rename", name: "al" };
const requestFloor = (seconds: number): ClientMessage => ({ type: "requestFloor", seconds, ref: "r" });

/** The number of them that is admitted at once. */
function admitted(usage: Usage, message: ClientMessage, nowMs: number): number {
  for (let count = 0; count < 100_000; count += 1)
    if (admit(usage, message, nowMs) !== undefined) return count;
  throw new Error("there is no limit");
}

const questions: ClientMessage[] = [
  { type: "who" },
  { type: "whois", name: "bob", ref: "r" },
  { type: "history", limit: 200, ref: "r" },
  { type: "search", words: "hi", limit: 20, ref: "r" },
  { type: "clips", ref: "r" },
  { type: "fetch", first: 0, ref: "r" },
];

const classes: [string, ClientMessage, number, number][] = [
  ["say", say(), limits.linesBurst, limits.linesPerSecond],
  ["whisper", whisper("bob"), limits.linesBurst, limits.linesPerSecond],
  ["rename", rename, limits.renamesPerMinute, limits.renamesPerMinute / 60],
  ...questions.map((one): [string, ClientMessage, number, number] => [
    one.type,
    one,
    limits.requestsBurst,
    limits.requestsPerSecond,
  ]),
];

describe.each(classes)("messages of the kind %s", (_, message, burst, perSecond) => {
  test("are admitted up to the burst at once, and at their rate afterwards (1)", () => {
    const usage = createUsage();
    expect(admitted(usage, message, 0)).toBe(burst);
    // All of the class are refused for refusedForMs, in which the debt is paid.
    const laterMs = Math.max(limits.refusedForMs, 1_000 / perSecond);
    expect(admitted(usage, message, laterMs)).toBe(Math.max(1, Math.floor((laterMs * perSecond) / 1_000)));
  });

  test("are always admitted at their rate (1)", () => {
    const usage = createUsage();
    for (let count = 0; count < 1_000; count += 1)
      expect(admit(usage, message, (count * 1_000) / perSecond)).toBeUndefined();
  });

  test("are admitted up to the burst again after a pause (1)", () => {
    const usage = createUsage();
    admitted(usage, message, 0);
    expect(admitted(usage, message, 10_000_000)).toBe(burst);
  });

  test("are refused for at least one second, in whole seconds (2, 3)", () => {
    const usage = createUsage();
    admitted(usage, message, 0);
    const seconds = admit(usage, message, 1) ?? 0;
    expect(seconds).toBe(Math.ceil(Math.max(limits.refusedForMs, 1_000 / perSecond) / 1_000));
    expect(admit(usage, message, seconds * 1_000)).toBeUndefined();
  });
});

test("a line of too many bytes is refused until its bytes fit", () => {
  const usage = createUsage();
  const text = "x".repeat(60_000);
  expect(admitted(usage, say(text), 0)).toBe(Math.floor(limits.lineBytesBurst / text.length));
  // The burst is 262,144 bytes: four such lines are 240,000, and 37,856 are missing.
  expect(admit(usage, say("é"), 999)).toBe(1);
  expect(admit(usage, say("é"), 1_000)).toBeUndefined();
  expect(admit(usage, say(text), 1_001)).toBeUndefined();
});

test("after a refusal all of that class are refused, and all of other classes are admitted (3)", () => {
  const usage = createUsage();
  for (let count = 0; count < 4; count += 1) admit(usage, say("x".repeat(60_000)), 0);
  expect(admit(usage, say("x".repeat(60_000)), 0)).toBe(1);
  expect(admit(usage, say("short"), 0)).toBe(1);
  expect(admit(usage, whisper("bob"), 999)).toBe(1);
  for (const other of [rename, requestFloor(5), ...questions]) expect(admit(usage, other, 0)).toBeUndefined();
  expect(admit(usage, say("short"), 1_000)).toBeUndefined();
});

describe("whispers (4)", () => {
  test("go to whisperedPerMinute different people, in any spelling of their names", () => {
    const usage = createUsage();
    for (let one = 0; one < limits.whisperedPerMinute; one += 1)
      expect(admit(usage, whisper(`p${one}`), one * 100)).toBeUndefined();
    const nowMs = limits.whisperedPerMinute * 100;
    expect(admit(usage, whisper("P0"), nowMs)).toBeUndefined();
    // p1 was whispered to first of all since: at 100 ms.
    expect(admit(usage, whisper("another"), nowMs)).toBe(Math.ceil((60_100 - nowMs) / 1_000));
    expect(admit(usage, say(), nowMs)).toBe(Math.ceil((60_100 - nowMs) / 1_000));
    expect(admit(usage, whisper("another"), 60_100)).toBeUndefined();
  });

  test("remember no more people than whisperedPerMinute", () => {
    const usage = createUsage();
    for (let one = 0; one < 1_000; one += 1) admit(usage, whisper(`p${one}`), one * 3_000);
    expect(usage.whisperedUntilMs.size).toBeLessThanOrEqual(limits.whisperedPerMinute);
  });
});

describe("voice seconds", () => {
  const speak = (usage: Usage, seconds: number, nowMs: number) => {
    for (let frame = 0; frame < seconds * limits.voiceFramesPerSecond; frame += 1) countVoice(usage, nowMs);
  };

  test("are taken by the frames that were heard, not by the request", () => {
    const usage = createUsage();
    for (let count = 0; count < 1_000; count += 1) expect(admit(usage, requestFloor(300), 0)).toBeUndefined();
    speak(usage, limits.voiceSecondsBurst - 10, 0);
    expect(admit(usage, requestFloor(10), 0)).toBeUndefined();
    expect(admit(usage, requestFloor(55), 0)).toBe((45 * 60) / limits.voiceSecondsPerMinute);
  });

  test("are always enough at their rate", () => {
    const usage = createUsage();
    for (let minute = 0; minute < 200; minute += 1) {
      expect(admit(usage, requestFloor(limits.voiceSecondsPerMinute), minute * 60_000)).toBeUndefined();
      speak(usage, limits.voiceSecondsPerMinute, minute * 60_000);
    }
  });
});

test("messages of any kind are counted for each connection (5)", () => {
  const messages = createMessageUsage();
  for (let count = 0; count < limits.messagesBurst; count += 1) expect(countMessage(messages, 0)).toBeTrue();
  expect(countMessage(messages, 0)).toBeFalse();
  expect(countMessage(messages, 1_000 / limits.messagesPerSecond)).toBeTrue();
});

test.each<ClientMessage>([
  { type: "ping", sent: 1 },
  { type: "pong", sent: 1 },
  { type: "releaseFloor", stream: 1, reason: "done" },
  { type: "quit" },
  { type: "moderate", action: "bans", ref: "r" },
])("a $type message has no rate of its own", (message) => {
  const usage = createUsage();
  for (let count = 0; count < 10_000; count += 1) expect(admit(usage, message, 0)).toBeUndefined();
});
