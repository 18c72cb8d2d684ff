/** The terminal without redrawing (`--plain`, TERM=dumb): the kernel edits the line; this file reads and prints lines. */

import { withTimeout } from "../../base/timeout.ts";
import type { ClientEvent } from "../../client/api.ts";
import { limits } from "../../protocol/limits.ts";
import type { TerminalInput } from "../../terminal/control-sequences.ts";
import { createInputReader } from "../../terminal/input-reader.ts";
import type { Question, Terminal, TerminalOptions } from "../contract.ts";
import { createLineWriter, type LineWriter, once, readLines } from "../scripts/lines.ts";
import { type Backlog, createBacklog } from "../text/backlog.ts";
import { answerOf, questionLine } from "../text/question.ts";
import { chooseStyle } from "../text/style.ts";
import { helpLines, parseTyped } from "../text/typed-commands.ts";
import { createView, type View } from "../text/view.ts";
import { createNoEchoInput, type NoEchoInput } from "./no-echo-input.ts";

/** The state that the functions of this file share. */
interface PlainState {
  options: TerminalOptions;
  writer: LineWriter;
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
  /** What waits until the terminal has taken what was written before. */
  backlog: Backlog;
  /** Lines typed before the first question or the welcome. */
  typeAhead: string[];
  ended: boolean;
  reportEnd: () => void;
  closed: boolean;
}

const typeAheadLinesMax = 1_000;
/** A terminal that takes nothing delays the end of the program by this. */
const closeTimeoutMs = 1_000;
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
    writer: createLineWriter(options.output, () => end(state)),
    view,
    question: "",
    backlog: createBacklog((omission) => withLineEnds(view.omitted(omission))),
    welcomed: false,
    recording: undefined,
    replaying: false,
    notedPending: false,
    answer: undefined,
    secretInput: undefined,
    typeAhead: [],
    ended: false,
    reportEnd: once(options.onEnd),
    closed: false,
  };
  void read(state).then(() => end(state));
  return {
    show: (event) => show(state, event),
    ask: (prompt, question) => ask(state, prompt, question),
    note: (text) => print(state, () => view.note(text)),
    interrupt() {
      if (state.recording !== undefined || state.replaying) void options.onCommand({ type: "cancel" });
      else if (state.answer !== undefined) state.answer(undefined);
      else void options.onCommand({ type: "quit" });
    },
    restore: () => restoreEcho(state),
    release: async () => restoreEcho(state),
    take() {
      if (state.secretInput === undefined) return;
      setEcho(state, false);
      writeText(state, state.question);
    },
    async close() {
      state.answer?.(undefined);
      state.closed = true;
      await withTimeout(closeTimeoutMs, printed(state), "the terminal takes nothing").catch(() => {});
    },
  };
}

function show(state: PlainState, event: ClientEvent): void {
  if (state.closed || event.type === "level") return;
  if (event.type === "pending") return notePending(state, event.lines.length > 0);
  const hint = event.type === "recording" ? ". Enter stops, Ctrl-C cancels." : "";
  print(state, () => state.view.event(event).map((line) => `${line}${hint}`), event);
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
    print(state, () => state.view.note("Not sent yet; it goes out when the connection is back."));
  state.notedPending = isPending;
}

function ask(state: PlainState, prompt: string, question: Question = {}): Promise<string | undefined> {
  const { fallback, secret = false, signal } = question;
  if (state.closed || state.ended || signal?.aborted) return Promise.resolve(undefined);
  state.answer?.(undefined);
  return new Promise((resolve) => {
    const abort = () => {
      if (!secret) writeText(state, "\n");
      answer(undefined);
    };
    const answer = (line: string | undefined) => {
      signal?.removeEventListener("abort", abort);
      state.answer = undefined;
      if (secret) {
        setEcho(state, true);
        state.secretInput = undefined;
        // The line end of the answer was not echoed either.
        writeText(state, "\n");
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
    writeText(state, state.question);
    replayTypeAhead(state);
  });
}

/** Without echo, in raw mode, the terminal passes each key on. */
function setEcho({ options, writer }: PlainState, echo: boolean): void {
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
  if (writer.isWaiting()) void writer.flush().then(set);
  else set();
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
  if (input.type === "text") return input.text;
  // Without its keys, a line that was edited by the terminal has an ESC where Esc was pressed.
  return input.type === "control" || input.type === "alt" ? input.char : "";
}

async function read(state: PlainState): Promise<void> {
  for await (const line of readLines(readableInput(state), limits.commandBytesMax)) {
    if (state.closed) return;
    if (line === undefined) print(state, () => state.view.error("This line is too long; it was not sent."));
    else takeLine(state, line);
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
  if (typed.type === "command") void state.options.onCommand(typed.command);
  if (typed.type === "help") print(state, () => helpLines(state.options.isOperator()));
  if (typed.type === "invalid") print(state, () => state.view.error(typed.message));
}

function replayTypeAhead(state: PlainState): void {
  const lines = state.typeAhead;
  state.typeAhead = [];
  for (const line of lines) takeLine(state, line);
  reportEndWhenTaken(state);
}

/** Prints lines; those of an event may be left out when the terminal takes nothing for too long. */
function print(state: PlainState, lines: () => string[], event?: ClientEvent): void {
  state.backlog.add({ render: () => withLineEnds(lines()), ...(event === undefined ? {} : { event }) });
  writeBacklog(state);
}

function writeText(state: PlainState, text: string): void {
  state.backlog.add({ render: () => [text] });
  writeBacklog(state);
}

/** Writes what waits, unless the terminal has not taken the last write. */
function writeBacklog(state: PlainState): void {
  const { writer, backlog } = state;
  if (writer.isWaiting()) return;
  const text = backlog.take().join("");
  if (text === "") return;
  writer.text(text);
  void writer.flush().then(() => writeBacklog(state));
}

/** Resolves when the terminal has taken everything. */
async function printed(state: PlainState): Promise<void> {
  while (state.writer.isWaiting()) {
    await state.writer.flush();
    writeBacklog(state);
  }
}

function withLineEnds(lines: string[]): string[] {
  return lines.map((line) => `${line}\n`);
}

function end(state: PlainState): void {
  if (state.ended || state.closed) return;
  state.ended = true;
  state.answer?.(undefined);
  reportEndWhenTaken(state);
}

/** Reports the end of the input once no line that was typed ahead is left. */
function reportEndWhenTaken(state: PlainState): void {
  if (state.ended && state.typeAhead.length === 0) state.reportEnd();
}
