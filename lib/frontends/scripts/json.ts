/** The front end of programs (`--json`): one JSON object a line in and out, and nothing else on the output. */
import * as v from "valibot";
import { type ClientEvent, Command, type FrontEnd } from "../../client/api.ts";
import { limits } from "../../protocol/limits.ts";
import { safeJson } from "../../protocol/text.ts";
import type { FrontEndCallbacks } from "../contract.ts";
import { createLineWriter, type Input, type Output, once, readLines } from "../lines.ts";
import { errorSentence, warningSentence } from "../text/sentences.ts";

export interface ScriptFrontEndOptions extends FrontEndCallbacks {
  input: Input;
  output: Output;
}

type WithTypeAs<T, Key extends string> = T extends { type: infer Type }
  ? { [K in Key]: Type } & Omit<T, "type">
  : never;

/** A command as a script writes it: its `type` is spelled `do`. */
export type JsonCommand = WithTypeAs<Command, "do">;
/** An event as a script reads it: its `type` is spelled `event`, and its code comes with a sentence. */
export type JsonEvent =
  | WithTypeAs<Exclude<ClientEvent, { type: "error" | "warning" }>, "event">
  | { event: "error"; code: string; message: string; ref?: string }
  | { event: "warning"; code: string; message: string };

type ParsedLine = { type: "command"; command: Command } | { type: "invalid"; message: string; ref?: string };

/** Prints events as they are shown, and reads commands after the welcome, so that the welcome is the first line. */
export function createJson({ input, output, onCommand, onEnd }: ScriptFrontEndOptions): FrontEnd {
  let closed = false;
  const end = once(onEnd);
  const welcome = Promise.withResolvers<void>();
  const writer = createLineWriter(output, end);
  const print = (event: object) => {
    if (!closed) writer.line(safeJson(event));
  };

  const read = async () => {
    await welcome.promise;
    for await (const line of readLines(input, limits.commandBytesMax)) {
      await writer.ready();
      if (closed) return;
      if (line?.trim() === "") continue;
      const parsed = parseCommand(line);
      if (parsed.type === "command") await onCommand(parsed.command);
      else print({ event: "error", code: "bad-command", message: parsed.message, ref: parsed.ref });
    }
  };
  void read().then(end);

  return {
    show(event) {
      if (event.type === "level" || event.type === "pending") return;
      if (event.type === "welcome") welcome.resolve();
      print(jsonOf(event));
    },
    async close() {
      closed = true;
      await writer.flush();
      input.destroy?.();
    },
  };
}

/** The event as a script reads it: errors and warnings have a sentence instead of the fields that it is made of. */
function jsonOf(event: ClientEvent): JsonEvent {
  switch (event.type) {
    case "error": {
      const { type, code, ref } = event;
      return { event: type, code, message: errorSentence(event), ...(ref === undefined ? {} : { ref }) };
    }
    case "warning":
      return { event: event.type, code: event.code, message: warningSentence(event) };
    default: {
      const { type, ...fields } = event;
      return { event: type, ...fields } as JsonEvent;
    }
  }
}

/** Parses one line of `--json`; undefined is a line that was too long to be kept. */
export function parseCommand(line: string | undefined): ParsedLine {
  if (line === undefined) return invalid(`A command may have ${limits.commandBytesMax} bytes at most.`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return invalid("This line is not valid JSON.");
  }
  const result = v.safeParse(Command, withDoAsType(value));
  if (result.success) return { type: "command", command: result.output };
  const ref = v.safeParse(v.object({ ref: v.string() }), value);
  const message = explain(value, result.issues[0]);
  return ref.success ? { ...invalid(message), ref: ref.output.ref } : invalid(message);
}

function invalid(message: string): ParsedLine & { type: "invalid" } {
  return { type: "invalid", message };
}

/** Moves `do` to `type`; a `type` of the script's own is ignored. */
function withDoAsType(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { do: type, ...fields } = value as { do?: unknown };
  return { ...fields, type };
}

function explain(value: unknown, issue: v.BaseIssue<unknown>): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return 'A command is a JSON object such as {"do":"say","text":"hi"}.';
  }
  const field = v.getDotPath(issue) ?? "type";
  if (field === "type") {
    const types = Command.options.map((option) => option.entries.type.literal).join(", ");
    return `"do" must be one of: ${types}.`;
  }
  return issue.input === undefined ? `"${field}" is missing.` : `"${field}" must be a ${issue.expected}.`;
}
