/**
 * Carries out commands. Each is checked by the rules of the server first, so that a mistake is refused here, and never
 * closes the connection as a message of a broken program would.
 */
import { limits } from "../../protocol/limits.ts";
import { charCount, cleanLine, parseName } from "../../protocol/text.ts";
import type { Command } from "../api.ts";
import type { CommandOf } from "./chat-io.ts";
import { refOf, refuse, send, track } from "./emit.ts";
import { queryHistory } from "./history-query.ts";
import { leaveSoon } from "./leaving.ts";
import { cleanName } from "./names.ts";
import { queueLine, refuseIfOffline } from "./outgoing.ts";
import type { ChatState, CommandOrigin } from "./state.ts";
import { applyReplayVolume, askForClips, queueClip } from "./voice/clips.ts";
import { applyVolumes } from "./voice/remote-streams.ts";
import type { FloorRequest } from "./voice/transmission.ts";
import { endTransmission, refuseIfNoVoice, requestFloor } from "./voice/transmission.ts";
import { mute, setVolume } from "./voice/volume.ts";

/** How a command is carried out. */
interface CommandRule<Type extends Command["type"]> {
  /** Without a connection it makes no sense, and is refused. Lines wait for one instead. */
  needsConnection: boolean;
  run(chat: ChatState, command: CommandOf<Type>): void;
}

/** Every command has its row, or this does not compile. */
const commandRules: { [Type in Command["type"]]: CommandRule<Type> } = {
  say: { needsConnection: false, run: say },
  whisper: { needsConnection: false, run: whisper },
  rename: { needsConnection: true, run: rename },
  record: { needsConnection: true, run: record },
  talk: { needsConnection: true, run: talk },
  stop: { needsConnection: false, run: (chat) => endTransmission(chat, "stop") },
  cancel: { needsConnection: false, run: (chat) => endTransmission(chat, "cancel") },
  mute: { needsConnection: false, run: changeMuted },
  unmute: { needsConnection: false, run: changeMuted },
  volume: { needsConnection: false, run: changeVolume },
  clips: { needsConnection: true, run: askForClips },
  play: { needsConnection: true, run: play },
  save: { needsConnection: true, run: queueClip },
  who: { needsConnection: true, run: (chat) => send(chat, { type: "who" }) },
  history: { needsConnection: true, run: queryHistory },
  search: { needsConnection: true, run: queryHistory },
  whois: { needsConnection: true, run: whois },
  moderate: { needsConnection: true, run: moderate },
  quit: { needsConnection: false, run: leaveSoon },
};

/** Carries a command out, or refuses it. */
export function handleCommand(chat: ChatState, command: Command): void {
  // After a quit, only a second quit has an effect.
  if (chat.leaving !== "not" && command.type !== "quit") return;
  const { needsConnection } = commandRules[command.type];
  if (needsConnection && refuseIfOffline(chat, "ref" in command ? refOf(command) : {})) return;
  runCommand(chat, command.type, command);
}

/** Generic, so that the compiler sees that the command fits its row. */
function runCommand<Type extends Command["type"]>(
  chat: ChatState,
  type: Type,
  command: { [Each in Command["type"]]: CommandOf<Each> }[Type],
): void {
  commandRules[type].run(chat, command);
}

function say(chat: ChatState, command: CommandOf<"say">): void {
  const origin = { ...refOf(command), text: command.text };
  const text = acceptText(chat, command.text, origin);
  if (text !== undefined) queueLine(chat, { type: "say", text }, origin);
}

function whisper(chat: ChatState, command: CommandOf<"whisper">): void {
  const origin = { ...refOf(command), text: `@${command.to} ${command.text}` };
  const to = acceptName(chat, command.to, origin);
  const text = to && acceptText(chat, command.text, origin);
  if (to === undefined || text === undefined) return;
  queueLine(chat, { type: "whisper", to, text }, origin);
}

function rename(chat: ChatState, command: CommandOf<"rename">): void {
  const name = parseName(command.name);
  if (name === undefined)
    return refuse(chat, { code: "name-invalid", max: limits.nameCharsMax }, refOf(command));
  send(chat, { type: "rename", name, ref: track(chat, refOf(command)) });
}

function record(chat: ChatState, command: CommandOf<"record">): void {
  const seconds = command.seconds ?? limits.transmissionSecondsDefault;
  if (!(seconds >= 1 && seconds <= limits.recordingSecondsMax))
    return refuse(chat, { code: "bad-seconds", max: limits.recordingSecondsMax }, refOf(command));
  takeFloor(chat, command, { seconds, isOpenEnded: false });
}

function talk(chat: ChatState, command: CommandOf<"talk">): void {
  takeFloor(chat, command, { seconds: limits.transmissionSecondsMax, isOpenEnded: true });
}

function changeMuted(chat: ChatState, command: CommandOf<"mute"> | CommandOf<"unmute">): void {
  if (mute(chat, command)) applyVolumes(chat);
}

function changeVolume(chat: ChatState, command: CommandOf<"volume">): void {
  if (!setVolume(chat, command)) return;
  applyVolumes(chat);
  applyReplayVolume(chat);
}

function play(chat: ChatState, command: CommandOf<"play">): void {
  if (!refuseIfNoVoice(chat, command)) queueClip(chat, command);
}

function whois(chat: ChatState, command: CommandOf<"whois">): void {
  const name = acceptName(chat, command.name, refOf(command));
  if (name !== undefined) send(chat, { type: "whois", name, ref: track(chat, refOf(command)) });
}

/** Sends a moderation action. The server decides whether we may. */
function moderate(chat: ChatState, command: CommandOf<"moderate">): void {
  const { type: _, ref: __, name: typedName, reason, minutes, ...action } = command;
  if (minutes !== undefined && !(minutes >= 0 && minutes <= limits.silenceMinutesMax))
    return refuse(chat, { code: "bad-minutes", max: limits.silenceMinutesMax }, refOf(command));
  const name = typedName === undefined ? undefined : acceptName(chat, typedName, refOf(command));
  if (typedName !== undefined && name === undefined) return;
  send(chat, {
    type: "moderate",
    ...action,
    ...(name === undefined ? {} : { name }),
    ...(reason === undefined ? {} : { reason: cleanLine(reason) }),
    ...(minutes === undefined ? {} : { minutes }),
    ref: track(chat, refOf(command)),
  });
}

/** Requests the floor, for everyone or for one person. */
function takeFloor(
  chat: ChatState,
  command: CommandOf<"record"> | CommandOf<"talk">,
  length: Pick<FloorRequest, "seconds" | "isOpenEnded">,
): void {
  if (command.to === undefined) return requestFloor(chat, { ...refOf(command), ...length });
  const to = acceptName(chat, command.to, refOf(command));
  if (to !== undefined) requestFloor(chat, { ...refOf(command), ...length, to });
}

/** The cleaned text; undefined: it was refused. */
function acceptText(chat: ChatState, typed: string, origin: CommandOrigin): string | undefined {
  const text = cleanLine(typed);
  if (text !== "" && charCount(text) <= limits.textCharsMax) return text;
  if (text === "") refuse(chat, { code: "text-empty" }, origin);
  else refuse(chat, { code: "text-too-long", max: limits.textCharsMax }, origin);
  return undefined;
}

/** The name in its normal form; undefined: it is not valid, and was refused. */
function acceptName(chat: ChatState, typed: string, origin: CommandOrigin): string | undefined {
  const name = parseName(typed);
  if (name === undefined) refuse(chat, { code: "no-such-name", name: cleanName(typed) }, origin);
  return name;
}
