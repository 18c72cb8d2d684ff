/** How much one may send, by the numbers of its contract. */
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
const talk = (seconds: number): ClientMessage => ({ type: "requestFloor", seconds, ref: "r" });

/** How many of them are admitted at once. */
function admitted(usage: Usage, message: ClientMessage, nowMs: number): number {
  for (let count = 0; count < 100_000; count += 1)
    if (admit(usage, message, nowMs) !== undefined) return count;
  throw new Error("without end");
}

const questions: ClientMessage[] = [
  { type: "who" },
  { type: "whois", name: "bob", ref: "r" },
  { type: "history", limit: 200, ref: "r" },
  { type: "search", words: "hi", limit: 20, ref: "r" },
  { type: "clips", ref: "r" },
  { type: "fetch", first: 0, ref: "r" },
];

const sorts: [string, ClientMessage, number, number][] = [
  ["lines", say(), limits.linesBurst, limits.linesPerSecond],
  ["lines to one person", whisper("bob"), limits.linesBurst, limits.linesPerSecond],
  ["new names", rename, limits.renamesPerMinute, limits.renamesPerMinute / 60],
  ...questions.map((one): [string, ClientMessage, number, number] => [
    one.type,
    one,
    limits.requestsBurst,
    limits.requestsPerSecond,
  ]),
];

describe.each(sorts)("%s", (_, message, burst, perSecond) => {
  test("at once are as many as the burst, and afterwards what comes in time (1)", () => {
    const usage = createUsage();
    expect(admitted(usage, message, 0)).toBe(burst);
    // A second at least is refused: so long is what comes meanwhile made up for.
    const laterMs = Math.max(limits.refusedForMs, 1_000 / perSecond);
    expect(admitted(usage, message, laterMs)).toBe(Math.max(1, Math.floor((laterMs * perSecond) / 1_000)));
  });

  test("at the pace that is allowed go on for ever (1)", () => {
    const usage = createUsage();
    for (let count = 0; count < 1_000; count += 1)
      expect(admit(usage, message, (count * 1_000) / perSecond)).toBeUndefined();
  });

  test("come as many at once again after a while (1)", () => {
    const usage = createUsage();
    admitted(usage, message, 0);
    expect(admitted(usage, message, 10_000_000)).toBe(burst);
  });

  test("that are refused are so for a second at least, in whole seconds (2, 3)", () => {
    const usage = createUsage();
    admitted(usage, message, 0);
    const seconds = admit(usage, message, 1) ?? 0;
    expect(seconds).toBe(Math.ceil(Math.max(limits.refusedForMs, 1_000 / perSecond) / 1_000));
    expect(admit(usage, message, seconds * 1_000)).toBeUndefined();
  });
});

test("what is too long for the pace is refused until it fits", () => {
  const usage = createUsage();
  const text = "x".repeat(60_000);
  expect(admitted(usage, say(text), 0)).toBe(Math.floor(limits.lineBytesBurst / text.length));
  // The burst is 262,144 bytes: four such lines are 240,000, and 37,856 are missing.
  expect(admit(usage, say("é"), 999)).toBe(1);
  expect(admit(usage, say("é"), 1_000)).toBeUndefined();
  expect(admit(usage, say(text), 1_001)).toBeUndefined();
});

test("after a refusal nothing of that sort overtakes, and all of another sort passes (3)", () => {
  const usage = createUsage();
  for (let count = 0; count < 4; count += 1) admit(usage, say("x".repeat(60_000)), 0);
  expect(admit(usage, say("x".repeat(60_000)), 0)).toBe(1);
  expect(admit(usage, say("short"), 0)).toBe(1);
  expect(admit(usage, whisper("bob"), 999)).toBe(1);
  for (const other of [rename, talk(5), ...questions]) expect(admit(usage, other, 0)).toBeUndefined();
  expect(admit(usage, say("short"), 1_000)).toBeUndefined();
});

describe("whispers (4)", () => {
  test("go to so many different people a minute, however they are spelled", () => {
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

  test("remember no more people than that", () => {
    const usage = createUsage();
    for (let one = 0; one < 1_000; one += 1) admit(usage, whisper(`p${one}`), one * 3_000);
    expect(usage.whisperedUntilMs.size).toBeLessThanOrEqual(limits.whisperedPerMinute);
  });
});

describe("voice", () => {
  const speak = (usage: Usage, seconds: number, nowMs: number) => {
    for (let frame = 0; frame < seconds * limits.voiceFramesPerSecond; frame += 1) countVoice(usage, nowMs);
  };

  test("costs what was heard, not what was asked for", () => {
    const usage = createUsage();
    for (let turn = 0; turn < 1_000; turn += 1) expect(admit(usage, talk(300), 0)).toBeUndefined();
    speak(usage, limits.voiceSecondsBurst - 10, 0);
    expect(admit(usage, talk(10), 0)).toBeUndefined();
    expect(admit(usage, talk(55), 0)).toBe((45 * 60) / limits.voiceSecondsPerMinute);
  });

  test("at the pace that is allowed goes on for ever", () => {
    const usage = createUsage();
    for (let minute = 0; minute < 200; minute += 1) {
      expect(admit(usage, talk(limits.voiceSecondsPerMinute), minute * 60_000)).toBeUndefined();
      speak(usage, limits.voiceSecondsPerMinute, minute * 60_000);
    }
  });
});

test("messages of any kind are counted, and nothing else of them (5)", () => {
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
])("$type is bounded as a message only", (message) => {
  const usage = createUsage();
  for (let count = 0; count < 10_000; count += 1) expect(admit(usage, message, 0)).toBeUndefined();
});
