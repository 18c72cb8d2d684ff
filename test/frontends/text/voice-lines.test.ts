/** The lines about voice, and the recording bar. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent } from "../../../lib/client/api.ts";
import { type Recording, recordingBar } from "../../../lib/frontends/terminal/recording-bar.ts";
import { chooseStyle } from "../../../lib/frontends/text/style.ts";
import { createView } from "../../../lib/frontends/text/view.ts";

const width = Bun.stringWidth;
const pipe = chooseStyle({ LANG: "en_US.UTF-8" }, { terminal: false, plain: false });
const ascii = chooseStyle({ LANG: "C" }, { terminal: false, plain: false });

/** The lines of an event, as alice sees them. */
function linesOf(event: ClientEvent, style = pipe, stopKey?: string): string[] {
  const view = createView({ style, width, ...(stopKey === undefined ? {} : { stopKey }) });
  view.event({ type: "welcome", you: "alice", room: "Lab 3", members: ["bob"], lastId: 0 });
  return view.event(event);
}

const ended = { type: "voice-ended", stream: 1, from: "bob", seconds: 4, reason: "done" } as const;
/** 2026-11-22 10:00 wherever the test runs. */
const at = new Date(2026, 10, 22, 10, 0).toISOString();
const clip = { clip: 7, from: "bob", at, seconds: 4 };

describe("the view of voice", () => {
  const lines: [ClientEvent, string[]][] = [
    [{ type: "recording", stream: 1, seconds: 5 }, ["♪ Recording: 5 s at most"]],
    [{ type: "recording", stream: 1, seconds: 300 }, ["♪ The microphone is open: 5 minutes at most"]],
    [{ type: "level", stream: 1, dbfs: -10, peak: -4, left: 2 }, []],
    [{ type: "voice-started", stream: 1, from: "bob" }, ["♪ bob is talking"]],
    [{ type: "voice-started", stream: 1, from: "bob", to: "alice" }, ["♪ bob is talking to you alone"]],
    [{ type: "voice-started", stream: 1, from: "alice" }, []],
    [{ ...ended, seconds: 4.2 }, ["♪ bob talked for 4.2 s"]],
    [
      { ...ended, clip: 7, delayMs: { median: 61.6, p95: 71.2 }, concealed: 0 },
      ["♪ bob talked for 4.0 s · clip 7 · 62 ms from mouth to ear (p95 71)"],
    ],
    [
      { ...ended, clip: 7, delayMs: { median: 62, p95: 71 }, concealed: 0.004 },
      ["♪ bob talked for 4.0 s · clip 7 · 62 ms from mouth to ear (p95 71) · 0.4% lost"],
    ],
    [{ ...ended, concealed: 0.0004 }, ["♪ bob talked for 4.0 s"]],
    [{ ...ended, concealed: 0.02 }, ["♪ bob talked for 4.0 s · 2.0% lost"]],
    [{ ...ended, concealed: 0.031 }, ["♪ bob talked for 4.0 s · 3.1% of it did not get here in time"]],
    [{ ...ended, from: "alice", seconds: 1, reason: "cancelled" }, ["♪ You talked for 1.0 s (cancelled)"]],
    [{ ...ended, from: "alice", clip: 7 }, ["♪ You talked for 4.0 s · clip 7"]],
    [{ ...ended, from: "alice", seconds: 0, reason: "device" }, []],
    [{ type: "warning", code: "silent" }, ["! Nothing was heard: is the microphone muted?"]],
    [{ type: "volume", percent: 50 }, ["♪ Volume: 50%"]],
    [{ type: "volume", percent: 120, name: "bob" }, ["♪ Volume of bob: 120%"]],
    [{ type: "muted", name: "bob", muted: true }, ["♪ bob is muted, for you alone"]],
    [{ type: "muted", name: "bob", muted: false }, ["♪ bob is no longer muted"]],
    [{ type: "clips", clips: [] }, ["♪ No clips are kept for you to hear."]],
    [
      {
        type: "clips",
        clips: [clip, { ...clip, clip: 8, to: "alice" }, { ...clip, clip: 9, from: "alice", to: "bob" }],
      },
      [
        "♪ clip 7 · 2026-11-22 10:00 · 4.0 s · bob",
        "♪ clip 8 · 2026-11-22 10:00 · 4.0 s · bob → you",
        "♪ clip 9 · 2026-11-22 10:00 · 4.0 s · you → bob",
      ],
    ],
    [{ type: "playing", clip: 7, from: "bob", seconds: 4 }, ["♪ Playing clip 7: bob, 4.0 s"]],
    [{ type: "played", clip: 7 }, []],
    [
      { type: "saved", clip: 7, file: "~/bob said.wav", seconds: 4 },
      ["♪ Clip 7 is saved as ~/bob said.wav (4.0 s)"],
    ],
  ];
  test.each(lines)("shows the event %j as %j", (event, expected) => {
    expect(linesOf(event)).toEqual(expected);
  });

  test("names the key that ends a replay, if there is one", () => {
    const playing: ClientEvent = { type: "playing", clip: 7, from: "bob", seconds: 4 };
    expect(linesOf(playing, pipe, "Esc")).toEqual(["♪ Playing clip 7: bob, 4.0 s (Esc stops it)"]);
  });

  test("is ASCII in an ASCII locale", () => {
    const events: ClientEvent[] = [
      { ...ended, clip: 7, delayMs: { median: 62, p95: 71 }, concealed: 0.5 },
      { type: "clips", clips: [{ ...clip, to: "alice" }] },
      { type: "warning", code: "clipped" },
    ];
    for (const event of events) expect(linesOf(event, ascii).join()).toMatch(/^[ -~]+$/);
    expect(linesOf({ ...ended, clip: 7 }, ascii)).toEqual(["* bob talked for 4.0 s, clip 7"]);
  });

  test("highlights a large loss and a warning where there is colour", () => {
    const colours = [256, 16] as const;
    for (const colour of colours) {
      const style = { ...pipe, colours: colour };
      const [line = ""] = linesOf({ ...ended, concealed: 0.1 }, style);
      expect(line).toMatch(/\x1b\[(?:38;5;130|1)m10\.0% of it did not get here in time\x1b/);
      expect(linesOf({ type: "warning", code: "silent" }, style)[0]).toMatch(
        /^\x1b\[(?:38;5;130|1)m! Nothing was heard/,
      );
    }
  });

  test("removes controls from every name and file of an event", () => {
    const nasty = "a\x1b[2Jb\r\nbob: hi\u202e";
    const events: ClientEvent[] = [
      { ...ended, from: nasty },
      { type: "muted", name: nasty, muted: true },
      { type: "volume", percent: 1, name: nasty },
      { type: "clips", clips: [{ ...clip, from: nasty, to: nasty, at: nasty }] },
      { type: "playing", clip: 7, from: nasty, seconds: 4 },
      { type: "saved", clip: 7, file: nasty, seconds: 4 },
      { type: "warning", code: "default-device", message: nasty },
    ];
    for (const event of events) {
      const lines = linesOf(event);
      expect(lines).toHaveLength(1);
      expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    }
  });
});

describe("the recording bar", () => {
  const recording: Recording = { dbfs: -18, peakDbfs: -3, secondsMax: 5, secondsLeft: 3.2 };

  test("shows the level, the peak, the time left and the keys", () => {
    expect(recordingBar(recording, 80, pipe, width)).toBe(
      "● recording ▮▮▮▮▮▮▯│ -18 dBFS  3.2 s left  Enter stops, Esc cancels",
    );
    expect(recordingBar({ ...recording, to: "bob", dbfs: 0, peakDbfs: 0 }, 80, pipe, width)).toStartWith(
      "● recording to bob ▮▮▮▮▮▮▮▮   0 dBFS",
    );
    expect(recordingBar(recording, 80, ascii, width)).toMatch(/^[ -~]+$/);
  });

  test.each([
    [-99, -99, "▯▯▯▯▯▯▯▯"],
    [-99, -30, "▯▯▯│▯▯▯▯"],
    [-30, -30, "▮▮▮▮▯▯▯▯"],
    [-30, 0, "▮▮▮▮▯▯▯│"],
    [0, 0, "▮▮▮▮▮▮▮▮"],
    [12, 12, "▮▮▮▮▮▮▮▮"],
    [-Infinity, -Infinity, "▯▯▯▯▯▯▯▯"],
  ])("shows %d dBFS with its peak at %d as %s", (dbfs, peakDbfs, meter) => {
    expect(recordingBar({ ...recording, dbfs, peakDbfs }, 80, pipe, width)).toStartWith(
      `● recording ${meter} `,
    );
  });

  test("shows for an open microphone how long it has been open and how long it may be", () => {
    const open = { ...recording, secondsMax: 300, secondsLeft: 257.9 };
    expect(recordingBar(open, 80, pipe, width)).toBe(
      "● talking ▮▮▮▮▮▮▯│ -18 dBFS  0:42, 4:17 left  Enter ends, Esc cancels",
    );
    expect(recordingBar({ ...open, to: "bob", secondsLeft: 300 }, 80, pipe, width)).toContain(
      "talking to bob ▮▮▮▮▮▮▯│ -18 dBFS  0:00, 5:00 left",
    );
  });

  test("fits every width and always shows the recording sign", () => {
    const to = "x".repeat(24);
    for (const secondsMax of [60, 300]) {
      for (let columns = 4; columns <= 120; columns += 1) {
        const bar = recordingBar(
          { ...recording, to, secondsMax, secondsLeft: secondsMax },
          columns,
          pipe,
          width,
        );
        expect(width(bar)).toBeLessThan(columns);
        expect(bar).toStartWith("●");
      }
    }
  });
});
