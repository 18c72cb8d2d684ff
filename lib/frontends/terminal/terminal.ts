/** The front end at an interactive terminal: connects the screen, the prompt below it and the view of events. */

import type { ClientEvent, Command } from "../../client/api.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Key } from "../../terminal/keys.ts";
import type { Question, Terminal, TerminalOptions } from "../contract.ts";
import { createPlainTerminal } from "../plain/plain.ts";
import { createFeeder, type Feeder, stoppedSentence, stopsLines } from "../text/feeder.ts";
import { answerOf, questionLine } from "../text/question.ts";
import { chooseStyle } from "../text/style.ts";
import { helpLines, parsePasted, parseTyped } from "../text/typed-commands.ts";
import { createView, type View } from "../text/view.ts";
import { emptyEditor, insert, sent } from "./editor.ts";
import { type Action, closedPrompt, handleEvent, handleKey, type Prompt } from "./prompt.ts";
import { layOutPrompt } from "./prompt-layout.ts";
import { createScreen, type Screen } from "./screen.ts";

/** The state that the functions of this file share. */
interface TerminalState {
  options: TerminalOptions;
  screen: Screen;
  view: View;
  prompt: Prompt;
  /** Answers the open question. */
  answer: ((line: string | undefined) => void) | undefined;
  feeder: Feeder;
  /** The keys come from a script that types ahead. */
  isTypingAhead: boolean;
  closed: boolean;
}

/** More pasted lines than this are sent only after a yes. */
const pastedLinesMax = 3;
const enterKey: Key = { name: "return", text: "", ctrl: false, meta: false };
/** A longer paste does not enter the line history. */
const historyUnitsMax = 500;

/** Takes the terminal and shows events; the prompt appears with the welcome. Without redrawing where that is asked for. */
export function createTerminal(options: TerminalOptions): Terminal {
  if (options.plain || options.env.TERM === "dumb") return createPlainTerminal(options);
  const { input, output, env, onCommand, onEnd } = options;
  const width = Bun.stringWidth;
  const style = chooseStyle(env, { terminal: true, plain: false });
  const view = createView({ style, width, columns: () => screen.columns(), times: true, stopKey: "Esc" });
  const screen: Screen = createScreen({
    input,
    output,
    width,
    block: () => layOutPrompt(state.prompt, { columns: screen.columns(), rows: screen.rows(), style, width }),
    onKey: (key) => takeKey(state, key),
    onPaste: (text, marked) => takePaste(state, text, marked),
    onEnd,
    texts: view,
  });
  const state: TerminalState = {
    options,
    screen,
    view,
    prompt: closedPrompt(),
    answer: undefined,
    feeder: createFeeder(onCommand, () => showProgress(state)),
    isTypingAhead: false,
    closed: false,
  };
  screen.open();
  return {
    show: (event) => show(state, event),
    ask: (prompt, question) => ask(state, prompt, question),
    note: (text) => screen.print({ render: () => view.note(text) }),
    interrupt() {
      const { recording, replaying } = state.prompt;
      if (recording !== undefined || replaying) void onCommand({ type: "cancel" });
      else if (state.answer !== undefined) state.answer(undefined);
      else if (state.prompt.sending !== undefined) stopSending(state);
      else void onCommand({ type: "quit" });
    },
    restore: screen.restore,
    release: screen.close,
    take() {
      if (!state.closed) screen.open();
    },
    async close() {
      state.answer?.(undefined);
      stopSending(state);
      state.closed = true;
      await screen.close();
    },
  };
}

function show(state: TerminalState, event: ClientEvent): void {
  if (state.closed) return;
  if (!isInBlock(event)) state.screen.print({ render: () => state.view.event(event), event });
  state.prompt = handleEvent(state.prompt, event);
  if (stopsLines(event)) stopSending(state);
  if (event.type === "welcome") replayTypeAhead(state);
  state.screen.refresh();
}

/** Only the prompt and the bar show it. */
function isInBlock({ type }: ClientEvent): boolean {
  return type === "recording" || type === "level" || type === "pending";
}

function ask(state: TerminalState, prompt: string, options: Question = {}): Promise<string | undefined> {
  const { fallback, secret = false, signal } = options;
  if (state.closed || signal?.aborted) return Promise.resolve(undefined);
  // One question at a time: a newer one aborts the older.
  state.answer?.(undefined);
  return new Promise((resolve) => {
    const abort = () => answer(undefined);
    const answer = (line: string | undefined) => {
      signal?.removeEventListener("abort", abort);
      state.answer = undefined;
      state.prompt = { ...state.prompt, question: undefined };
      state.screen.refresh();
      resolve(answerOf(line, fallback));
    };
    signal?.addEventListener("abort", abort);
    state.answer = answer;
    const question = { prompt: questionLine(prompt, fallback), editor: emptyEditor(), isSecret: secret };
    state.prompt = { ...state.prompt, question };
    replayTypeAhead(state);
    state.screen.refresh();
  });
}

/** Handles the keys that were typed before the prompt or question appeared. */
function replayTypeAhead(state: TerminalState): void {
  const { typeAhead } = state.prompt;
  state.prompt = { ...state.prompt, typeAhead: [] };
  typeAheadKeys(state, typeAhead);
}

/** Takes keys that were not typed just now: a command among them waits for the lines before it. */
function typeAheadKeys(state: TerminalState, keys: Key[]): void {
  state.isTypingAhead = true;
  for (const key of keys) takeKey(state, key);
  state.isTypingAhead = false;
}

function takeKey(state: TerminalState, key: Key): void {
  if (state.closed) return;
  const { prompt, action } = handleKey(state.prompt, key, state.options);
  state.prompt = prompt;
  if (action !== undefined) runAction(state, action);
  state.screen.refresh();
}

function runAction(state: TerminalState, action: Action): void {
  const { options, screen } = state;
  switch (action.type) {
    case "command":
      return runCommand(state, action.command);
    case "answer":
      return state.answer?.(action.line);
    case "submit":
      return submit(state, action.line);
    case "stop-sending":
      return stopSending(state);
    case "clear-screen":
      return screen.clear();
    case "suspend":
      // The microphone is not left open.
      if (state.prompt.recording !== undefined) void options.onCommand({ type: "stop" });
      return options.suspend?.();
    default:
      action satisfies never;
  }
}

function submit(state: TerminalState, line: string): void {
  const { screen, view } = state;
  const print = (render: () => string[]) => screen.print({ render });
  const typed = parseTyped(line);
  // An invalid line stays, to be corrected.
  if (typed.type === "invalid") return print(() => view.error(typed.message));
  // Other lines leave the prompt: the server's confirmation prints them at their place in the order.
  state.prompt = { ...state.prompt, editor: sent(state.prompt.editor, line) };
  if (typed.type === "help") print(() => helpLines(state.options.isOperator()).flatMap(view.note));
  if (typed.type === "command") runCommand(state, typed.command);
}

/** Lines keep their order; any other command does not wait for lines that are still to go, unless it was typed ahead. */
function runCommand(state: TerminalState, command: Command): void {
  const isLine = command.type === "say" || command.type === "whisper";
  if (isLine || state.isTypingAhead) return feed(state, [command]);
  if (command.type === "quit") stopSending(state);
  void state.options.onCommand(command);
}

function feed(state: TerminalState, commands: Command[]): void {
  state.feeder.add(commands);
  showProgress(state);
}

function showProgress(state: TerminalState): void {
  const progress = state.feeder.progress();
  state.prompt = { ...state.prompt, sending: progress.left === 0 ? undefined : progress };
  state.screen.refresh();
}

/** Gives up the lines that are still to go, and says so. */
function stopSending(state: TerminalState): void {
  const { total } = state.feeder.progress();
  const rest = state.feeder.stop();
  showProgress(state);
  if (rest.length === 0 || state.closed) return;
  state.screen.print({ render: () => state.view.error(stoppedSentence(rest, total)) });
}

function takePaste(state: TerminalState, text: string | undefined, marked: boolean): void {
  const isChatting = state.prompt.open && state.prompt.question === undefined;
  const refuse = (message: string) => state.screen.print({ render: () => state.view.error(message) });
  if (text === undefined) return refuse("This paste is too long; nothing of it was sent.");
  // Many unmarked lines before the chat come from a script that types its answers ahead.
  if (!state.prompt.open && !marked) return typeLines(state, text);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const [first] = lines;
  if (state.closed || first === undefined) return;
  if (isChatting && lines.length > 1) return void sendPasted(state, lines);
  const { editor } = state.prompt;
  takeKey(state, textKey(first));
  if (!isChatting || state.prompt.editor !== editor) return;
  refuse(refusal("text-too-long", { max: limits.textCharsMax }).message);
}

/** Types the text, with Enter at each line end. */
function typeLines(state: TerminalState, text: string): void {
  const keys = text
    .split("\n")
    .flatMap((line, index) => [...(index > 0 ? [enterKey] : []), ...(line === "" ? [] : [textKey(line)])]);
  typeAheadKeys(state, keys);
}

function textKey(text: string): Key {
  return { name: "", text, ctrl: false, meta: false };
}

/** Sends pasted lines together with the text around the cursor; asks first when they are many. */
async function sendPasted(state: TerminalState, lines: string[]): Promise<void> {
  const { editor } = state.prompt;
  const { to, commands } = parsePasted(around(lines, editor.text, editor.cursor));
  if (commands.length > pastedLinesMax) {
    const receiver = to === undefined ? "" : ` to ${to}`;
    const answer = await ask(state, `Send ${commands.length} lines${receiver}? [y/N]`);
    if (state.closed) return;
    if (!/^y(es)?$/i.test(answer ?? ""))
      return state.screen.print({ render: () => state.view.note("Nothing was sent.") });
  }
  const whole = insert(editor, lines.join(" ")).text;
  const historyLine = whole.length > historyUnitsMax ? "" : whole;
  state.prompt = { ...state.prompt, editor: sent(state.prompt.editor, historyLine) };
  feed(state, commands);
}

/** The pasted lines, with the text before the cursor put in front of the first and the text after it behind the last. */
function around(lines: string[], text: string, cursor: number): string[] {
  const last = lines.length - 1;
  return lines.map((line, index) => {
    const front = index === 0 ? text.slice(0, cursor) : "";
    const end = index === last ? text.slice(cursor) : "";
    return (front + line + end).trimEnd();
  });
}
