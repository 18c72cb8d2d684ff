/** How loud one hears whom: a matter of this client alone, nobody else is told. */
import { refusal } from "../../protocol/errors.ts";
import { nameKey, parseName } from "../../protocol/text.ts";
import type { Command } from "../api.ts";
import type { ChatState } from "./state.ts";
import { cleanName, given, refuse, show } from "./state.ts";

type Wish<Kind extends Command["type"]> = Extract<Command, { type: Kind }>;

export interface Loudness {
  /** Of everybody. */
  percent: number;
  /** By name key; it outlasts their leaving, for they may come back. */
  readonly people: Map<string, Personal>;
}

interface Personal {
  percent: number;
  isMuted: boolean;
}

const percentMax = 200;
const gainMax = 2;
const usual: Personal = { percent: 100, isMuted: false };

export function createLoudness(): Loudness {
  return { percent: 100, people: new Map() };
}

/** What to multiply the sound of this person with, 0 to 2, muted or not. */
export function volumeOf({ loudness }: ChatState, name: string): number {
  const { percent } = loudness.people.get(nameKey(name)) ?? usual;
  return Math.min(gainMax, (loudness.percent / 100) * (percent / 100));
}

export function isMuted({ loudness }: ChatState, name: string): boolean {
  return loudness.people.get(nameKey(name))?.isMuted ?? false;
}

/** Mutes a person, or hears them again; true: that was done. */
export function mute(chat: ChatState, wish: Wish<"mute"> | Wish<"unmute">): boolean {
  const name = findPerson(chat, wish.name, wish);
  if (name === undefined) return false;
  const muted = wish.type === "mute";
  change(chat, name, { isMuted: muted });
  show(chat, { type: "muted", name, muted });
  return true;
}

/** Changes how loud everybody or one person is heard; true: that was done. */
export function setVolume(chat: ChatState, wish: Wish<"volume">): boolean {
  const { percent } = wish;
  if (!(percent >= 0 && percent <= percentMax)) {
    refuse(chat, { code: "bad-volume", message: `A volume is 0 to ${percentMax} percent.` }, given(wish));
    return false;
  }
  if (wish.name === undefined) {
    chat.loudness.percent = percent;
    show(chat, { type: "volume", percent });
    return true;
  }
  const name = findPerson(chat, wish.name, wish);
  if (name === undefined) return false;
  change(chat, name, { percent });
  show(chat, { type: "volume", percent, name });
  return true;
}

/** The same person under a new name takes along what was set; otherwise what was set for that name holds. */
export function followRename({ loudness }: ChatState, from: string, to: string): void {
  const personal = loudness.people.get(nameKey(from));
  if (personal === undefined) return;
  loudness.people.delete(nameKey(from));
  loudness.people.set(nameKey(to), personal);
}

function change({ loudness }: ChatState, name: string, what: Partial<Personal>): void {
  const key = nameKey(name);
  const personal = { ...(loudness.people.get(key) ?? usual), ...what };
  if (personal.percent === usual.percent && !personal.isMuted) loudness.people.delete(key);
  else loudness.people.set(key, personal);
}

/** Somebody who is here, spelled as they do, or whose loudness was changed before; else it is refused. */
function findPerson(chat: ChatState, wished: string, wish: { ref?: string | undefined }): string | undefined {
  const name = parseName(wished);
  const key = nameKey(name ?? "");
  if (name !== undefined && key === nameKey(chat.you)) {
    refuse(chat, { code: "own-voice", message: "Your own voice is not played to you." }, given(wish));
    return undefined;
  }
  const here = [...chat.members].find((member) => nameKey(member) === key);
  if (here !== undefined) return here;
  if (name !== undefined && chat.loudness.people.has(key)) return name;
  refuse(chat, refusal("no-such-name", { name: cleanName(wished) }), given(wish));
  return undefined;
}
