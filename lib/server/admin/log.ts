/** Writes the log of the server: lines for people, or one JSON object a line. It never has what people write. */
import { cleanLine, safeJson } from "../../protocol/text.ts";

export interface Log {
  /** An event of a connection. */
  event(what: string, fields: Record<string, string | number>): void;
  /** The server listens: a few titled lines for people, one object for programs. */
  listening(fields: Record<string, string | number | string[]>): void;
  /** A sentence for the operator, with a stable code. */
  notice(level: "info" | "warning", code: string, sentence: string): void;
}

type Format = "pretty" | "json";

/** A log that writes through `write`, one or more whole lines at a time. */
export function createLog(format: Format, write: (text: string) => void): Log {
  return format === "json" ? jsonLog(write) : prettyLog(write);
}

/** The line of a notice. */
export function noticeLine(
  format: Format,
  level: "info" | "warning",
  code: string,
  sentence: string,
): string {
  return format === "json"
    ? jsonLine({ level, event: code, message: sentence })
    : prettyLine(level === "warning" ? `Warning: ${sentence}` : sentence);
}

function jsonLine(fields: object): string {
  return `${safeJson({ at: new Date().toISOString(), ...fields })}\n`;
}

function prettyLine(text: string): string {
  return `${new Date().toTimeString().slice(0, 8)} ${cleanLine(text)}\n`;
}

function jsonLog(write: (text: string) => void): Log {
  return {
    event: (event, fields) => write(jsonLine({ level: "info", event, ...fields })),
    listening: (fields) => write(jsonLine({ level: "info", event: "listening", ...fields })),
    notice: (level, code, sentence) => write(noticeLine("json", level, code, sentence)),
  };
}

function prettyLog(write: (text: string) => void): Log {
  const line = (text: string) => write(prettyLine(text));
  return {
    event(what, { name, address, detail, by, leftOut }) {
      if (leftOut !== undefined) line(`${leftOut} more lines like the next one were left out`);
      if (what === "refused") line(`refused ${address}: ${detail}`);
      else if (what === "renamed") line(`${name} is now called ${detail}`);
      else if (what === "joined") line(`${name} joined from ${address}`);
      else if (what === "moderated")
        line(`${by ?? "The console"}: ${detail}${name === "" ? "" : `, ${name}`}`);
      else line(`${name} ${what}${detail === undefined || detail === "quit" ? "" : ` (${detail})`}`);
    },
    listening(fields) {
      const titles = Object.entries(fields).map(([title, value]) => {
        const shown = cleanLine(Array.isArray(value) ? value.join(", ") || "not known" : String(value));
        return `  ${`${title[0]?.toUpperCase()}${title.slice(1)}`.padEnd(10)} ${shown}\n`;
      });
      write(`Server is running and listening…\n${titles.join("")}`);
    },
    notice: (level, code, sentence) => write(noticeLine("pretty", level, code, sentence)),
  };
}
