/** The front end of people at a terminal: joins the screen, the prompt below it and the view of what happens. */

import type { ClientEvent } from "../../client/api.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { answerOf, type Question, questionLine, type Terminal, type TerminalOptions } from "../contract.ts";
import { createPlainTerminal } from "../plain/plain.ts";
import { chooseStyle } from "../text/style.ts";
import { helpLines, parsePasted, parseTyped } from "../text/typed-commands.ts";
import { createView, type View } from "../text/view.ts";
import { emptyEditor, insert, type Key, sent } from "./editor.ts";
import { type Action, closedPrompt, hear, layOutPrompt, type Prompt, pressKey } from "./prompt.ts";
import { createScreen, type Screen } from "./screen.ts";

export type { Question, Terminal, TerminalOptions } from "../contract.ts";

/** What the functions of this file share. */
interface Stage {
  options: TerminalOptions;
  screen: Screen;
  view: View;
  prompt: Prompt;
  /** Answers the question on the screen. */
  answer: ((line: string | undefined) => void) | undefined;
  closed: boolean;
}

/** More pasted lines than this are sent only after a question. */
const pastedLinesMax = 3;
const enterKey: Key = { name: "return", text: "", ctrl: false, meta: false };
/** A longer paste is not offered again by the arrow keys. */
const recalledUnitsMax = 500;

/** Takes the terminal and shows what comes; the prompt appears with the welcome. */
export function createTerminal(options: TerminalOptions): Terminal {
  if (options.plain || options.env.TERM === "dumb") return createPlainTerminal(options);
  const { input, output, env, onIntent, onEnd } = options;
  const width = Bun.stringWidth;
  const style = chooseStyle(env, { terminal: true, plain: false });
  const screen = createScreen({
    input,
    output,
    width,
    block: () => layOutPrompt(stage.prompt, { columns: screen.columns(), rows: screen.rows(), style, width }),
    onKey: (key) => takeKey(stage, key),
    onPaste: (text, marked) => takePaste(stage, text, marked),
    onEnd,
  });
  const view = createView({ style, width, columns: screen.columns, times: true, stopKey: "Esc" });
  const stage: Stage = {
    options,
    screen,
    view,
    prompt: closedPrompt(),
    answer: undefined,
    closed: false,
  };
  screen.open();
  return {
    show: (event) => show(stage, event),
    ask: (prompt, question) => ask(stage, prompt, question),
    note: (text) => screen.print(view.note(text)),
    interrupt() {
      const { recording, replaying } = stage.prompt;
      if (recording !== undefined || replaying) onIntent({ type: "cancel" });
      else if (stage.answer !== undefined) stage.answer(undefined);
      else onIntent({ type: "quit" });
    },
    restore: screen.restore,
    async close() {
      stage.answer?.(undefined);
      stage.closed = true;
      screen.restore();
    },
  };
}

function show(stage: Stage, event: ClientEvent): void {
  if (stage.closed) return;
  // While recording the bar says it, for as long as it is true.
  if (event.type !== "recording") stage.screen.print(stage.view.event(event));
  stage.prompt = hear(stage.prompt, event);
  if (event.type === "welcome") replayHeldKeys(stage);
  stage.screen.refresh();
}

function ask(stage: Stage, prompt: string, asked: Question = {}): Promise<string | undefined> {
  const { fallback, secret = false, signal } = asked;
  if (stage.closed || signal?.aborted) return Promise.resolve(undefined);
  // One question at a time: a newer one takes the older back.
  stage.answer?.(undefined);
  return new Promise((resolve) => {
    const takeBack = () => answer(undefined);
    const answer = (line: string | undefined) => {
      signal?.removeEventListener("abort", takeBack);
      stage.answer = undefined;
      stage.prompt = { ...stage.prompt, question: undefined };
      stage.screen.refresh();
      resolve(answerOf(line, fallback));
    };
    signal?.addEventListener("abort", takeBack);
    stage.answer = answer;
    const question = { prompt: questionLine(prompt, fallback), editor: emptyEditor(), isSecret: secret };
    stage.prompt = { ...stage.prompt, question };
    replayHeldKeys(stage);
    stage.screen.refresh();
  });
}

/** What was typed ahead goes to whatever takes keys now. */
function replayHeldKeys(stage: Stage): void {
  const { held } = stage.prompt;
  stage.prompt = { ...stage.prompt, held: [] };
  for (const key of held) takeKey(stage, key);
}

function takeKey(stage: Stage, key: Key): void {
  if (stage.closed) return;
  const { prompt, action } = pressKey(stage.prompt, key, stage.options);
  stage.prompt = prompt;
  if (action !== undefined) act(stage, action);
  stage.screen.refresh();
}

function act(stage: Stage, action: Action): void {
  const { options, screen } = stage;
  switch (action.type) {
    case "intent":
      return options.onIntent(action.intent);
    case "answer":
      return stage.answer?.(action.line);
    case "submit":
      return submit(stage, action.line);
    case "clear-screen":
      return screen.clear();
    case "suspend":
      if (options.suspend === undefined) return;
      screen.restore();
      options.suspend(() => {
        if (!stage.closed) screen.open();
      });
  }
}

function submit(stage: Stage, line: string): void {
  const { screen, view } = stage;
  const typed = parseTyped(line);
  // A line that means nothing stays, to be corrected.
  if (typed.type === "wrong") return screen.print(view.error(typed.message));
  // The others leave the screen: the server's confirmation prints them where everybody sees them.
  stage.prompt = { ...stage.prompt, editor: sent(stage.prompt.editor, line) };
  if (typed.type === "help") screen.print(helpLines(stage.options.isOperator()).flatMap(view.note));
  if (typed.type === "intent") stage.options.onIntent(typed.intent);
}

function takePaste(stage: Stage, text: string, marked: boolean): void {
  const chatting = stage.prompt.open && stage.prompt.question === undefined;
  // Nobody pastes before the chat without marks: that is a script, which types its answers ahead.
  if (!chatting && !marked) return typeLines(stage, text);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const [first] = lines;
  if (stage.closed || first === undefined) return;
  if (chatting && lines.length > 1) return void sendPasted(stage, lines);
  const { editor } = stage.prompt;
  takeKey(stage, textKey(first));
  if (!chatting || stage.prompt.editor !== editor) return;
  stage.screen.print(stage.view.error(refusal("text-too-long", { max: limits.textCharsMax }).message));
}

/** Types the text with Enter at each line end. */
function typeLines(stage: Stage, text: string): void {
  for (const [index, line] of text.split("\n").entries()) {
    if (index > 0) takeKey(stage, enterKey);
    if (line !== "") takeKey(stage, textKey(line));
  }
}

function textKey(text: string): Key {
  return { name: "", text, ctrl: false, meta: false };
}

/** Sends pasted lines with what was typed around them; many of them only when the person agrees. */
async function sendPasted(stage: Stage, lines: string[]): Promise<void> {
  const { editor } = stage.prompt;
  const { to, intents } = parsePasted(around(lines, editor.text, editor.cursor));
  if (intents.length > pastedLinesMax) {
    const who = to === undefined ? "" : ` to ${to}`;
    const answer = await ask(stage, `Send ${intents.length} lines${who}? [y/N]`);
    if (stage.closed) return;
    if (!/^y(es)?$/i.test(answer ?? "")) return stage.screen.print(stage.view.note("Nothing was sent."));
  }
  const whole = insert(editor, lines.join(" ")).text;
  const recalled = whole.length > recalledUnitsMax ? "" : whole;
  stage.prompt = { ...stage.prompt, editor: sent(stage.prompt.editor, recalled) };
  for (const intent of intents) stage.options.onIntent(intent);
  stage.screen.refresh();
}

/** The pasted lines with the text before the cursor in front of the first and the text behind it after the last. */
function around(lines: string[], text: string, cursor: number): string[] {
  const last = lines.length - 1;
  return lines.map((line, index) => {
    const front = index === 0 ? text.slice(0, cursor) : "";
    const end = index === last ? text.slice(cursor) : "";
    return (front + line + end).trimEnd();
  });
}
