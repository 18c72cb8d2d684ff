/** The sentences about people (`/whois`, lists of names) and about moderation. Pure. */

import type { ClientEvent, RuleMarks } from "../../client/api.ts";
import { limits } from "../../protocol/limits.ts";
import { name, plain, quiet, type Span } from "./style.ts";
import type { LineContext } from "./voice-lines.ts";

type EventOf<Kind extends ClientEvent["type"]> = Extract<ClientEvent, { type: Kind }>;
type Moderated = EventOf<"moderated">;

/** A name as it is listed, with a mark when it is a guest's. */
export function nameSpans(who: string, isGuest: boolean): Span[] {
  return isGuest ? [name(who), quiet(" (guest)")] : [name(who)];
}

/** Names in a row, separated by commas. */
export function nameList(names: string[], guests: string[] = []): Span[] {
  const marked = new Set(guests);
  return names.flatMap((who, index) => [
    ...(index === 0 ? [] : [quiet(", ")]),
    ...nameSpans(who, marked.has(who)),
  ]);
}

/** The special rules that hold in this room. */
export function ruleLines({ operator, locked, announce }: RuleMarks): Span[][] {
  return [
    ...(operator ? [[quiet("You are an operator: /help lists what you can do.")]] : []),
    ...(locked ? [[quiet("The room is locked: new people cannot come in.")]] : []),
    ...(announce && !operator
      ? [[quiet("Only operators speak now; you can write to one of them alone.")]]
      : []),
    ...(announce && operator ? [[quiet("Only operators speak now.")]] : []),
  ];
}

/** The person behind a name, and how to verify it. */
export function whoisLines(
  { name: who, words, guest, operator, here }: EventOf<"whois">,
  { you, style }: LineContext,
): Span[][] {
  const { notice } = style.signs;
  const what = [here ? "here" : "not here", operator ? "an operator" : "", guest ? "a guest" : ""].filter(
    Boolean,
  );
  const isYou = who === you;
  const first = [quiet(`${notice} `), name(who), quiet(` ${isYou ? "(you) " : ""}is ${what.join(", ")}`)];
  if (words === undefined) return [[...first, quiet(", without a key to recognise them by")]];
  return [
    [...first, quiet(", with the key: "), plain(words)],
    [
      quiet(
        isYou
          ? `A person who sees the same six words for /whois @${who} is talking to you.`
          : `If ${who} sees the same six words for /whois @${who}, it is them.`,
      ),
    ],
  ];
}

/** What an operator did, worded for the reader `you`. */
export function moderatedLines(event: Moderated, { you, style }: LineContext): Span[][] {
  const { signs } = style;
  return [[quiet(`${signs.notice} ${sentenceOf(event, you)}`)]];
}

function sentenceOf(event: Moderated, you: string): string {
  const { action, on, names = [] } = event;
  const isYou = event.name === you;
  const who = isYou ? "You" : (event.name ?? "");
  const [was, is] = isYou ? ["were", "are"] : ["was", "is"];
  const isByOther = event.by !== undefined && event.by !== you;
  const by = isByOther ? ` by ${event.by}` : "";
  const byOperator = isByOther ? ` (${event.by})` : "";
  switch (action) {
    case "kick":
      return `${who} ${was} removed from the room${by}${because(event)}.`;
    case "ban":
      return `${who} ${was} banned${by}${because(event)}.`;
    case "unban":
      return `${who} ${is} no longer banned${byOperator}.`;
    case "bans":
      return names.length === 0 ? "No one is banned." : `Banned: ${names.join(", ")}`;
    case "silence":
      return `${who} ${was} silenced${by}${duration(event)}${because(event)}.`;
    case "unsilence":
      return `${who} may speak again${byOperator}.`;
    case "lock":
      return on
        ? `The room is locked now${byOperator}: new people cannot come in.`
        : `The room is open again${byOperator}.`;
    case "announce":
      return on ? `Only operators speak now${byOperator}.` : `Everybody may speak again${byOperator}.`;
    case "floor":
      return floorSentence(event, isYou, byOperator);
    case "op":
      return `${who} ${is} an operator now${byOperator}${isYou ? ": /help lists what you can do" : ""}.`;
    case "deop":
      return `${who} ${is} no longer an operator${byOperator}.`;
    case "release":
      return `The name ${event.name} is free now.`;
  }
}

function floorSentence({ name: who }: Moderated, isYou: boolean, byOperator: string): string {
  const seconds = limits.floorGivenMs / 1_000;
  if (isYou) return `The floor is yours for the next ${seconds} s${byOperator}: !audio or !talk.`;
  return who === undefined
    ? `All transmissions are over${byOperator}.`
    : `${who} is given the floor${byOperator}.`;
}

function duration({ minutes }: Moderated): string {
  if (minutes === undefined) return "";
  return ` for ${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
}

function because({ reason }: Moderated): string {
  return reason === undefined || reason === "" ? "" : `: ${reason}`;
}
