/** The volume of each person, and who is muted: these change only what is played here, and no other client is told. */
import { nameKey, parseName } from "../../../protocol/text.ts";
import type { CommandOf } from "../chat-io.ts";
import { refOf, refuse, show } from "../emit.ts";
import { cleanName } from "../names.ts";
import type { ChatState, PersonalVolume } from "../state.ts";

const percentMax = 200;
const gainMax = 2;
const unchanged: PersonalVolume = { percent: 100, isMuted: false };

/** The factor for the sound of this person, 0 to 2, muted or not. */
export function volumeOf({ volumes }: ChatState, name: string): number {
  const { percent } = volumes.people.get(nameKey(name)) ?? unchanged;
  return Math.min(gainMax, (volumes.percent / 100) * (percent / 100));
}

export function isMuted({ volumes }: ChatState, name: string): boolean {
  return volumes.people.get(nameKey(name))?.isMuted ?? false;
}

/** Mutes a person, or ends that; true: it was done. */
export function mute(chat: ChatState, command: CommandOf<"mute"> | CommandOf<"unmute">): boolean {
  const name = findPerson(chat, command.name, command);
  if (name === undefined) return false;
  const muted = command.type === "mute";
  change(chat, name, { isMuted: muted });
  show(chat, { type: "muted", name, muted });
  return true;
}

/** Changes the volume of all or of one person; true: it was done. */
export function setVolume(chat: ChatState, command: CommandOf<"volume">): boolean {
  const { percent } = command;
  if (!(percent >= 0 && percent <= percentMax)) {
    refuse(chat, { code: "bad-volume", max: percentMax }, refOf(command));
    return false;
  }
  if (command.name === undefined) {
    chat.volumes.percent = percent;
    show(chat, { type: "volume", percent });
    return true;
  }
  const name = findPerson(chat, command.name, command);
  if (name === undefined) return false;
  change(chat, name, { percent });
  show(chat, { type: "volume", percent, name });
  return true;
}

/** A person with a personal volume keeps it under a new name; without one, the volume of the new name applies. */
export function renameVolume({ volumes }: ChatState, from: string, to: string): void {
  const personal = volumes.people.get(nameKey(from));
  if (personal === undefined) return;
  volumes.people.delete(nameKey(from));
  volumes.people.set(nameKey(to), personal);
}

function change({ volumes }: ChatState, name: string, fields: Partial<PersonalVolume>): void {
  const key = nameKey(name);
  const personal = { ...(volumes.people.get(key) ?? unchanged), ...fields };
  if (personal.percent === unchanged.percent && !personal.isMuted) volumes.people.delete(key);
  else volumes.people.set(key, personal);
}

/** A member in its own spelling, or a person whose volume was changed before; undefined: it was refused. */
function findPerson(
  chat: ChatState,
  typed: string,
  command: { ref?: string | undefined },
): string | undefined {
  const name = parseName(typed);
  const key = nameKey(name ?? "");
  if (name !== undefined && key === nameKey(chat.you)) {
    refuse(chat, { code: "own-voice" }, refOf(command));
    return undefined;
  }
  const member = [...chat.members].find((one) => nameKey(one) === key);
  if (member !== undefined) return member;
  if (name !== undefined && chat.volumes.people.has(key)) return name;
  refuse(chat, { code: "no-such-name", name: cleanName(typed) }, refOf(command));
  return undefined;
}
