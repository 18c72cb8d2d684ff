/** Turns what happened into lines for people; a line nobody wrote never begins as a person's does, with a name and a colon. */
import { cleanLine } from "../protocol/text.ts";
import type { ClientEvent, LeaveReason, VoiceEndReason } from "./events.ts";
import { type Width, wrap } from "./layout.ts";
import { paint, type Signs, type Span, type Style } from "./style.ts";

export interface ViewOptions {
  style: Style;
  /** The columns to wrap to; none wraps nothing. */
  columns?: () => number;
  width: Width;
  /** A line with the time whenever nothing was said for a while. */
  times?: boolean;
}

export interface View {
  /** The lines to print for an event: none for what the bar shows. */
  event(event: ClientEvent): string[];
  /** A quiet line of the program's own. */
  note(text: string): string[];
  /** A line saying what went wrong. */
  error(message: string): string[];
}

/** What the bar shows while the microphone is open. */
export interface Recording {
  to?: string;
  dbfs: number;
  secondsLeft: number;
}

const leaveReasons: Record<LeaveReason, string> = {
  quit: "",
  lost: " (connection lost)",
  kicked: " (kicked out)",
  banned: " (banned)",
  replaced: " (came in again from elsewhere)",
};

const voiceEndReasons: Record<VoiceEndReason, string> = {
  done: "",
  stopped: "",
  cancelled: " (cancelled)",
  lost: " (connection lost)",
  device: " (the microphone failed)",
};

/** After so long a silence the next line says what time it is. */
const silenceMs = 10 * 60_000;

/** A view remembers our own name and when somebody last said something; it does no output. */
export function createView({ style, columns, width, times = false }: ViewOptions): View {
  let you = "";
  let lastAt: number | undefined;

  const finish = (line: Span[]): string[] => {
    const clean = line.map((span) => ({ ...span, text: cleanSpan(span.text) }));
    const rows = columns === undefined ? [clean] : wrap(clean, columns(), width);
    return rows.map((row) => paint(row, style));
  };
  const timeLine = (at: string): string[] => {
    const now = Date.parse(at);
    const late = times && lastAt !== undefined && now - lastAt >= silenceMs;
    lastAt = now;
    return late ? finish([quiet(`- ${clockTime(new Date(now))} -`)]) : [];
  };

  return {
    event(event) {
      if (event.event === "welcome") you = event.you;
      if (event.event === "renamed" && event.from === you) you = event.to;
      const time = event.event === "said" || event.event === "whispered" ? timeLine(event.at) : [];
      return [...time, ...describe(event, you, style).flatMap(finish)];
    },
    note: (text) => finish([quiet(text)]),
    error: (message) => finish([{ text: `${style.signs.error} ${message}`, tone: "error" }]),
  };
}

/** `● recording ▮▮▮▮▮▯▯▯ -18 dB  3.2 s left  Enter stops, Esc cancels`, less of it where columns are few. */
export function recordingBar(recording: Recording, columns: number, style: Style, width: Width): string {
  const { signs } = style;
  const cells = 8;
  // Speech moves between -60 dBFS, a quiet room, and 0, the loudest there is.
  const level = Math.round((Math.max(-60, Math.min(0, recording.dbfs)) / 60 + 1) * cells);
  const sign = `${signs.recording} `;
  const to = recording.to === undefined ? "" : ` to ${cleanLine(recording.to)}`;
  const meter = signs.full.repeat(level) + signs.empty.repeat(cells - level);
  const loudness = ` ${String(Math.round(Math.max(-99, recording.dbfs))).padStart(3)} dB`;
  const left = `${Math.max(0, recording.secondsLeft).toFixed(1)} s left`;
  const variants = [
    `recording${to} ${meter}${loudness}  ${left}  Enter stops, Esc cancels`,
    `recording ${meter}${loudness}  ${left}  Enter stops, Esc cancels`,
    `recording ${meter} ${left}  Enter stops, Esc cancels`,
    `${meter} ${left}  Enter stops`,
    `${meter} ${left}`,
    left,
  ];
  const fits = variants.find((text) => width(sign + text) < columns) ?? "";
  return paint([{ text: sign, tone: "recording" }, plain(fits)], style);
}

/** The lines of an event before cleaning, wrapping and painting. */
function describe(event: ClientEvent, you: string, style: Style): Span[][] {
  const { signs } = style;
  switch (event.event) {
    case "welcome":
      return welcomeLines(event, signs);
    case "said":
      return [[name(event.from), plain(`: ${event.text}`)]];
    case "whispered": {
      const [from, to] = [event.from, event.to].map((who) => (who === you ? plain("you") : name(who)));
      return [[from ?? plain(""), quiet(` ${signs.to} `), to ?? plain(""), plain(`: ${event.text}`)]];
    }
    case "joined":
      return [[quiet(`${signs.joined} ${event.name} joined`)]];
    case "left":
      return [[quiet(`${signs.left} ${event.name} left${leaveReasons[event.reason]}`)]];
    case "renamed":
      if (event.to === you) return [[quiet(`${signs.joined} You are now called ${event.to}`)]];
      return [[quiet(`${signs.joined} ${event.from} is now called ${event.to}`)]];
    case "members":
      return [[quiet("In the room: "), ...nameList(event.names)]];
    case "recording":
      return [
        [
          quiet(
            `${signs.voice} Recording${event.to === undefined ? "" : ` to ${event.to}`}: ${event.seconds} s at most`,
          ),
        ],
      ];
    case "level":
      return [];
    case "voice-started":
      if (event.from === you) return [];
      return [
        [quiet(`${signs.voice} ${event.from} is talking${event.to === undefined ? "" : " to you alone"}`)],
      ];
    case "voice-ended": {
      // Nothing was said and an error has told why.
      if (event.from === you && event.reason === "device" && event.seconds < 0.05) return [];
      const who = event.from === you ? "You" : event.from;
      return [
        [
          quiet(
            `${signs.voice} ${who} talked for ${event.seconds.toFixed(1)} s${voiceEndReasons[event.reason]}`,
          ),
        ],
      ];
    }
    case "connection":
      return event.state === "lost"
        ? [[{ text: `${signs.error} The connection is lost.`, tone: "error" }]]
        : [[quiet(`${signs.joined} The connection is back.`)]];
    case "error":
      return [[{ text: `${signs.error} ${event.message}`, tone: "error" }]];
  }
}

function welcomeLines(event: Extract<ClientEvent, { event: "welcome" }>, signs: Signs): Span[][] {
  const here = event.members.filter((member) => member !== event.you);
  return [
    [quiet("You are "), name(event.you), quiet(` in ${event.room}. /help says what you can type.`)],
    ...(event.motd === undefined || event.motd === "" ? [] : [[plain(`${signs.notice} ${event.motd}`)]]),
    here.length === 0 ? [quiet("Nobody else is here yet.")] : [quiet("In the room: "), ...nameList(here)],
  ];
}

function nameList(names: string[]): Span[] {
  return names.flatMap((who, index) => (index === 0 ? [name(who)] : [quiet(", "), name(who)]));
}

/** Cleans a piece of a line; one blank at either end is ours and stays. */
function cleanSpan(text: string): string {
  const clean = cleanLine(text);
  return (text.startsWith(" ") ? " " : "") + clean + (clean !== "" && text.endsWith(" ") ? " " : "");
}

function clockTime(at: Date): string {
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

function plain(text: string): Span {
  return { text, tone: "text" };
}

function quiet(text: string): Span {
  return { text, tone: "quiet" };
}

function name(text: string): Span {
  return { text, tone: "name" };
}
