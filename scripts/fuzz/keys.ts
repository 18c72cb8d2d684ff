/** The line editor: with any keys and any events it stays one line, and fits the screen. */

import type { ClientEvent } from "../../lib/client/api.ts";
import type { Editor } from "../../lib/frontends/terminal/editor.ts";
import { emptyEditor, sent } from "../../lib/frontends/terminal/editor.ts";
import { closedPrompt, handleEvent, handleKey } from "../../lib/frontends/terminal/prompt.ts";
import { layOutPrompt } from "../../lib/frontends/terminal/prompt-layout.ts";
import { graphemes } from "../../lib/frontends/text/layout.ts";
import { chooseStyle } from "../../lib/frontends/text/style.ts";
import { cleanPiece } from "../../lib/protocol/text.ts";
import type { Key } from "../../lib/terminal/keys.ts";
import { hostileEvents } from "../../test/support/hostile-events.ts";
import type { Random } from "../../test/support/random.ts";
import { demand, fuzzer, without } from "./target.ts";
import { anyName, anyText } from "./texts.ts";

type Step =
  | { key: Key }
  | { event: ClientEvent }
  | { columns: number; rows: number }
  | { ask: string; isSecret: boolean };

const keyNames = [
  "left",
  "right",
  "home",
  "end",
  "backspace",
  "delete",
  "up",
  "down",
  "tab",
  "return",
  "escape",
  "a",
  "b",
  "c",
  "d",
  "e",
  "f",
  "h",
  "k",
  "l",
  "n",
  "p",
  "u",
  "w",
  "y",
  "z",
  "",
];
const names = ["bob", "Bea", "carol", "陈伟", "Σίσυφος", "zoë"];
const style = chooseStyle({ TERM: "xterm-256color" }, { terminal: true, plain: false });
const width = Bun.stringWidth;

function anyStep(random: Random): Step {
  const chance = random.below(100);
  if (chance < 45) return { key: { name: "", text: anyText(random), ctrl: false, meta: false } };
  if (chance < 90) {
    const name = keyNames[random.below(keyNames.length)] ?? "";
    return {
      key: {
        name,
        text: random.chance(0.1) ? anyText(random) : "",
        ctrl: random.chance(0.4),
        meta: random.chance(0.2),
      },
    };
  }
  if (chance < 96) {
    const events = hostileEvents(random.chance(0.5) ? anyText(random) : anyName(random));
    return { event: events[random.below(events.length)] ?? { type: "connection", state: "lost" } };
  }
  if (chance < 98) return { columns: 1 + random.below(random.pick([8, 200])), rows: 1 + random.below(30) };
  return { ask: anyText(random), isSecret: random.chance(0.3) };
}

/** A word that begins several others, and Tab: by chance alone that is seldom typed. */
function completion(random: Random): Step[] {
  const key = { ctrl: false, meta: false };
  return [
    { key: { ...key, name: "u", text: "", ctrl: true } },
    { key: { ...key, name: "", text: random.pick(["/", "!", "@b", "/s"]) } },
    { key: { ...key, name: "tab", text: "" } },
  ];
}

function checkEditor({ text, cursor, history, shown }: Editor): void {
  demand(cleanPiece(text) === text, "nothing that is typed acts", text);
  demand(text.length <= 16_384 && history.length <= 500 && shown <= history.length, "is bounded");
  let at = 0;
  const places = new Set([0, ...graphemes(text).map((part) => (at += part.length))]);
  demand(places.has(cursor), "the cursor stands between two characters", text, cursor);
}

export const keys = fuzzer<Step[]>({
  name: "keys",
  wanted: ["command", "submit", "answer", "clear-screen", "suspend", "choices", "recording", "question"],
  make: (random) =>
    Array.from({ length: 1 + random.below(40) }, () =>
      random.chance(0.02) ? completion(random) : anyStep(random),
    ).flat(),
  check(steps, seen) {
    let prompt = handleEvent(closedPrompt(), {
      type: "welcome",
      you: "alice",
      room: "x",
      members: [],
      lastId: 0,
    });
    let place = { columns: 80, rows: 24, style, width };
    for (const step of steps) {
      if ("columns" in step) place = { ...place, ...step };
      else if ("event" in step) prompt = handleEvent(prompt, step.event);
      else if ("ask" in step)
        prompt = {
          ...prompt,
          question: { prompt: cleanPiece(step.ask), editor: emptyEditor(), isSecret: step.isSecret },
        };
      else {
        const pressed = handleKey(prompt, step.key, { names: () => names, isOperator: () => true });
        prompt = pressed.prompt;
        const { action } = pressed;
        if (action !== undefined) seen(action.type);
        if (action?.type === "submit") prompt = { ...prompt, editor: sent(prompt.editor, action.line) };
        if (action?.type === "answer") prompt = { ...prompt, question: undefined };
      }
      if (prompt.hints.length > 1) seen("choices");
      if (prompt.recording !== undefined) seen("recording");
      if (prompt.question !== undefined) seen("question");
      checkEditor(prompt.editor);
      if (prompt.question !== undefined) checkEditor(prompt.question.editor);
      const { rows, cursor } = layOutPrompt(prompt, place);
      demand(rows.length <= place.rows, "fits the rows", rows.length, place);
      demand(
        cursor.row < Math.max(rows.length, 1) && cursor.row >= 0 && cursor.column >= 0,
        "the cursor is in it",
        cursor,
      );
      for (const row of rows) {
        const plain = Bun.stripANSI(row);
        demand(cleanPiece(plain) === plain, "nothing that is shown acts", row);
        // What is one character may be wider than a very narrow screen.
        const widest = Math.max(0, ...graphemes(plain).map((part) => width(part)));
        demand(
          width(plain) < Math.max(place.columns, widest + 1, 3),
          "fits the columns",
          plain,
          width(plain),
          place.columns,
        );
      }
    }
  },
  inputs: (steps) => steps.length,
  smaller: without,
});
