/** The terminal without redrawing (`--plain`, TERM=dumb): the kernel edits the line, we only read and print. */
import type { ClientEvent } from "../client/events.ts";
import { limits } from "../protocol/limits.ts";
import { createLineWriter, readLines } from "./lines.ts";
import { chooseStyle } from "./style.ts";
import type { Question, Terminal, TerminalOptions } from "./terminal.ts";
import { helpLines, parseTyped } from "./typed.ts";
import { createView } from "./view.ts";

const heldLinesMax = 1_000;

/** Starts reading; lines typed before anybody asks for them wait for the first question or the welcome. */
export function createPlainTerminal({ input, output, env, onIntent, onEnd }: TerminalOptions): Terminal {
  let closed = false;
  let ended = false;
  let welcomed = false;
  let recording: number | undefined;
  let answer: ((line: string | undefined) => void) | undefined;
  let heldLines: string[] = [];

  const end = () => {
    if (ended || closed) return;
    ended = true;
    answer?.(undefined);
    onEnd();
  };
  const writer = createLineWriter(output, end);
  const style = chooseStyle(env, { terminal: true, plain: true });
  const view = createView({ style, width: (text) => text.length });
  const print = (lines: string[]) => lines.forEach(writer.line);

  function onLine(line: string): void {
    if (answer !== undefined) answer(line);
    else if (recording !== undefined && line.trim() === "") onIntent({ do: "stop" });
    else if (welcomed) submit(line);
    else if (heldLines.length < heldLinesMax) heldLines.push(line);
  }

  function submit(line: string): void {
    const typed = parseTyped(line);
    if (typed.kind === "intent") onIntent(typed.intent);
    if (typed.kind === "help") print(helpLines());
    if (typed.kind === "wrong") print(view.error(typed.message));
  }

  function replayHeldLines(): void {
    const lines = heldLines;
    heldLines = [];
    lines.forEach(onLine);
  }

  async function read(): Promise<void> {
    for await (const line of readLines(input, limits.commandBytesMax)) {
      if (closed) return;
      if (line === undefined) print(view.error("This line is too long; it was not sent."));
      else onLine(line);
    }
  }

  function ask(prompt: string, { fallback, signal }: Question = {}): Promise<string | undefined> {
    if (closed || ended || signal?.aborted) return Promise.resolve(undefined);
    answer?.(undefined);
    return new Promise((resolve) => {
      const takeBack = () => {
        writer.line("");
        answer?.(undefined);
      };
      answer = (line) => {
        answer = undefined;
        signal?.removeEventListener("abort", takeBack);
        resolve(line?.trim() === "" ? (fallback ?? "") : line?.trim());
      };
      signal?.addEventListener("abort", takeBack);
      writer.text(fallback === undefined ? prompt : `${prompt.trimEnd().replace(/:$/, "")} [${fallback}]: `);
      replayHeldLines();
    });
  }

  function show(event: ClientEvent): void {
    if (closed) return;
    if (event.event === "recording") {
      recording = event.stream;
      print(view.event(event).map((line) => `${line}. Enter stops, Ctrl-C cancels.`));
      return;
    }
    print(view.event(event));
    const ends = event.event === "voice-ended" && event.stream === recording;
    if (ends || (event.event === "connection" && event.state === "lost")) recording = undefined;
    if (event.event === "welcome" && !welcomed) {
      welcomed = true;
      replayHeldLines();
    }
  }

  // A terminal that breaks off has ended, too.
  void read()
    .catch(() => {})
    .then(end);

  return {
    show,
    ask,
    note: (text) => print(view.note(text)),
    interrupt() {
      if (recording !== undefined) onIntent({ do: "cancel" });
      else if (answer !== undefined) answer(undefined);
      else onIntent({ do: "quit" });
    },
    // Nothing was changed, so there is nothing to give back.
    restore() {},
    async close() {
      answer?.(undefined);
      closed = true;
      await writer.flush();
    },
  };
}
