/**
 * The state of the block below the conversation (recording bar, prompt line, hints), and how a key or an event changes
 * it. Pure; prompt-layout.ts turns it into rows.
 */

import type { ClientEvent, Command, PendingLine } from "../../client/api.ts";
import { isEnter, type Key } from "../../terminal/keys.ts";
import type { FrontEndQueries } from "../contract.ts";
import { commandNames } from "../text/typed-commands.ts";
import { complete } from "./completion.ts";
import { type Editor, emptyEditor, press, replace, withText } from "./editor.ts";
import type { Recording } from "./recording-bar.ts";

/** A question that waits for its answer. */
export interface OpenQuestion {
  prompt: string;
  editor: Editor;
  /** The answer is not shown, nor how long it is. */
  isSecret: boolean;
}

export interface Prompt {
  editor: Editor;
  /** Replaces the prompt line until it is answered; the line that was being typed is kept. */
  question: OpenQuestion | undefined;
  /** True since the welcome: lines can be sent. */
  open: boolean;
  connected: boolean;
  recording: (Recording & { stream: number }) | undefined;
  /** A kept clip is being played. */
  replaying: boolean;
  /** Our own lines that are not confirmed. */
  pending: PendingLine[];
  /** Lines that are not even sent, because more were pasted than go at once. */
  sending: { left: number; total: number } | undefined;
  /** Shown below the line until the next key: what Tab found, or how to leave. */
  hints: string[];
  /** The last key was Ctrl-C; a second one leaves. */
  interrupted: boolean;
  /** Keys typed before the first question or the welcome. */
  typeAhead: Key[];
}

/** An effect of a key outside this state. */
export type Action =
  | { type: "command"; command: Command }
  | { type: "submit"; line: string }
  | { type: "answer"; line: string | undefined }
  | { type: "stop-sending" }
  | { type: "clear-screen" }
  | { type: "suspend" };

export interface KeyOutcome {
  prompt: Prompt;
  action?: Action;
}

const typeAheadKeysMax = 4_096;
/** The level of silence, until the first `level` event. */
const silentDbfs = -99;

/** The prompt before the welcome: nothing is shown, and keys are kept for later. */
export function closedPrompt(): Prompt {
  return {
    editor: emptyEditor(),
    question: undefined,
    open: false,
    connected: true,
    recording: undefined,
    replaying: false,
    pending: [],
    sending: undefined,
    hints: [],
    interrupted: false,
    typeAhead: [],
  };
}

/** The prompt after a key, and the action that the key asks for. */
export function handleKey(before: Prompt, key: Key, queries: FrontEndQueries): KeyOutcome {
  const prompt: Prompt = { ...before, hints: [], interrupted: false };
  if (isCtrl(key, "c")) return interrupt(prompt, before.interrupted);
  if (isCtrl(key, "l")) return { prompt, action: { type: "clear-screen" } };
  if (isCtrl(key, "z")) return { prompt, action: { type: "suspend" } };
  if (prompt.recording !== undefined) {
    // These two keys end the recording; the line that is being typed stays.
    if (key.name === "escape") return command(prompt, { type: "cancel" });
    if (isEnter(key)) return command(prompt, { type: "stop" });
  }
  if (prompt.replaying && key.name === "escape") return command(prompt, { type: "cancel" });
  if (isSending(prompt) && key.name === "escape") return { prompt, action: { type: "stop-sending" } };
  if (prompt.question !== undefined) return handleKeyInQuestion(prompt, prompt.question, key);
  if (prompt.open) return handleKeyInChat(prompt, key, queries);
  if (isCtrl(key, "d")) return command(prompt, { type: "quit" });
  if (prompt.typeAhead.length >= typeAheadKeysMax) return { prompt };
  return { prompt: { ...prompt, typeAhead: [...prompt.typeAhead, key] } };
}

/** The prompt after an event. */
export function handleEvent(prompt: Prompt, event: ClientEvent): Prompt {
  const isOurStream = "stream" in event && event.stream === prompt.recording?.stream;
  switch (event.type) {
    case "welcome":
      return { ...prompt, open: true, connected: true };
    case "recording":
      return { ...prompt, recording: newRecording(event) };
    case "level": {
      if (!isOurStream || prompt.recording === undefined) return prompt;
      const { dbfs, peak: peakDbfs, left: secondsLeft } = event;
      return { ...prompt, recording: { ...prompt.recording, dbfs, peakDbfs, secondsLeft } };
    }
    case "voice-ended":
      return isOurStream ? { ...prompt, recording: undefined } : prompt;
    case "playing":
    case "played":
      return { ...prompt, replaying: event.type === "playing" };
    case "pending":
      return { ...prompt, pending: event.lines };
    case "connection":
      return event.state === "restored"
        ? { ...prompt, connected: true }
        : { ...prompt, connected: false, recording: undefined, replaying: false };
    case "error":
      // A refused line is put back, unless another one is being typed.
      if (event.text === undefined || prompt.editor.text !== "") return prompt;
      return { ...prompt, editor: withText(prompt.editor, event.text) };
    default:
      return prompt;
  }
}

/** Whether Esc and Ctrl-C stop lines that are still to go; a question comes first. */
function isSending({ sending, question }: Prompt): boolean {
  return sending !== undefined && question === undefined;
}

function newRecording({ stream, seconds, to }: Extract<ClientEvent, { type: "recording" }>) {
  return {
    stream,
    dbfs: silentDbfs,
    peakDbfs: silentDbfs,
    secondsMax: seconds,
    secondsLeft: seconds,
    ...(to === undefined ? {} : { to }),
  };
}

function interrupt(prompt: Prompt, isSecond: boolean): KeyOutcome {
  if (prompt.recording !== undefined || prompt.replaying) return command(prompt, { type: "cancel" });
  if (prompt.question !== undefined) return { prompt, action: { type: "answer", line: undefined } };
  if (isSending(prompt)) return { prompt, action: { type: "stop-sending" } };
  if (!prompt.open || (isSecond && prompt.editor.text === "")) return command(prompt, { type: "quit" });
  const editor = { ...emptyEditor(prompt.editor.history), cut: prompt.editor.cut };
  return { prompt: { ...prompt, editor, interrupted: true, hints: ["Ctrl-C again leaves"] } };
}

function handleKeyInQuestion(prompt: Prompt, question: OpenQuestion, key: Key): KeyOutcome {
  const { text } = question.editor;
  if (isEnter(key)) return { prompt, action: { type: "answer", line: text } };
  if (isCtrl(key, "d") && text === "") return { prompt, action: { type: "answer", line: undefined } };
  const editor = press(question.editor, key) ?? question.editor;
  return { prompt: { ...prompt, question: { ...question, editor } } };
}

function handleKeyInChat(prompt: Prompt, key: Key, { names, isOperator }: FrontEndQueries): KeyOutcome {
  const { editor } = prompt;
  if (isEnter(key)) return { prompt, action: { type: "submit", line: editor.text } };
  if (isCtrl(key, "d") && editor.text === "") return command(prompt, { type: "quit" });
  if (key.name !== "tab") return { prompt: { ...prompt, editor: press(editor, key) ?? editor } };
  const left = editor.text.slice(0, editor.cursor);
  const completion = complete(left, commandNames(isOperator()), names());
  if (completion === undefined) return { prompt };
  const completed = replace(editor, completion.start, editor.cursor, completion.text);
  return { prompt: { ...prompt, editor: completed, hints: completion.choices } };
}

function command(prompt: Prompt, what: Command): KeyOutcome {
  return { prompt, action: { type: "command", command: what } };
}

function isCtrl(key: Key, name: string): boolean {
  return key.ctrl && key.name === name;
}
