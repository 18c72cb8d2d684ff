/** Keys and pastes of a terminal in raw mode, as chunks of bytes. */
import { describe, expect, test } from "bun:test";
import { createKeyInput, pasteUnitsMax } from "../../../lib/frontends/terminal/key-input.ts";
import { escapeTimeoutMs, sequenceTimeoutMs } from "../../../lib/terminal/control-sequences.ts";
import { bytesOf, cuts, replies } from "../../terminal/replies.ts";

/** What chunks become; the test says when time passes. */
function createInput() {
  const events: string[] = [];
  let waiting: { ms: number; action: () => void } | undefined;
  const input = createKeyInput(
    {
      onKey: ({ name, text }) => void events.push(name || text),
      onPaste: (text, marked) => void events.push(`${marked ? "paste" : "burst"}: ${text}`),
    },
    (ms, action) => {
      const own = { ms, action };
      waiting = own;
      return () => {
        if (waiting === own) waiting = undefined;
      };
    },
  );
  return {
    events,
    push: (...chunks: (string | Uint8Array)[]) => chunks.forEach(input.push),
    stop: input.stop,
    /** Lets the time pass that is waited for, and returns it. */
    pass() {
      const { ms, action } = waiting ?? {};
      waiting = undefined;
      action?.();
      return ms;
    },
  };
}

test("no reply of the terminal becomes text in the editor, however it is cut", () => {
  for (const reply of Object.values(replies)) {
    for (const chunks of cuts(bytesOf(`he${reply}llo`))) {
      const { events, push } = createInput();
      push(...chunks);
      expect(events.join("")).toMatch(/^he(?:f\d+|insert|undefined)?llo$/);
    }
  }
});

describe("the Esc key", () => {
  test("is an ESC after which nothing comes for a moment", () => {
    const { events, push, pass } = createInput();
    push("\x1b");
    expect(events).toEqual([]);
    expect(pass()).toBe(escapeTimeoutMs);
    expect(events).toEqual(["escape"]);
    push("[A");
    expect(events).toEqual(["escape", "[", "A"]);
  });

  test("is not the beginning of a sequence whose rest is late", () => {
    const { events, push, pass } = createInput();
    push("\x1b]11;rgb:");
    expect(pass()).toBe(sequenceTimeoutMs);
    push("x");
    expect(events).toEqual(["x"]);
  });

  test("is forgotten when the terminal is given back", () => {
    const { events, push, pass, stop } = createInput();
    push("\x1b");
    stop();
    expect(pass()).toBeUndefined();
    push("[A");
    expect(events).toEqual(["[", "A"]);
  });
});

describe("a marked paste", () => {
  test("is one text however it is cut, without the replies, colours and keys in it", () => {
    const pasted = `\x1b[200~one\r\n\ttw\x1b]11;rgb:0/0/0\x1b\\o é\r\x1b[31mthree\x03\x1b\x1b[201~x`;
    for (const chunks of cuts(new TextEncoder().encode(pasted))) {
      const { events, push } = createInput();
      push(...chunks);
      expect(events).toEqual(["paste: one\n\ttwo é\nthree", "x"]);
    }
  });

  test.each([
    "\x1b",
    "\x1b[",
    "\x1b[1;",
    "\x1b[M",
    "\x1b[[",
    "\x1bO",
    "\x1b]0;title",
    "\x1bPx",
    "\xc2",
    "\x1b(",
  ])("ends although it contains the unfinished sequence %j", (unfinished) => {
    for (const chunks of cuts(bytesOf(`\x1b[200~a${unfinished}\x1b[201~b`))) {
      const { events, push } = createInput();
      push(...chunks);
      expect(events).toEqual([unfinished === "\xc2" ? "paste: a\ufffd" : "paste: a", "b"]);
    }
  });

  test("is delivered when its end is lost", () => {
    const { events, push, pass } = createInput();
    push("\x1b[200~one\ntwo");
    expect(pass()).toBe(10_000);
    push("x");
    expect(events).toEqual(["paste: one\ntwo", "x"]);
  });

  test("is not kept when it is too long", () => {
    const { events, push } = createInput();
    push("\x1b[200~", "x".repeat(pasteUnitsMax), "y", "z", "\x1b[201~", "k");
    expect(events).toEqual(["paste: undefined", "k"]);
    push("\x1b[200~", "x".repeat(pasteUnitsMax), "\x1b[201~");
    expect(events[2]).toHaveLength("paste: ".length + pasteUnitsMax);
  });
});

describe("a paste that is not marked", () => {
  test("is told by its lines, and goes on as long as chunks follow each other", () => {
    const { events, push, pass } = createInput();
    push("one\rtwo\rthree\rfour", " and\rfive", "\r");
    expect(events).toEqual([]);
    expect(pass()).toBe(50);
    expect(events).toEqual(["burst: one\ntwo\nthree\nfour and\nfive\n"]);
  });

  test("is told by its length, too, where its lines are long", () => {
    const { events, push, pass } = createInput();
    push(`${"x".repeat(600)}\ry`);
    pass();
    expect(events).toEqual([`burst: ${"x".repeat(600)}\ny`]);
  });

  test("ends at a key that no paste contains", () => {
    const { events, push } = createInput();
    push("one\rtwo\rthree\rfour\r", "\x03x");
    expect(events).toEqual(["burst: one\ntwo\nthree\nfour\n", "c", "x"]);
  });

  test("is not taken for one where lines are typed", () => {
    const { events, push } = createInput();
    push("one\rtwo\rthree\r");
    expect(events.filter((event) => event === "return")).toHaveLength(3);
  });

  test("comes apart from a marked one that follows it", () => {
    const { events, push } = createInput();
    push("one\rtwo\rthree\rfour\r", "\x1b[200~five\x1b[201~");
    expect(events).toEqual(["burst: one\ntwo\nthree\nfour\n", "paste: five"]);
  });
});
