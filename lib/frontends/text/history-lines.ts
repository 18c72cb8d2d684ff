/** The text of kept lines, with their times and days, and the rules between old and new. Pure. */
import type { ClientEvent, HistoryEntry } from "../../client/api.ts";
import { nameSpans } from "./moderation-lines.ts";
import { name, plain, quiet, type Span, type Style } from "./style.ts";
import { clockTime } from "./voice-lines.ts";

type History = Extract<ClientEvent, { type: "history" }>;

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const titles: Record<History["cause"], string> = {
  joining: "Earlier:",
  history: "Earlier:",
  search: "Found:",
};
const emptySentences: Record<History["cause"], string | undefined> = {
  joining: undefined,
  history: "Nothing is kept that you could read.",
  search: "Nothing was found.",
};

/** The local date of an ISO time, in words; an empty string when the time is not valid. */
export function dayOf(at: string): string {
  const when = new Date(at);
  const day = `${weekdays[when.getDay()]}, ${when.getDate()} ${months[when.getMonth()]} ${when.getFullYear()}`;
  return Number.isNaN(when.getTime()) ? "" : day;
}

/** A line of the program between the lines of people. */
export function rule(text: string, { signs }: Style): Span[] {
  return [quiet([signs.rule, text, signs.rule].join(" ").trim())];
}

/** A said or whispered line with its author and receiver. */
export function saidSpans(
  { from, to, text, guest = false }: Omit<HistoryEntry, "id" | "at"> & { guest?: boolean },
  you: string,
  { signs }: Style,
): Span[] {
  const said = plain(`: ${text}`);
  if (to === undefined) return [...nameSpans(from, guest), said];
  const author = from === you ? [plain("you")] : nameSpans(from, guest);
  const receiver = to === you ? plain("you") : name(to);
  return [...author, quiet(` ${signs.to} `), receiver, said];
}

/** The same with its time in front, for a line that was not said just now. */
export function timedSpans(entry: HistoryEntry, you: string, style: Style): Span[] {
  return [quiet(`${clockTime(new Date(entry.at))} `), ...saidSpans(entry, you, style)];
}

/** The lines of a history page, with the days between them and the read marker. */
export function historyLines(event: History, you: string, style: Style): Span[][] {
  const { cause, entries, leftOff: readMarker, more } = event;
  const [first] = entries;
  if (first === undefined) {
    const sentence = emptySentences[cause];
    return sentence === undefined ? [] : [[quiet(sentence)]];
  }
  const lines: Span[][] = [[quiet(titles[cause])]];
  if (readMarker !== undefined && more && readMarker < first.id)
    lines.push(rule("there is more since you were last here: /history shows it", style));
  if (cause === "history" && more)
    lines.push(rule(`what came before: /history ${entries.length} ${first.id}`, style));
  let day = "";
  for (const [index, entry] of entries.entries()) {
    const previous = entries[index - 1];
    const isNew = readMarker !== undefined && entry.id > readMarker;
    if (isNew && previous !== undefined && previous.id <= readMarker)
      lines.push(rule("new since you were last here", style));
    const next = dayOf(entry.at);
    if (next !== day) lines.push(rule(next, style));
    day = next;
    lines.push(timedSpans(entry, you, style));
  }
  return [...lines, rule("now", style)];
}
