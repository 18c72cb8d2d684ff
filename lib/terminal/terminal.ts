/** The front end of people at a terminal: what they type, what they are asked, and what they are shown. */
import type { ClientEvent, Front, Intent } from "../client/events.ts";
import { complete } from "./complete.ts";
import { type Editor, emptyEditor, insert, type Key, press, replace, sent, withText } from "./editor.ts";
import { type Block, fitRows, inColumns, layOutInput, type Width } from "./layout.ts";
import { createPlainTerminal } from "./plain.ts";
import { createScreen, type TtyInput, type TtyOutput } from "./screen.ts";
import { chooseStyle, type Environment } from "./style.ts";
import { commandNames, helpLines, parsePasted, parseTyped } from "./typed.ts";
import { createView, type Recording, recordingBar } from "./view.ts";

export interface TerminalOptions {
  input: TtyInput;
  output: TtyOutput;
  env: Environment;
  /** Redraw nothing and send no control sequences; TERM=dumb means the same. */
  plain?: boolean;
  onIntent: (intent: Intent) => void;
  /** The terminal is gone, or the typed input has ended: what was typed is still to be sent. */
  onEnd: () => void;
  /** The names that Tab completes. */
  names: () => string[];
  /** Stops the process and calls back when it goes on (Ctrl-Z); without it the key does nothing. */
  suspend?: (resumed: () => void) => void;
}

export interface Question {
  /** What an empty answer means; shown in brackets. */
  fallback?: string;
  /** Takes the question back; it is answered with undefined. */
  signal?: AbortSignal;
}

export interface Terminal extends Front {
  /** Asks on the line of the prompt; undefined when the person wants to leave or the question is taken back. */
  ask(prompt: string, question?: Question): Promise<string | undefined>;
  /** Prints a quiet line. */
  note(text: string): void;
  /** What Ctrl-C does: cancels a recording or a question, else leaves. For a SIGINT from outside. */
  interrupt(): void;
  /** Gives the terminal back at once; for exit handlers, may be called more than once. */
  restore(): void;
}

/** A question on the screen: it has its own line, and the line of the chat waits below it. */
interface Asking {
  prompt: string;
  editor: Editor;
  answer: (line: string | undefined) => void;
}

const choiceRowsMax = 6;
const heldKeysMax = 4_096;
/** More lines than this are sent only after a question. */
const pastedLinesMax = 3;

/** Takes the terminal and shows what comes; the prompt appears with the welcome. */
export function createTerminal(options: TerminalOptions): Terminal {
  if (options.plain || options.env.TERM === "dumb") return createPlainTerminal(options);
  const { input, output, env, onIntent, onEnd } = options;
  const width: Width = Bun.stringWidth;
  const style = chooseStyle(env, { terminal: true, plain: false });
  const view = createView({ style, width, columns: () => screen.columns(), times: true });

  let editor = emptyEditor();
  let asking: Asking | undefined;
  let welcomed = false;
  let connected = true;
  let closed = false;
  let recording: (Recording & { stream: number }) | undefined;
  /** Below the prompt until the next key: what Tab found, or a hint. */
  let below: string[] = [];
  let leaveArmed = false;
  let heldKeys: Key[] = [];

  const screen = createScreen({ input, output, width, block, onKey, onPaste, onEnd });

  function block(): Block {
    const columns = screen.columns();
    const bar = recording === undefined ? [] : [recordingBar(recording, columns, style, width)];
    const prompt = asking?.prompt ?? (connected ? "> " : "(not connected) > ");
    const line = asking?.editor ?? editor;
    if (!welcomed && asking === undefined) return { rows: bar, cursor: { row: 0, column: 0 } };
    const choices = inColumnsOrNothing(below, columns);
    const rowsMax = Math.max(screen.rows() - bar.length - choices.length, 1);
    const typed = fitRows(layOutInput(prompt, line.text, line.cursor, columns, width), rowsMax);
    const cursor = { row: bar.length + typed.cursor.row, column: typed.cursor.column };
    return { rows: [...bar, ...typed.rows, ...choices], cursor };
  }

  function inColumnsOrNothing(texts: string[], columns: number): string[] {
    return texts.length === 0 ? [] : inColumns(texts, columns, choiceRowsMax, width);
  }

  function onKey(key: Key): void {
    if (closed) return;
    below = [];
    const interrupts = key.ctrl && key.name === "c";
    if (!interrupts) leaveArmed = false;
    if (interrupts) interruptKey();
    else if (key.ctrl && key.name === "l") screen.clear();
    else if (key.ctrl && key.name === "z") suspend();
    else if (recording !== undefined && key.name === "escape") onIntent({ do: "cancel" });
    else if (recording !== undefined && isEnter(key)) onIntent({ do: "stop" });
    else if (asking !== undefined) answerKey(asking, key);
    else if (welcomed) chatKey(key);
    else if (key.ctrl && key.name === "d") onIntent({ do: "quit" });
    // Typed ahead: whatever asks next gets it.
    else if (heldKeys.length < heldKeysMax) heldKeys.push(key);
    screen.refresh();
  }

  function replayHeldKeys(): void {
    const keys = heldKeys;
    heldKeys = [];
    keys.forEach(onKey);
  }

  function interruptKey(): void {
    if (recording !== undefined) onIntent({ do: "cancel" });
    else if (asking !== undefined) asking.answer(undefined);
    else if (!welcomed || (leaveArmed && editor.text === "")) onIntent({ do: "quit" });
    else {
      editor = withText({ ...editor, shown: editor.history.length }, "");
      leaveArmed = true;
      below = ["Ctrl-C again leaves"];
    }
  }

  function suspend(): void {
    if (options.suspend === undefined) return;
    screen.restore();
    options.suspend(() => {
      if (!closed) screen.open();
    });
  }

  function answerKey(question: Asking, key: Key): void {
    if (isEnter(key)) question.answer(question.editor.text);
    else if (key.ctrl && key.name === "d" && question.editor.text === "") question.answer(undefined);
    else question.editor = press(question.editor, key) ?? question.editor;
  }

  function chatKey(key: Key): void {
    if (isEnter(key)) submit(editor.text);
    else if (key.ctrl && key.name === "d" && editor.text === "") onIntent({ do: "quit" });
    else if (key.name === "tab") completeWord();
    else editor = press(editor, key) ?? editor;
  }

  function completeWord(): void {
    const found = complete(editor.text.slice(0, editor.cursor), commandNames(), options.names());
    if (found === undefined) return;
    below = found.choices;
    editor = replace(editor, found.start, editor.cursor, found.text);
  }

  function submit(line: string): void {
    const typed = parseTyped(line);
    if (typed.kind === "wrong") {
      // The line stays, to be corrected.
      screen.print(view.error(typed.message));
      return;
    }
    editor = sent(editor, line);
    if (typed.kind === "help") screen.print(helpLines().flatMap(view.note));
    if (typed.kind === "intent") onIntent(typed.intent);
  }

  function onPaste(text: string): void {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const pastedKeys = () => onKey({ name: "", text: lines[0] ?? "", ctrl: false, meta: false });
    if (lines.length > 1 && welcomed && asking === undefined) void sendPasted(lines);
    else if (lines.length > 0) pastedKeys();
  }

  /** Sends pasted lines with what was typed around them; many of them only when the person agrees. */
  async function sendPasted(lines: string[]): Promise<void> {
    const whole = insert(editor, lines.join(" ")).text;
    const pasted = [...lines];
    pasted[0] = editor.text.slice(0, editor.cursor) + pasted[0];
    pasted[pasted.length - 1] += editor.text.slice(editor.cursor);
    const { to, intents } = parsePasted(pasted.map((line) => line.trimEnd()));
    if (intents.length > pastedLinesMax) {
      const who = to === undefined ? "" : ` to ${to}`;
      const answer = await ask(`Send ${intents.length} lines${who}? [y/N] `);
      if (answer?.trim().toLowerCase() !== "y") {
        if (!closed) screen.print(view.note("Nothing was sent."));
        return;
      }
    }
    editor = sent(editor, whole.length > 500 ? "" : whole);
    intents.forEach(onIntent);
    screen.refresh();
  }

  function ask(prompt: string, { fallback, signal }: Question = {}): Promise<string | undefined> {
    if (closed || signal?.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const take = () => question.answer(undefined);
      const question: Asking = {
        prompt: fallback === undefined ? prompt : `${prompt.trimEnd().replace(/:$/, "")} [${fallback}]: `,
        editor: emptyEditor(),
        answer(line) {
          signal?.removeEventListener("abort", take);
          if (asking === question) asking = undefined;
          screen.refresh();
          resolve(line?.trim() === "" ? (fallback ?? "") : line?.trim());
        },
      };
      // One question at a time: a newer one takes the older back.
      asking?.answer(undefined);
      asking = question;
      signal?.addEventListener("abort", take);
      replayHeldKeys();
      screen.refresh();
    });
  }

  function show(event: ClientEvent): void {
    if (closed) return;
    if (event.event === "recording") {
      const { stream, seconds, to } = event;
      recording = { stream, dbfs: -99, secondsLeft: seconds, ...(to === undefined ? {} : { to }) };
    } else screen.print(view.event(event));
    if (event.event === "level" && recording?.stream === event.stream) {
      recording = { ...recording, dbfs: event.dbfs, secondsLeft: event.left };
    }
    if (event.event === "voice-ended" && recording?.stream === event.stream) recording = undefined;
    if (event.event === "connection") {
      connected = event.state === "restored";
      if (!connected) recording = undefined;
    }
    if (event.event === "error" && event.text !== undefined && editor.text === "") {
      editor = withText(editor, event.text);
    }
    if (event.event === "welcome" && !welcomed) {
      welcomed = true;
      replayHeldKeys();
    }
    screen.refresh();
  }

  screen.open();
  return {
    show,
    ask,
    note: (text) => screen.print(view.note(text)),
    interrupt() {
      if (recording !== undefined) onIntent({ do: "cancel" });
      else if (asking !== undefined) asking.answer(undefined);
      else onIntent({ do: "quit" });
    },
    restore: screen.restore,
    async close() {
      asking?.answer(undefined);
      closed = true;
      screen.restore();
    },
  };
}

function isEnter(key: Key): boolean {
  return key.name === "return" || key.name === "enter";
}
