/** Decides how lines look on this terminal: colours, signs, and what may be assumed of its fonts. */
import { nameKey } from "../../protocol/text.ts";

export type Environment = Record<string, string | undefined>;

/** A piece of a line and how it is meant; painting decides what that looks like. */
export interface Span {
  text: string;
  tone: "text" | "name" | "quiet" | "warning" | "error" | "recording";
}

export function plain(text: string): Span {
  return { text, tone: "text" };
}

export function quiet(text: string): Span {
  return { text, tone: "quiet" };
}

export function name(text: string): Span {
  return { text, tone: "name" };
}

/** The signs in front of lines that no person wrote. */
export interface Signs {
  joined: string;
  left: string;
  voice: string;
  /** In front of the operator's words of welcome. */
  notice: string;
  error: string;
  /** Between the two names of a whisper. */
  to: string;
  recording: string;
  full: string;
  empty: string;
  /** Where the meter's peak is. */
  peak: string;
  /** Between two parts of a line. */
  between: string;
  /** Around a line that stands between those of people. */
  rule: string;
  /** In front of a line that is not sent yet, and where one is cut. */
  ellipsis: string;
  /** In front of what a check came to. */
  passed: string;
  failed: string;
}

export interface Style {
  /** How many colours may be used: none at all, the sixteen of every terminal, or 256. */
  colours: 0 | 16 | 256;
  signs: Signs;
}

const unicode: Signs = {
  joined: "→",
  left: "←",
  voice: "♪",
  notice: "»",
  error: "!",
  to: "→",
  recording: "●",
  full: "▮",
  empty: "▯",
  peak: "│",
  between: " · ",
  rule: "—",
  ellipsis: "…",
  passed: "✓",
  failed: "✗",
};
const ascii: Signs = {
  joined: "->",
  left: "<-",
  voice: "*",
  notice: ">",
  error: "!",
  to: "->",
  recording: "*",
  full: "#",
  empty: "-",
  peak: "|",
  between: ", ",
  rule: "-",
  ellipsis: "...",
  passed: "ok",
  failed: "FAILED",
};
/** For screen readers, which read an arrow out as "rightwards arrow". */
const spoken: Signs = { ...ascii, joined: "*", left: "*", to: "to", rule: "" };

/** Colours of names: each has a contrast above 4:1 against black and against white. */
export const nameColours = [28, 30, 64, 97, 98, 130, 131, 162];

/** The style for an output: colour only on a terminal that has it and where nobody forbids it. */
export function chooseStyle(env: Environment, output: { terminal: boolean; plain: boolean }): Style {
  const signs = output.plain ? spoken : speaksUnicode(env) ? unicode : ascii;
  // no-color.org: any value that is not empty.
  const colourless = !output.terminal || output.plain || Boolean(env.NO_COLOR);
  const many = /256|direct/.test(env.TERM ?? "") || Boolean(env.COLORTERM);
  return { colours: colourless ? 0 : many ? 256 : 16, signs };
}

/** The spans as one string with the escape sequences this style allows. */
export function paint(spans: Span[], style: Style): string {
  return spans.map((span) => paintSpan(span, style)).join("");
}

function paintSpan({ text, tone }: Span, style: Style): string {
  if (style.colours === 0 || text === "") return text;
  switch (tone) {
    case "text":
      return text;
    case "quiet":
      return `\x1b[2m${text}\x1b[22m`;
    case "warning":
      // Yellow cannot be read on white; this is as dark as the names are.
      return style.colours === 256 ? `\x1b[38;5;130m${text}\x1b[39m` : `\x1b[1m${text}\x1b[22m`;
    case "error":
    case "recording":
      return `\x1b[31m${text}\x1b[39m`;
    case "name":
      // The sixteen colours mean something else in every theme: there a name is only bold.
      if (style.colours === 16) return `\x1b[1m${text}\x1b[22m`;
      return `\x1b[1;38;5;${colourOf(text)}m${text}\x1b[22;39m`;
  }
}

/** The same person has the same colour on every screen and every day (FNV-1a of the name). */
function colourOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const char of nameKey(name)) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return nameColours[hash % nameColours.length] ?? 30;
}

/** POSIX: the first of these that is set decides. None set says nothing, and nearly every terminal is UTF-8. */
function speaksUnicode(env: Environment): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}
