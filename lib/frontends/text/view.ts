/** Turns what happened into lines for people; a line nobody wrote never begins as a person's does, with a name and a colon. */

import type { ClientEvent, LeaveReason } from "../../client/api.ts";
import { cleanLine } from "../../protocol/text.ts";
import { dayOf, historyLines, rule, saidSpans, timedSpans } from "./history-lines.ts";
import { type Width, wrap } from "./layout.ts";
import { moderatedLines, nameList, ruleLines, whoisLines } from "./moderation-lines.ts";
import { errorSentence, warningSentence } from "./sentences.ts";
import { name, paint, plain, quiet, type Signs, type Span, type Style } from "./style.ts";
import { clockTime, type LineContext, voiceLines } from "./voice-lines.ts";

export interface ViewOptions {
  style: Style;
  /** The columns to wrap to; none wraps nothing. */
  columns?: () => number;
  width: Width;
  /** A line with the time whenever nothing was said for a while. */
  times?: boolean;
  /** The key that ends the replay of a clip, where there is one. */
  stopKey?: string;
}

export interface View {
  /** The lines to print for an event: none for what the bar shows. */
  event(event: ClientEvent): string[];
  /** A quiet line of the program's own. */
  note(text: string): string[];
  /** A line saying what went wrong. */
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

/** After so long a silence the next line says what time it is. */
const silenceMs = 10 * 60_000;

/** A view remembers our own name and when somebody last said something; it does no output. */
export function createView({ style, columns, width, times = false, stopKey }: ViewOptions): View {
  let you = "";
  let lastAt: number | undefined;
  let lastDay: string | undefined;

  const finish = (line: Span[]): string[] => {
    const clean = line.map((span) => ({ ...span, text: cleanSpan(span.text) }));
    const rows = columns === undefined ? [clean] : wrap(clean, columns(), width);
    return rows.map((row) => paint(row, style));
  };
  /** The day when it is another one than that of the line before, or not known; or the time after a silence. */
  const timeLine = ({ at, late }: Line): string[] => {
    const now = Date.parse(at);
    const day = dayOf(at);
    const isSilent = times && lastAt !== undefined && now - lastAt >= silenceMs;
    const isNewDay = day !== lastDay && (late === true || (times && lastDay !== undefined));
    lastAt = now;
    lastDay = day;
    if (isNewDay) return finish(rule(day, style));
    return isSilent && !late ? finish([quiet(`- ${clockTime(new Date(now))} -`)]) : [];
  };

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
      return [...time, ...describe(event, { you, style, stopKey }).flatMap(finish)];
    },
    note: (text) => finish([quiet(text)]),
    error: (message) => finish([{ text: `${style.signs.error} ${message}`, tone: "error" }]),
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
      // The prompt shows them.
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
      return event.state === "lost"
        ? [
            [
              {
                text: `${signs.error} The connection is lost. Trying to get it back${signs.ellipsis}`,
                tone: "error",
              },
            ],
          ]
        : [[quiet(`${signs.joined} The connection is back.`)]];
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
      ? [quiet("Nobody else is here yet.")]
      : [quiet("In the room: "), ...nameList(here, event.guests)],
    ...ruleLines(event),
  ];
}

/** Cleans a piece of a line; one blank at either end is ours and stays. */
function cleanSpan(text: string): string {
  const clean = cleanLine(text);
  return (text.startsWith(" ") ? " " : "") + clean + (clean !== "" && text.endsWith(" ") ? " " : "");
}
