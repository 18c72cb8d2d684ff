/** The lines about voice: transmissions and their quality, clips, volume and mute. Pure. */

import type { ClientEvent, ClipInfo, VoiceEndReason } from "../../client/api.ts";
import { limits } from "../../protocol/limits.ts";
import { name, plain, quiet, type Signs, type Span, type Style } from "./style.ts";

/** The context that a line depends on, in addition to its event. */
export interface LineContext {
  you: string;
  style: Style;
  /** The key that ends the replay of a clip, if there is one. */
  stopKey: string | undefined;
}

type EventOf<Kind extends ClientEvent["type"]> = Extract<ClientEvent, { type: Kind }>;

type ClipEvent = EventOf<"clips" | "playing" | "played" | "saved">;
export type VoiceEvent =
  | EventOf<"recording" | "level" | "voice-started" | "voice-ended" | "volume" | "muted">
  | ClipEvent;

const endReasons: Record<VoiceEndReason, string> = {
  done: "",
  stopped: "",
  cancelled: " (cancelled)",
  lost: " (connection lost)",
  device: " (the microphone failed)",
};

/** From this share of concealed sound on, listeners notice it. */
const noticeableShare = 0.02;
/** A smaller share would be rounded to 0.0%. */
const shownShare = 0.0005;

/** The lines before cleaning, wrapping and painting. */
export function voiceLines(event: VoiceEvent, context: LineContext): Span[][] {
  const { you, style } = context;
  const line = (text: string): Span[][] => [[quiet(`${style.signs.voice} ${text}`)]];
  switch (event.type) {
    case "recording":
      return line(recordingText(event));
    case "level":
      return [];
    case "voice-started":
      if (event.from === you) return [];
      return line(`${event.from} is talking${event.to === undefined ? "" : " to you alone"}`);
    case "voice-ended":
      return endedLines(event, context);
    case "volume":
      return line(`Volume${event.name === undefined ? "" : ` of ${event.name}`}: ${event.percent}%`);
    case "muted":
      return line(`${event.name} is ${event.muted ? "muted, for you alone" : "no longer muted"}`);
    default:
      return clipLines(event, context);
  }
}

function recordingText({ to, seconds: length }: EventOf<"recording">): string {
  const receiver = to === undefined ? "" : ` to ${to}`;
  if (length <= limits.recordingSecondsMax) return `Recording${receiver}: ${length} s at most`;
  return `The microphone is open${receiver}: ${Math.round(length / 60)} minutes at most`;
}

/** `♪ bob talked for 4.0 s · clip 7 · 62 ms from mouth to ear (p95 71)`, and the share that was lost. */
function endedLines(event: EventOf<"voice-ended">, { you, style }: LineContext): Span[][] {
  const { from, reason, clip, delayMs, concealed = 0 } = event;
  const { signs } = style;
  // The microphone failed before a word was said, and an error event has told why.
  if (from === you && reason === "device" && event.seconds < 0.05) return [];
  const who = from === you ? "You" : from;
  const parts = [`${who} talked for ${seconds(event.seconds)}${endReasons[reason]}`];
  if (clip !== undefined) parts.push(`clip ${clip}`);
  if (delayMs !== undefined) {
    const [median, p95] = [Math.round(delayMs.median), Math.round(delayMs.p95)];
    parts.push(`${median} ms from mouth to ear (p95 ${p95})`);
  }
  const share = `${(concealed * 100).toFixed(1)}%`;
  const isNoticeable = concealed > noticeableShare;
  if (concealed >= shownShare && !isNoticeable) parts.push(`${share} lost`);
  const line = [quiet(`${signs.voice} ${parts.join(signs.between)}`)];
  if (!isNoticeable) return [line];
  return [
    [...line, quiet(signs.between), { text: `${share} of it did not get here in time`, tone: "warning" }],
  ];
}

function clipLines(event: ClipEvent, { you, style, stopKey }: LineContext): Span[][] {
  const { signs } = style;
  switch (event.type) {
    case "clips":
      if (event.clips.length === 0) return [[quiet(`${signs.voice} No clips are kept for you to hear.`)]];
      return event.clips.map((clip) => clipLine(clip, you, signs));
    case "playing": {
      const hint = stopKey === undefined ? "" : ` (${stopKey} stops it)`;
      const what = `Playing clip ${event.clip}: ${event.from}, ${seconds(event.seconds)}`;
      return [[quiet(`${signs.voice} ${what}${hint}`)]];
    }
    case "played":
      return [];
    case "saved": {
      const what = `Clip ${event.clip} is saved as ${event.file} (${seconds(event.seconds)})`;
      return [[quiet(`${signs.voice} ${what}`)]];
    }
  }
}

/** `♪ clip 7 · 2026-11-22 10:00 · 4.0 s · bob → you` */
function clipLine({ clip, from, to, at, seconds: length }: ClipInfo, you: string, signs: Signs): Span[] {
  const facts = [`clip ${clip}`, dayAndTime(new Date(at)), seconds(length), ""].join(signs.between);
  const person = (who: string): Span => (who === you ? plain("you") : name(who));
  const listener = to === undefined ? [] : [quiet(` ${signs.to} `), person(to)];
  return [quiet(`${signs.voice} ${facts}`), person(from), ...listener];
}

function seconds(length: number): string {
  return `${length.toFixed(1)} s`;
}

/** `10:00`, in local time. */
export function clockTime(at: Date): string {
  return [at.getHours(), at.getMinutes()].map(twoDigits).join(":");
}

function dayAndTime(at: Date): string {
  const day = [at.getFullYear(), twoDigits(at.getMonth() + 1), twoDigits(at.getDate())].join("-");
  return `${day} ${clockTime(at)}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, "0");
}
