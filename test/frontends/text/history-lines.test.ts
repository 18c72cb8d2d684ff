/** The text of kept lines and of lines that arrive late. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent, HistoryEntry } from "../../../lib/client/api.ts";
import { chooseStyle } from "../../../lib/frontends/text/style.ts";
import { createView } from "../../../lib/frontends/text/view.ts";

type History = Extract<ClientEvent, { type: "history" }>;

/** An ISO time in November 2026, given in local time. */
const time = (day: number, hour: number, minute = 0): string =>
  new Date(2026, 10, day, hour, minute).toISOString();
const entry = (id: number, at: string, fields: Partial<HistoryEntry> = {}): HistoryEntry => ({
  id,
  from: "bob",
  text: `line ${id}`,
  at,
  ...fields,
});

function viewOf(env: Record<string, string> = {}, plain = false, columns?: number) {
  const style = chooseStyle({ LANG: "C.UTF-8", NO_COLOR: "1", ...env }, { terminal: true, plain });
  const options = columns === undefined ? {} : { columns: () => columns };
  const view = createView({ style, width: Bun.stringWidth, times: true, ...options });
  view.event({ type: "welcome", you: "alice", room: "Lab 3", members: [], lastId: 0 });
  return view;
}

const page = (entries: HistoryEntry[], fields: Partial<History> = {}): History => ({
  type: "history",
  cause: "joining",
  entries,
  more: false,
  ...fields,
});

const days = [entry(1, time(23, 22, 5)), entry(2, time(24, 9)), entry(3, time(24, 9, 1))];

describe("a history page", () => {
  test("shows times, days and an end", () => {
    expect(viewOf().event(page(days))).toEqual([
      "Earlier:",
      "— Monday, 23 November 2026 —",
      "22:05 bob: line 1",
      "— Tuesday, 24 November 2026 —",
      "09:00 bob: line 2",
      "09:01 bob: line 3",
      "— now —",
    ]);
  });

  test.each([
    [0, undefined],
    [1, "09:00 bob: line 2"],
    [2, "09:01 bob: line 3"],
    [3, undefined],
  ])("marks what is new after the read marker %d, before the line %p", (leftOff, next) => {
    const lines = viewOf().event(page(days, { leftOff }));
    const marker = lines.indexOf("— new since you were last here —");
    const following = lines.slice(marker + 1).find((line) => !line.startsWith("—"));
    expect(marker === -1 ? undefined : following).toBe(next);
  });

  test("says that there is more when the read marker lies before it", () => {
    const lines = viewOf().event(page([entry(9, time(24, 9))], { leftOff: 2, more: true }));
    expect(lines[1]).toContain("more since you were last here: /history shows it");
  });

  test("that was asked for says how to see what came before it, if anything did", () => {
    const lines = viewOf().event(page(days, { cause: "history", more: true }));
    expect(lines.slice(0, 2)).toEqual(["Earlier:", "— what came before: /history 3 1 —"]);
    expect(
      viewOf()
        .event(page(days, { cause: "history" }))
        .join(),
    ).not.toContain("/history");
    expect(
      viewOf()
        .event(page(days, { cause: "search", more: true }))
        .join(),
    ).not.toContain("/history");
  });

  test("shows author and receiver of whispers", () => {
    const whispers = [
      entry(1, time(24, 9), { to: "alice" }),
      entry(2, time(24, 9), { from: "alice", to: "bob" }),
    ];
    const lines = viewOf().event(page(whispers));
    expect(lines.slice(2, 4)).toEqual(["09:00 bob → you: line 1", "09:00 you → bob: line 2"]);
  });

  test("has no dashes for screen readers, and ASCII dashes in an ASCII locale", () => {
    const spoken = viewOf({}, true).event(page(days.slice(0, 1)));
    expect(spoken).toEqual(["Earlier:", "Monday, 23 November 2026", "22:05 bob: line 1", "now"]);
    expect(viewOf({ LANG: "C" }).event(page(days.slice(0, 1)))[1]).toBe("- Monday, 23 November 2026 -");
  });

  test("is wrapped like all lines", () => {
    const long = entry(1, time(24, 9), { text: "会议 ".repeat(30) });
    for (const line of viewOf({}, false, 40).event(page([long])))
      expect(Bun.stringWidth(line)).toBeLessThanOrEqual(40);
  });

  test("removes terminal controls and line ends from names, texts and times", () => {
    const forged = entry(1, time(24, 9), { text: "x\n09:00 carol: hello\x1b[2J", from: "b\nob" });
    expect(
      viewOf()
        .event(page([forged]))
        .slice(2),
    ).toEqual(["09:00 b ob: x 09:00 carol: hello[2J", "— now —"]);
    const timeless = entry(1, "\x1b[2J");
    expect(
      viewOf()
        .event(page([timeless]))
        .join(),
    ).not.toContain("\x1b");
  });
});

describe("an empty history page", () => {
  test("prints nothing on joining and says so when it was asked for", () => {
    expect(viewOf().event(page([]))).toEqual([]);
    expect(viewOf().event(page([], { cause: "history" }))).toEqual(["Nothing is kept that you could read."]);
    expect(viewOf().event(page([], { cause: "search" }))).toEqual(["Nothing was found."]);
    expect(viewOf().event(page(days, { cause: "search" }))[0]).toBe("Found:");
  });
});

describe("a line that arrives late", () => {
  const said = (at: string, late = true): ClientEvent => ({
    type: "said",
    id: 9,
    from: "bob",
    text: "hi",
    at,
    ...(late ? { late: true as const } : {}),
  });

  test("has its time in front, and a rule with its day when that differs", () => {
    const view = viewOf();
    expect(view.event(said(time(24, 9), false))).toEqual(["bob: hi"]);
    expect(view.event(said(time(24, 23, 59)))).toEqual(["23:59 bob: hi"]);
    expect(view.event(said(time(25, 0, 1)))).toEqual(["— Wednesday, 25 November 2026 —", "00:01 bob: hi"]);
    expect(view.event(said(time(25, 0, 2), false))).toEqual(["bob: hi"]);
  });

  test("has a rule with its day when it is the first line", () => {
    const day = "— Tuesday, 24 November 2026 —";
    expect(viewOf().event(said(time(24, 9)))).toEqual([day, "09:00 bob: hi"]);
  });

  test("has no time when it is live, but a rule with its day after midnight or after the clock went back", () => {
    const view = viewOf();
    view.event(said(time(24, 23, 59), false));
    expect(view.event(said(time(25, 0, 1), false))[0]).toBe("— Wednesday, 25 November 2026 —");
    expect(view.event(said(time(24, 23, 58), false))[0]).toBe("— Tuesday, 24 November 2026 —");
  });

  test("that waits for an away receiver is marked so for its author", () => {
    const whispered = { type: "whispered", id: 1, from: "alice", to: "bob", text: "hi" } as const;
    expect(viewOf().event({ ...whispered, at: time(24, 9), away: true })).toEqual([
      "you → bob: hi",
      "bob is away, will get it when back",
    ]);
  });
});
