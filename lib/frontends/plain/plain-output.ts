/** Writes lines and questions to a terminal without redrawing, and keeps them within a bound while it takes nothing. */
import type { ClientEvent } from "../../client/api.ts";
import type { TtyOutput } from "../contract.ts";
import { createLineWriter } from "../lines.ts";
import { type BacklogTexts, createBacklog } from "../text/backlog.ts";

export interface PlainOutput {
  /** Prints lines; those of an event may be left out when the terminal takes nothing for too long. */
  print(lines: () => string[], event?: ClientEvent): void;
  /** Writes without a line end. */
  text(text: string): void;
  /** Runs the action once the terminal has taken everything; at once where it has. */
  whenTaken(action: () => void): void;
  /** Resolves when everything is written, or the terminal is gone. */
  printed(): Promise<void>;
}

export function createPlainOutput(output: TtyOutput, texts: BacklogTexts, onClosed: () => void): PlainOutput {
  const writer = createLineWriter(output, onClosed);
  const backlog = createBacklog({
    omitted: (omission) => withLineEnds(texts.omitted(omission)),
    repeated: (event, times) => withLineEnds(texts.repeated(event, times)),
  });
  const write = () => {
    if (writer.isWaiting()) return;
    const text = backlog.take().join("");
    if (text === "") return;
    writer.text(text);
    void writer.flush().then(write);
  };
  return {
    print(lines, event) {
      const render = () => withLineEnds(lines());
      backlog.add(event === undefined ? { render } : { render, event });
      write();
    },
    text(text) {
      backlog.add({ render: () => [text] });
      write();
    },
    whenTaken(action) {
      if (writer.isWaiting()) void writer.flush().then(action);
      else action();
    },
    async printed() {
      while (writer.isWaiting()) {
        await writer.flush();
        write();
      }
    },
  };
}

function withLineEnds(lines: string[]): string[] {
  return lines.map((line) => `${line}\n`);
}
