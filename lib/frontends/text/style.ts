/** How lines look on this terminal: its colours, and the signs that its font and locale support. Pure. */
import { nameKey } from "../../protocol/text.ts";

export type Environment = Record<string, string | undefined>;

/** A part of a line with its meaning; `paint` decides how that looks. */
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

/** The signs in front of the lines of the program. */
export interface Signs {
  joined: string;
  left: string;
  voice: string;
  /** In front of the message of the day, and of what operators did. */
  notice: string;
  error: string;
  /** Between the two names of a whisper. */
  to: string;
  recording: string;
  full: string;
  empty: string;
  /** The peak of the level meter. */
  peak: string;
  /** Between two parts of a line. */
  between: string;
  /** Around a line of the program between the lines of people. */
  rule: string;
  /** In front of a line that is not sent yet, and where a line is cut. */
  ellipsis: string;
  /** In front of the result of a check. */
  passed: string;
  failed: string;
}

export interface Style {
  /** How many colours may be used: none, the sixteen that every terminal has, or 256. */
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
/** For screen readers, which read an arrow aloud as "rightwards arrow". */
const spoken: Signs = { ...ascii, joined: "*", left: "*", to: "to", rule: "" };

/** The colours of names. Each has a contrast above 4:1 against black and against white. */
export const nameColours = [28, 30, 64, 97, 98, 130, 131, 162];

/** The style for an output. Colour needs a terminal, no `--plain` and no NO_COLOR. */
export function chooseStyle(env: Environment, output: { terminal: boolean; plain: boolean }): Style {
  const signs = output.plain ? spoken : isUtf8Locale(env) ? unicode : ascii;
  // no-color.org: any value that is not empty counts.
  const isColourless = !output.terminal || output.plain || Boolean(env.NO_COLOR);
  const has256 = /256|direct/.test(env.TERM ?? "") || Boolean(env.COLORTERM);
  return { colours: isColourless ? 0 : has256 ? 256 : 16, signs };
}

/** The spans as one string, with the escape sequences that this style allows. */
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
      // Yellow is unreadable on white; this colour has the contrast of the names.
      return style.colours === 256 ? `\x1b[38;5;130m${text}\x1b[39m` : `\x1b[1m${text}\x1b[22m`;
    case "error":
    case "recording":
      return `\x1b[31m${text}\x1b[39m`;
    case "name":
      // Every theme redefines the sixteen colours, so with those a name is only bold.
      if (style.colours === 16) return `\x1b[1m${text}\x1b[22m`;
      return `\x1b[1;38;5;${colourOf(text)}m${text}\x1b[22;39m`;
  }
}

/** A hash of the name (FNV-1a) picks its colour, so a person has the same colour on every screen. */
function colourOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const char of nameKey(name)) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return nameColours[hash % nameColours.length] ?? 30;
}

/** POSIX: the first of these variables that is set decides. When none is set, UTF-8 is assumed. */
function isUtf8Locale(env: Environment): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}
