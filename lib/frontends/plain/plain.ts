/** The terminal without redrawing (`--plain`, TERM=dumb): the kernel edits the line; this file reads and prints lines. */

import { withTimeout } from "../../base/timeout.ts";
import type { ClientEvent } from "../../client/api.ts";
import { limits } from "../../protocol/limits.ts";
import type { TerminalInput } from "../../terminal/control-sequences.ts";
import { createInputReader } from "../../terminal/input-reader.ts";
import { lineTextOf } from "../../terminal/keys.ts";
import type { Question, Terminal, TerminalOptions } from "../contract.ts";
import { once, readLines } from "../lines.ts";
import { createFeeder, type Feeder, stoppedSentence, stopsLines } from "../text/feeder.ts";
import { answerOf, questionLine } from "../text/question.ts";
import { chooseStyle } from "../text/style.ts";
import { helpLines, parseTyped } from "../text/typed-commands.ts";
import { createView, type View } from "../text/view.ts";
import { createNoEchoInput, type NoEchoInput } from "./no-echo-input.ts";
import { createPlainOutput, type PlainOutput } from "./plain-output.ts";

/** The state that the functions of this file share. */
interface PlainState {
  options: TerminalOptions;
  output: PlainOutput;
  view: View;
  welcomed: boolean;
  /** The stream of our own recording. */
  recording: number | undefined;
  /** A kept clip is being played. */
  replaying: boolean;
  /** The note that lines wait for the connection has been printed. */
  notedPending: boolean;
  answer: ((line: string | undefined) => void) | undefined;
  /** Present while a secret answer is typed. */
  secretInput: NoEchoInput | undefined;
  /** The text of the open question. */
  question: string;
  /** Lines typed before the first question or the welcome. */
  typeAhead: string[];
  feeder: Feeder;
  /** How many lines were still to go when that was said last. */
  toldLeft: number;
  ended: boolean;
  reportEnd: () => void;
  closed: boolean;
}

const typeAheadLinesMax = 1_000;
/** A terminal that takes nothing delays the end of the program by this. */
const closeTimeoutMs = 1_000;
/** How often it is said how many lines are still to go. */
const tellEveryLines = 250;
/** Ctrl-Z, where the terminal passes each key on. */
const suspendChar = "\x1a";

/** Starts reading. Lines that are typed too early wait for the first question or the welcome. */
export function createPlainTerminal(options: TerminalOptions): Terminal {
  const view = createView({
    style: chooseStyle(options.env, { terminal: true, plain: true }),
    width: (text) => text.length,
    stopKey: "Ctrl-C",
  });
  const state: PlainState = {
    options,
    output: createPlainOutput(options.output, view, () => end(state)),
    view,
    question: "",
    welcomed: false,
    recording: undefined,
    replaying: false,
    notedPending: false,
    answer: undefined,
    secretInput: undefined,
    typeAhead: [],
    feeder: createFeeder(options.onCommand, () => tellProgress(state)),
    toldLeft: 0,
    ended: false,
    reportEnd: once(options.onEnd),
    closed: false,
  };
  void read(state).then(() => end(state));
  return {
    show: (event) => show(state, event),
    ask: (prompt, question) => ask(state, prompt, question),
    note: (text) => state.output.print(() => view.note(text)),
    interrupt() {
      if (state.recording !== undefined || state.replaying) void options.onCommand({ type: "cancel" });
      else if (state.answer !== undefined) state.answer(undefined);
      else if (!stopSending(state)) void options.onCommand({ type: "quit" });
    },
    restore: () => restoreEcho(state),
    release: async () => restoreEcho(state),
    take() {
      if (state.secretInput === undefined) return;
      setEcho(state, false);
      state.output.text(state.question);
    },
    async close() {
      state.answer?.(undefined);
      stopSending(state);
      state.closed = true;
      await withTimeout(closeTimeoutMs, state.output.printed(), "the terminal takes nothing").catch(() => {});
    },
  };
}

function show(state: PlainState, event: ClientEvent): void {
  if (state.closed || event.type === "level") return;
  if (event.type === "pending") return notePending(state, event.lines.length > 0);
  const hint = event.type === "recording" ? ". Enter stops, Ctrl-C cancels." : "";
  state.output.print(() => state.view.event(event).map((line) => `${line}${hint}`), event);
  if (stopsLines(event)) stopSending(state);
  if (event.type === "recording") state.recording = event.stream;
  const isLost = event.type === "connection" && event.state === "lost";
  if (isLost || (event.type === "voice-ended" && event.stream === state.recording))
    state.recording = undefined;
  if (event.type === "playing") state.replaying = true;
  if (isLost || event.type === "played") state.replaying = false;
  if (event.type === "welcome") {
    state.welcomed = true;
    replayTypeAhead(state);
  }
}

/** Prints one note when lines begin to wait. When they are sent, the lines themselves appear. */
function notePending(state: PlainState, isPending: boolean): void {
  if (isPending && !state.notedPending)
    state.output.print(() => state.view.note("Not sent yet; it goes out when the connection is back."));
  state.notedPending = isPending;
}

function ask(state: PlainState, prompt: string, question: Question = {}): Promise<string | undefined> {
  const { fallback, secret = false, signal } = question;
  if (state.closed || state.ended || signal?.aborted) return Promise.resolve(undefined);
  state.answer?.(undefined);
  return new Promise((resolve) => {
    const abort = () => {
      if (!secret) state.output.text("\n");
      answer(undefined);
    };
    const answer = (line: string | undefined) => {
      signal?.removeEventListener("abort", abort);
      state.answer = undefined;
      if (secret) {
        setEcho(state, true);
        state.secretInput = undefined;
        // The line end of the answer was not echoed either.
        state.output.text("\n");
      }
      resolve(answerOf(line, fallback));
    };
    signal?.addEventListener("abort", abort);
    state.answer = answer;
    if (secret) {
      state.secretInput = createNoEchoInput();
      setEcho(state, false);
    }
    state.question = questionLine(prompt, fallback);
    state.output.text(state.question);
    replayTypeAhead(state);
  });
}

/** Without echo, in raw mode, the terminal passes each key on. */
function setEcho({ options, output }: PlainState, echo: boolean): void {
  const set = () => {
    try {
      // Setting the mode that is believed to be set would do nothing.
      options.input.setRawMode?.(echo);
      options.input.setRawMode?.(!echo);
    } catch {
      // The terminal is gone; there is nothing left to restore.
    }
  };
  // The system sets no mode before the terminal has taken what is written. The end of the program does.
  output.whenTaken(set);
}

/** For the time in which another program has the terminal. */
function restoreEcho(state: PlainState): void {
  if (state.secretInput !== undefined) setEcho(state, true);
}

/** The typed text, without secret answers, keys that the terminal does not edit by, and replies of the terminal. */
async function* readableInput(state: PlainState): AsyncGenerator<string> {
  let text = "";
  const reader = createInputReader((inputs) => {
    for (const input of inputs) text += takeInput(state, input);
  });
  try {
    for await (const chunk of state.options.input) {
      reader.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      // In raw mode, Enter is a carriage return.
      yield text.replace(/\r\n?/g, "\n");
      text = "";
    }
  } finally {
    reader.stop();
  }
}

/** Gives the input to a secret answer that is open, and returns what it is for a line otherwise. */
function takeInput(state: PlainState, input: TerminalInput): string {
  if (state.secretInput !== undefined) {
    if (input.type === "control" && input.char === suspendChar) state.options.suspend?.();
    const complete = state.secretInput.take(input);
    if (complete !== undefined) state.answer?.(complete.line);
    return "";
  }
  return lineTextOf(input);
}

async function read(state: PlainState): Promise<void> {
  for await (const line of readLines(readableInput(state), limits.commandBytesMax)) {
    if (state.closed) return;
    if (line === undefined)
      state.output.print(() => state.view.error("This line is too long; it was not sent."));
    else takeLine(state, line);
    await state.feeder.ready();
  }
}

function takeLine(state: PlainState, line: string): void {
  const { answer, recording, options } = state;
  if (answer !== undefined) answer(line);
  else if (recording !== undefined && line.trim() === "") void options.onCommand({ type: "stop" });
  else if (state.welcomed) submit(state, line);
  else if (state.typeAhead.length < typeAheadLinesMax) state.typeAhead.push(line);
}

function submit(state: PlainState, line: string): void {
  const typed = parseTyped(line);
  if (typed.type === "command") state.feeder.add([typed.command]);
  if (typed.type === "help") state.output.print(() => helpLines(state.options.isOperator()));
  if (typed.type === "invalid") state.output.print(() => state.view.error(typed.message));
}

function replayTypeAhead(state: PlainState): void {
  const lines = state.typeAhead;
  state.typeAhead = [];
  for (const line of lines) takeLine(state, line);
  reportEndWhenTaken(state);
}

function end(state: PlainState): void {
  if (state.ended || state.closed) return;
  state.ended = true;
  state.answer?.(undefined);
  reportEndWhenTaken(state);
}

/** Reports the end of the input once no line that was typed ahead is left. */
function reportEndWhenTaken(state: PlainState): void {
  if (state.ended && state.typeAhead.length === 0 && state.feeder.progress().left === 0) state.reportEnd();
}

/** Says from time to time how many lines of a paste are still to go. */
function tellProgress(state: PlainState): void {
  const { left } = state.feeder.progress();
  reportEndWhenTaken(state);
  if (left > state.toldLeft) state.toldLeft = left;
  if (state.toldLeft - left < tellEveryLines) return;
  state.toldLeft = left;
  state.output.print(() => state.view.note(`${left} lines still to go, Ctrl-C stops`));
}

/** Gives up the lines that are still to go, and says so; false when there are none. */
function stopSending(state: PlainState): boolean {
  const { total } = state.feeder.progress();
  const rest = state.feeder.stop();
  state.toldLeft = 0;
  if (rest.length === 0) return false;
  state.output.print(() => state.view.error(stoppedSentence(rest, total)));
  reportEndWhenTaken(state);
  return true;
}
