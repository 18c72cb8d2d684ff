/** The lines of each event; no text that a person sends can look like a line of another person. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent } from "../../../lib/client/api.ts";
import { chooseStyle, nameColours } from "../../../lib/frontends/text/style.ts";
import { createView } from "../../../lib/frontends/text/view.ts";

const width = Bun.stringWidth;
const utf8 = { LANG: "en_US.UTF-8", TERM: "xterm-256color" };
const pipe = chooseStyle(utf8, { terminal: false, plain: false });
const welcome: ClientEvent = { type: "welcome", you: "alice", room: "Lab 3", members: ["bob"], lastId: 0 };
const at = "2026-11-22T10:00:00.000Z";

function viewOfAlice(columns?: number, style = pipe) {
  const view = createView({ style, width, ...(columns === undefined ? {} : { columns: () => columns }) });
  view.event(welcome);
  return view;
}

function say(text: string, from = "mallory"): ClientEvent {
  return { type: "said", id: 1, from, text, at };
}

describe("the view", () => {
  test.each([
    [{ count: 1, before: undefined }, "1 line left out while the screen stood still: see /history 1"],
    [
      { count: 2_500, before: 8_812 },
      "2500 lines left out while the screen stood still: see /history 200 8812",
    ],
  ])("says of %j how many lines were left out, and how to see them", (omission, sentence) => {
    expect(viewOfAlice().omitted(omission)).toEqual([`— ${sentence} —`]);
  });

  test("tells the refusal of many lines in one line", () => {
    const refusal = { type: "error" as const, code: "silenced", message: "You are silenced.", text: "hi" };
    expect(viewOfAlice().repeated(refusal, 64)).toEqual(["! You are silenced. (64 lines)"]);
  });

  const lines: [ClientEvent, string[]][] = [
    [say("hello", "alice"), ["alice: hello"]],
    [{ type: "whispered", id: 1, from: "bob", to: "alice", text: "psst", at }, ["bob → you: psst"]],
    [{ type: "whispered", id: 1, from: "alice", to: "bob", text: "psst", at }, ["you → bob: psst"]],
    [{ type: "joined", name: "carol" }, ["→ carol joined"]],
    [{ type: "left", name: "carol", reason: "quit" }, ["← carol left"]],
    [{ type: "left", name: "carol", reason: "lost" }, ["← carol left (connection lost)"]],
    [{ type: "renamed", from: "carol", to: "caro" }, ["→ carol is now called caro"]],
    [{ type: "members", names: ["alice", "bob"] }, ["In the room: alice, bob"]],
    [{ type: "joined", name: "carol", guest: true }, ["→ carol (guest) joined"]],
    [{ ...say("hello", "carol"), guest: true } as ClientEvent, ["carol (guest): hello"]],
    [
      { type: "whispered", id: 1, from: "carol", to: "alice", text: "psst", at, guest: true },
      ["carol (guest) → you: psst"],
    ],
    [
      { type: "members", names: ["alice", "bob", "carol"], guests: ["carol"] },
      ["In the room: alice, bob, carol (guest)"],
    ],
    [{ type: "connection", state: "lost" }, ["! The connection is lost. Trying to get it back…"]],
    [
      { type: "connection", state: "lost", reason: "server-stopped", message: "Bye." },
      ["! The server was stopped. Waiting until it is back…"],
    ],
    [
      { type: "connection", state: "lost", reason: "room-full", message: "The room is full (2 people)." },
      ["! The room is full (2 people). Trying to get the connection back…"],
    ],
    [{ type: "connection", state: "restored" }, ["→ The connection is back."]],
    [{ type: "error", code: "no-such-name", message: "There is no x here." }, ["! There is no x here."]],
  ];
  test.each(lines)("shows the event %j as %j", (event, expected) => {
    expect(viewOfAlice().event(event)).toEqual(expected);
  });

  test("a welcome says where one is and with whom", () => {
    const view = createView({ style: pipe, width });
    expect(view.event({ ...welcome, motd: "Be kind" })).toEqual([
      "You are alice in Lab 3. /help says what you can type.",
      "» Be kind",
      "In the room: bob",
    ]);
    expect(view.event({ ...welcome, members: ["alice"] })[1]).toBe("No one else is here yet.");
    const closed: ClientEvent = { ...welcome, guests: ["bob"], locked: true, announce: true };
    expect(view.event(closed).slice(1)).toEqual([
      "In the room: bob (guest)",
      "The room is locked: new people cannot come in.",
      "Only operators speak now; you can write to one of them alone.",
    ]);
    expect(view.event({ ...closed, operator: true }).slice(2)).toEqual([
      "You are an operator: /help lists what you can do.",
      "The room is locked: new people cannot come in.",
      "Only operators speak now.",
    ]);
  });

  test('marks whispers of ours with "you" after a new name, too', () => {
    const view = viewOfAlice();
    expect(view.event({ type: "renamed", from: "alice", to: "lis" })).toEqual(["→ You are now called lis"]);
    expect(view.event({ type: "whispered", id: 1, from: "lis", to: "bob", text: "x", at })).toEqual([
      "you → bob: x",
    ]);
  });
});

describe("text that people send", () => {
  test("reaches the output without controls, overrides and second lines", () => {
    const nasty = "a\x1b[2Jb\x9b1mc\r\nbob: hi\u2028\u202eevil\u0007\x00";
    const events: ClientEvent[] = [
      say(nasty),
      { type: "joined", name: nasty },
      { type: "members", names: [nasty] },
      { type: "error", code: "x", message: nasty },
      { ...welcome, type: "welcome", room: nasty, motd: nasty },
    ];
    for (const event of events) {
      for (const line of viewOfAlice(80).event(event))
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    }
    expect(viewOfAlice().event(say(nasty))).toHaveLength(1);
  });

  test("stays within the line of its author at every width, also when it forges a line", () => {
    const forged = ["bob: hi", "→ carol joined", "! Error"];
    for (let columns = 12; columns <= 120; columns += 1) {
      for (const lie of forged) {
        for (const filler of [" ", "x", "\u00a0", "漢"]) {
          const text = filler.repeat(columns) + lie;
          const [, ...rows] = viewOfAlice(columns).event(say(text));
          for (const row of rows) expect(row.startsWith("  ")).toBe(true);
        }
        const address = `look http://${"x".repeat(columns)}${lie}`;
        const [, ...rows] = viewOfAlice(columns).event(say(address));
        for (const row of rows) expect(row.startsWith("  ") && width(row) < columns).toBe(true);
      }
    }
  });

  test("is never wider than the terminal", () => {
    for (const text of ["word ".repeat(60), "x".repeat(300), "漢字".repeat(80), "👩‍👩‍👧".repeat(60)]) {
      for (const row of viewOfAlice(40).event(say(text))) expect(width(row)).toBeLessThan(40);
    }
  });

  test("is broken within a grapheme that is wider than a row", () => {
    for (const columns of [12, 40, 80]) {
      const rows = viewOfAlice(columns).event(say(`${"\u1100".repeat(200)}bob: I agree`));
      for (const row of rows) expect(width(row)).toBeLessThan(columns);
      expect(rows.slice(2).every((row) => row.startsWith("  "))).toBeTrue();
    }
  });

  test("keeps every word when it is wrapped", () => {
    const text = "the quick brown fox jumps over the lazy dog ".repeat(8).trim();
    const rows = viewOfAlice(30).event(say(text));
    expect(rows.map((row) => row.trim()).join(" ")).toBe(`mallory: ${text}`);
  });

  test("keeps a web address in one row where a row has room for it", () => {
    const address = `https://example.org/${"a".repeat(17)}`;
    expect(viewOfAlice(40).event(say(`see ${address} now`))).toContain(`  ${address}`);
    const rows = viewOfAlice(40).event(say(`see ${address}a now`));
    expect(rows.map((row, index) => row.slice(index === 0 ? 0 : 2)).join("")).toBe(
      `mallory: see ${address}a now`,
    );
    for (const row of rows) expect(width(row)).toBeLessThan(40);
  });
});

describe("the style", () => {
  const terminal = { terminal: true, plain: false };

  test("has colour only on a terminal and without NO_COLOR or --plain", () => {
    expect(chooseStyle(utf8, terminal).colours).toBe(256);
    expect(chooseStyle({ ...utf8, TERM: "vt220" }, terminal).colours).toBe(16);
    expect(chooseStyle({ ...utf8, NO_COLOR: "1" }, terminal).colours).toBe(0);
    expect(chooseStyle({ ...utf8, NO_COLOR: "" }, terminal).colours).toBe(256);
    expect(chooseStyle(utf8, { terminal: false, plain: false }).colours).toBe(0);
    expect(chooseStyle(utf8, { terminal: true, plain: true }).colours).toBe(0);
  });

  test("uses ASCII signs in an ASCII locale", () => {
    const style = chooseStyle({ LC_ALL: "C", LANG: "en_US.UTF-8" }, terminal);
    const view = createView({ style: { ...style, colours: 0 }, width });
    expect(view.event({ type: "joined", name: "bob" })).toEqual(["-> bob joined"]);
  });

  test("uses words instead of arrows for screen readers", () => {
    const view = viewOfAlice(undefined, chooseStyle(utf8, { terminal: true, plain: true }));
    const whisper: ClientEvent = { type: "whispered", id: 1, from: "bob", to: "alice", text: "psst", at };
    expect(view.event(whisper)).toEqual(["bob to you: psst"]);
  });

  test("gives a name one colour in any spelling, readable on black and on white", () => {
    const style = chooseStyle(utf8, terminal);
    const colour = (from: string) =>
      viewOfAlice(80, style)
        .event(say("x", from))[0]
        ?.match(/38;5;(\d+)m/)?.[1];
    expect(colour("Bob")).toBe(colour("bob"));
    expect(new Set(["ann", "bob", "carol", "dave", "eve", "fred"].map(colour)).size).toBeGreaterThan(2);
    for (const index of nameColours) {
      const light = luminance(index);
      expect((light + 0.05) / 0.05).toBeGreaterThan(4);
      expect(1.05 / (light + 0.05)).toBeGreaterThan(4);
    }
  });
});

test("the view prints the time only after a long gap", () => {
  const view = createView({ style: pipe, width, times: true });
  const later = (minutes: number) => new Date(Date.parse(at) + minutes * 60_000).toISOString();
  const lines = [0, 5, 14, 30].map((minutes) =>
    view.event({ type: "said", id: 1, from: "bob", text: "x", at: later(minutes) }),
  );
  expect(lines.map((each) => each.length)).toEqual([1, 1, 1, 2]);
  expect(lines[3]?.[0]).toMatch(/^- \d\d:\d\d -$/);
});

/** Relative luminance of one of the 216 colours of the xterm cube (WCAG 2). */
function luminance(index: number): number {
  const levels = [0, 95, 135, 175, 215, 255];
  const parts = [Math.floor((index - 16) / 36), Math.floor((index - 16) / 6) % 6, (index - 16) % 6];
  const [red = 0, green = 0, blue = 0] = parts.map((part) => {
    const value = (levels[part] ?? 0) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
