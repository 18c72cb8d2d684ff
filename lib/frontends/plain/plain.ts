/** The terminal without redrawing (`--plain`, TERM=dumb): the kernel edits the line, we only read and print. */

import type { ClientEvent } from "../../client/api.ts";
import { limits } from "../../protocol/limits.ts";
import { answerOf, type Question, questionLine, type Terminal, type TerminalOptions } from "../contract.ts";
import { createLineWriter, type LineWriter, once, readLines } from "../scripts/lines.ts";
import { chooseStyle } from "../text/style.ts";
import { helpLines, parseTyped } from "../text/typed-commands.ts";
import { createView, type View } from "../text/view.ts";
import { type HiddenLine, hiddenLine } from "./hidden-line.ts";

/** What the functions of this file share. */
interface Stage {
  options: TerminalOptions;
  writer: LineWriter;
  view: View;
  welcomed: boolean;
  /** The stream of our own recording, while there is one. */
  recording: number | undefined;
  /** A clip is heard again. */
  replaying: boolean;
  /** It was said that lines wait for the connection. */
  isWaiting: boolean;
  answer: ((line: string | undefined) => void) | undefined;
  /** The answer that is being typed unseen. */
  hidden: HiddenLine | undefined;
  /** Typed before anything asked for it. */
  held: string[];
  ended: boolean;
  tellEnd: () => void;
  closed: boolean;
}

const heldLinesMax = 1_000;

/** Starts reading; lines typed before anybody asks for them wait for the first question or the welcome. */
export function createPlainTerminal(options: TerminalOptions): Terminal {
  const stage: Stage = {
    options,
    writer: createLineWriter(options.output, () => end(stage)),
    view: createView({
      style: chooseStyle(options.env, { terminal: true, plain: true }),
      width: (text) => text.length,
      stopKey: "Ctrl-C",
    }),
    welcomed: false,
    recording: undefined,
    replaying: false,
    isWaiting: false,
    answer: undefined,
    hidden: undefined,
    held: [],
    ended: false,
    tellEnd: once(options.onEnd),
    closed: false,
  };
  void read(stage).then(() => end(stage));
  return {
    show: (event) => show(stage, event),
    ask: (prompt, question) => ask(stage, prompt, question),
    note: (text) => print(stage, stage.view.note(text)),
    interrupt() {
      if (stage.recording !== undefined || stage.replaying) options.onIntent({ type: "cancel" });
      else if (stage.answer !== undefined) stage.answer(undefined);
      else options.onIntent({ type: "quit" });
    },
    restore: () => showTyping(stage),
    async close() {
      stage.answer?.(undefined);
      stage.closed = true;
      await stage.writer.flush();
    },
  };
}

function show(stage: Stage, event: ClientEvent): void {
  if (stage.closed) return;
  const lines = stage.view.event(event);
  if (event.type === "pending") return noteWaiting(stage, event.lines.length > 0);
  if (event.type === "recording") {
    stage.recording = event.stream;
    return print(
      stage,
      lines.map((line) => `${line}. Enter stops, Ctrl-C cancels.`),
    );
  }
  print(stage, lines);
  const isLost = event.type === "connection" && event.state === "lost";
  if (isLost || (event.type === "voice-ended" && event.stream === stage.recording))
    stage.recording = undefined;
  if (event.type === "playing") stage.replaying = true;
  if (isLost || event.type === "played") stage.replaying = false;
  if (event.type === "welcome") {
    stage.welcomed = true;
    replayHeldLines(stage);
  }
}

/** Says once that lines wait; that they were sent is seen when they appear. */
function noteWaiting(stage: Stage, isWaiting: boolean): void {
  if (isWaiting && !stage.isWaiting)
    print(stage, stage.view.note("Not sent yet; it goes out when the connection is back."));
  stage.isWaiting = isWaiting;
}

function ask(stage: Stage, prompt: string, asked: Question = {}): Promise<string | undefined> {
  const { fallback, secret = false, signal } = asked;
  if (stage.closed || stage.ended || signal?.aborted) return Promise.resolve(undefined);
  stage.answer?.(undefined);
  return new Promise((resolve) => {
    const takeBack = () => {
      if (!secret) stage.writer.line("");
      answer(undefined);
    };
    const answer = (line: string | undefined) => {
      signal?.removeEventListener("abort", takeBack);
      stage.answer = undefined;
      if (secret) {
        showTyping(stage);
        // The end of the line was not seen either.
        stage.writer.line("");
      }
      resolve(answerOf(line, fallback));
    };
    signal?.addEventListener("abort", takeBack);
    stage.answer = answer;
    if (secret) hideTyping(stage);
    stage.writer.text(questionLine(prompt, fallback));
    replayHeldLines(stage);
  });
}

/** From here on the terminal hands over each key and shows none. */
function hideTyping(stage: Stage): void {
  stage.hidden = hiddenLine();
  stage.options.input.setRawMode?.(true);
}

function showTyping(stage: Stage): void {
  if (stage.hidden === undefined) return;
  stage.hidden = undefined;
  try {
    stage.options.input.setRawMode?.(false);
  } catch {
    // The terminal is gone; there is nothing left to restore.
  }
}

/** What is typed, but for answers that are not to be seen: these are taken from it. */
async function* readable(stage: Stage): AsyncGenerator<Uint8Array | string> {
  for await (const chunk of stage.options.input) {
    if (stage.hidden === undefined) {
      yield chunk;
      continue;
    }
    const taken = stage.hidden.take(chunk);
    if (taken === undefined) continue;
    stage.answer?.(taken.line);
    yield taken.rest;
  }
}

async function read(stage: Stage): Promise<void> {
  for await (const line of readLines(readable(stage), limits.commandBytesMax)) {
    if (stage.closed) return;
    if (line === undefined) print(stage, stage.view.error("This line is too long; it was not sent."));
    else takeLine(stage, line);
  }
}

function takeLine(stage: Stage, line: string): void {
  const { answer, recording, options } = stage;
  if (answer !== undefined) answer(line);
  else if (recording !== undefined && line.trim() === "") options.onIntent({ type: "stop" });
  else if (stage.welcomed) submit(stage, line);
  else if (stage.held.length < heldLinesMax) stage.held.push(line);
}

function submit(stage: Stage, line: string): void {
  const typed = parseTyped(line);
  if (typed.type === "intent") stage.options.onIntent(typed.intent);
  if (typed.type === "help") print(stage, helpLines(stage.options.isOperator()));
  if (typed.type === "wrong") print(stage, stage.view.error(typed.message));
}

function replayHeldLines(stage: Stage): void {
  const lines = stage.held;
  stage.held = [];
  for (const line of lines) takeLine(stage, line);
  finish(stage);
}

function print(stage: Stage, lines: string[]): void {
  lines.forEach(stage.writer.line);
}

function end(stage: Stage): void {
  if (stage.ended || stage.closed) return;
  stage.ended = true;
  stage.answer?.(undefined);
  finish(stage);
}

/** Nothing follows; what was typed ahead is still to be taken. */
function finish(stage: Stage): void {
  if (stage.ended && stage.held.length === 0) stage.tellEnd();
}
