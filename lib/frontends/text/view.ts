/** Turns events into lines for people. A line of the program never begins like a line of a person: a name and a colon. */

import type { ClientEvent, LeaveReason } from "../../client/api.ts";
import { limits } from "../../protocol/limits.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { BacklogTexts } from "./backlog.ts";
import { dayOf, historyLines, rule, saidSpans, timedSpans } from "./history-lines.ts";
import { type Width, wrap } from "./layout.ts";
import { moderatedLines, nameList, ruleLines, whoisLines } from "./moderation-lines.ts";
import { errorSentence, lostSentence, warningSentence } from "./sentences.ts";
import { name, paint, plain, quiet, type Signs, type Span, type Style } from "./style.ts";
import { clockTime, type LineContext, voiceLines } from "./voice-lines.ts";

export interface ViewOptions {
  style: Style;
  /** The columns to wrap to; without it, lines are not wrapped. */
  columns?: () => number;
  width: Width;
  /** Print the time after a while without lines. */
  times?: boolean;
  /** The key that ends the replay of a clip, if there is one. */
  stopKey?: string;
}

export interface View extends BacklogTexts {
  /** The lines to print for an event; none for events that only the bar or the prompt shows. */
  event(event: ClientEvent): string[];
  /** A quiet line of the program. */
  note(text: string): string[];
  /** A line that says what went wrong. */
  error(message: string): string[];
}

type Line = Extract<ClientEvent, { type: "said" | "whispered" }>;

const leaveReasons: Record<LeaveReason, string> = {
  quit: "",
  lost: " (connection lost)",
  kicked: " (kicked out)",
  banned: " (banned)",
  replaced: " (came in again from elsewhere)",
};

/** After a gap of this length the time is printed before the next line. */
const gapMs = 10 * 60_000;

/** Creates a view. It remembers our own name and the time of the last line, and does no output. */
export function createView({ style, columns, width, times = false, stopKey }: ViewOptions): View {
  let you = "";
  let lastAt: number | undefined;
  let lastDay: string | undefined;

  const render = (line: Span[]): string[] => {
    const clean = line.map((span) => ({ ...span, text: cleanSpan(span.text) }));
    const rows = columns === undefined ? [clean] : wrap(clean, columns(), width);
    return rows.map((row) => paint(row, style));
  };
  /** A rule with the day when it differs from that of the line before or that is not known; or the time after a gap. */
  const timeLine = ({ at, late }: Line): string[] => {
    const now = Date.parse(at);
    const day = dayOf(at);
    const isAfterGap = times && lastAt !== undefined && now - lastAt >= gapMs;
    const isNewDay = day !== lastDay && (late === true || (times && lastDay !== undefined));
    lastAt = now;
    lastDay = day;
    if (isNewDay) return render(rule(day, style));
    return isAfterGap && !late ? render([quiet(`- ${clockTime(new Date(now))} -`)]) : [];
  };

  const error = (message: string) => render([{ text: `${style.signs.error} ${message}`, tone: "error" }]);

  return {
    event(event) {
      if (event.type === "welcome") you = event.you;
      if (event.type === "renamed" && event.from === you) you = event.to;
      const time = event.type === "said" || event.type === "whispered" ? timeLine(event) : [];
      const last = event.type === "history" ? event.entries.at(-1) : undefined;
      if (last !== undefined) {
        lastAt = Date.parse(last.at);
        lastDay = dayOf(last.at);
      }
      return [...time, ...describe(event, { you, style, stopKey }).flatMap(render)];
    },
    note: (text) => render([quiet(text)]),
    error,
    repeated: (event, times) => error(`${errorSentence(event)} (${times} lines)`),
    omitted: (omission) => render(rule(omissionSentence(omission), style)),
  };
}

/** The lines of an event before cleaning, wrapping and painting. */
function describe(event: ClientEvent, context: LineContext): Span[][] {
  const { you } = context;
  const { signs } = context.style;
  switch (event.type) {
    case "welcome":
      return welcomeLines(event, signs);
    case "said":
    case "whispered":
      return lineLines(event, context);
    case "history":
      return historyLines(event, you, context.style);
    case "pending":
      // The prompt shows pending lines.
      return [];
    case "joined":
      return [[quiet(`${signs.joined} ${event.name}${event.guest ? " (guest)" : ""} joined`)]];
    case "left":
      return [[quiet(`${signs.left} ${event.name} left${leaveReasons[event.reason]}`)]];
    case "renamed":
      if (event.to === you) return [[quiet(`${signs.joined} You are now called ${event.to}`)]];
      return [[quiet(`${signs.joined} ${event.from} is now called ${event.to}`)]];
    case "members":
      return [[quiet("In the room: "), ...nameList(event.names, event.guests)]];
    case "whois":
      return whoisLines(event, context);
    case "moderated":
      return moderatedLines(event, context);
    case "connection":
      if (event.state === "restored") return [[quiet(`${signs.joined} The connection is back.`)]];
      return [[{ text: `${signs.error} ${lostSentence(event)}${signs.ellipsis}`, tone: "error" }]];
    case "error":
      return [[{ text: `${signs.error} ${errorSentence(event)}`, tone: "error" }]];
    case "warning":
      return [[{ text: `${signs.error} ${warningSentence(event)}`, tone: "warning" }]];
    default:
      return voiceLines(event, context);
  }
}

function lineLines(event: Line, { you, style }: LineContext): Span[][] {
  const spans = event.late ? timedSpans(event, you, style) : saidSpans(event, you, style);
  if (event.type === "said" || !event.away) return [spans];
  return [spans, [quiet(`${event.to} is away, will get it when back`)]];
}

function welcomeLines(event: Extract<ClientEvent, { type: "welcome" }>, signs: Signs): Span[][] {
  const here = event.members.filter((member) => member !== event.you);
  return [
    [quiet("You are "), name(event.you), quiet(` in ${event.room}. /help says what you can type.`)],
    ...(event.motd === undefined || event.motd === "" ? [] : [[plain(`${signs.notice} ${event.motd}`)]]),
    here.length === 0
      ? [quiet("No one else is here yet.")]
      : [quiet("In the room: "), ...nameList(here, event.guests)],
    ...ruleLines(event),
  ];
}

function omissionSentence({ count, before }: Parameters<View["omitted"]>[0]): string {
  const lines = count === 1 ? "1 line" : `${count} lines`;
  const from = before === undefined ? "" : ` ${before}`;
  const query = `/history ${Math.min(count, limits.historyPageMax)}${from}`;
  return `${lines} left out while the screen stood still: see ${query}`;
}

/** Cleans a part of a line; a single blank at either end was added by the view and stays. */
function cleanSpan(text: string): string {
  const clean = cleanLine(text);
  return (text.startsWith(" ") ? " " : "") + clean + (clean !== "" && text.endsWith(" ") ? " " : "");
}
