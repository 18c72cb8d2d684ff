/** The sentences about people: who somebody is, and what operators did. */

import type { ClientEvent } from "../../client/api.ts";
import { limits } from "../../protocol/limits.ts";
import { name, plain, quiet, type Span } from "./style.ts";
import type { LineContext } from "./voice-lines.ts";

type EventOf<Kind extends ClientEvent["type"]> = Extract<ClientEvent, { type: Kind }>;
type Moderated = EventOf<"moderated">;

/** A name as it is listed, with the mark of those to whom it does not belong. */
export function nameSpans(who: string, isGuest: boolean): Span[] {
  return isGuest ? [name(who), quiet(" (guest)")] : [name(who)];
}

/** Names in a row. */
export function nameList(names: string[], guests: string[] = []): Span[] {
  const marked = new Set(guests);
  return names.flatMap((who, index) => [
    ...(index === 0 ? [] : [quiet(", ")]),
    ...nameSpans(who, marked.has(who)),
  ]);
}

/** What holds in this room beyond the usual. */
export function ruleLines({ operator, locked, announce }: EventOf<"welcome">): Span[][] {
  return [
    ...(operator ? [[quiet("You are an operator: /help lists what you can do.")]] : []),
    ...(locked ? [[quiet("The room is locked: nobody new comes in.")]] : []),
    ...(announce && !operator
      ? [[quiet("Only operators speak now; you can write to one of them alone.")]]
      : []),
    ...(announce && operator ? [[quiet("Only operators speak now.")]] : []),
  ];
}

/** Who is behind a name, and how to be sure of it. */
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
  if (words === undefined)
    return [[...first, quiet(", without a key by which anybody could know them again")]];
  return [
    [...first, quiet(", with the key: "), plain(words)],
    [
      quiet(
        isYou
          ? `Whoever sees the same six words for /whois @${who} talks to you.`
          : `If ${who} sees the same six words for /whois @${who}, it is them.`,
      ),
    ],
  ];
}

/** What an operator did, as those read it whom it concerns. */
export function moderatedLines(event: Moderated, { you, style }: LineContext): Span[][] {
  const { signs } = style;
  return [[quiet(`${signs.notice} ${sentenceOf(event, you)}`)]];
}

function sentenceOf(event: Moderated, you: string): string {
  const { action, on, names = [] } = event;
  const isYou = event.name === you;
  const who = isYou ? "You" : (event.name ?? "");
  const [was, is] = isYou ? ["were", "are"] : ["was", "is"];
  const others = event.by !== undefined && event.by !== you;
  const by = others ? ` by ${event.by}` : "";
  const word = others ? ` (${event.by})` : "";
  switch (action) {
    case "kick":
      return `${who} ${was} removed from the room${by}${because(event)}.`;
    case "ban":
      return `${who} ${was} banned${by}${because(event)}.`;
    case "unban":
      return `${who} ${is} no longer banned${word}.`;
    case "bans":
      return names.length === 0 ? "Nobody is banned." : `Banned: ${names.join(", ")}`;
    case "silence":
      return `${who} ${was} silenced${by}${duration(event)}${because(event)}.`;
    case "unsilence":
      return `${who} may speak again${word}.`;
    case "lock":
      return on ? `The room is locked now${word}: nobody new comes in.` : `The room is open again${word}.`;
    case "announce":
      return on ? `Only operators speak now${word}.` : `Everybody may speak again${word}.`;
    case "floor":
      return floorSentence(event, isYou, word);
    case "op":
      return `${who} ${is} an operator now${word}${isYou ? ": /help lists what you can do" : ""}.`;
    case "deop":
      return `${who} ${is} no longer an operator${word}.`;
    case "release":
      return `The name ${event.name} belongs to nobody now.`;
  }
}

function floorSentence({ name: who }: Moderated, isYou: boolean, word: string): string {
  const seconds = limits.floorGivenMs / 1_000;
  if (isYou) return `The floor is yours for the next ${seconds} s${word}: !audio or !talk.`;
  return who === undefined
    ? `All turns at the microphone are over${word}.`
    : `${who} is given the floor${word}.`;
}

function duration({ minutes }: Moderated): string {
  if (minutes === undefined) return "";
  return ` for ${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
}

function because({ reason }: Moderated): string {
  return reason === undefined || reason === "" ? "" : `: ${reason}`;
}
