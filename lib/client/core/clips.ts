/** Kept clips: which there are, hearing one again, and writing one to a file. One is fetched at a time, page by page. */
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { ClipInfo, Command } from "../api.ts";
import type { ChatState, Sentence } from "./state.ts";
import { addressed, cleanName, fail, given, refuse, send, show, track } from "./state.ts";
import { volumeOf } from "./volume.ts";

type Wish<Kind extends Command["type"]> = Extract<Command, { type: Kind }>;
type Of<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;
type ClipFields = Of<"clips">["clips"][number];
type Job = Wish<"play"> | Wish<"save">;

/** What is fetched right now. */
interface Fetching {
  job: Job;
  /** Of the page that was asked for last. */
  ref: string;
  /** Known from the first page on. */
  clip?: number;
  packets: Uint8Array[];
  bytes: number;
  /** Nobody wants to hear it any more. */
  isUnwanted: boolean;
}

export interface Clips {
  waiting: Job[];
  fetching: Fetching | undefined;
  saving: { clip: number; seconds: number; job: Wish<"save"> } | undefined;
  /** What is heard again; its stream is a number that no server gives. */
  replay: { stream: number; clip: number; from: string } | undefined;
  lastStream: number;
}

/** Nobody waits for more than that. */
const waitingMax = 100;
const framesMax = limits.transmissionSecondsMax * limits.voiceFramesPerSecond;
const badClip: Sentence = { code: "bad-clip", message: "The server sent a clip that cannot be understood." };

export function createClips(): Clips {
  return { waiting: [], fetching: undefined, saving: undefined, replay: undefined, lastStream: 0 };
}

/** Whether a clip is still to be fetched or written: who leaves waits for that, and for nobody's hearing one again. */
export function isFetchingClips({ clips }: ChatState): boolean {
  return clips.waiting.length > 0 || clips.fetching !== undefined || clips.saving !== undefined;
}

/** How many clips are still to be heard or written. */
export function clipsUnderWay({ clips }: ChatState): number {
  return clips.waiting.length + [clips.fetching, clips.saving, clips.replay].filter(Boolean).length;
}

export function askForClips(chat: ChatState, wish: Wish<"clips">): void {
  send(chat, { type: "clips", ref: track(chat, given(wish)) });
}

export function listClips(chat: ChatState, { ref, clips }: Of<"clips">): void {
  if (!chat.pending.delete(ref)) return;
  show(chat, { type: "clips", clips: clips.map(infoOf) });
}

export function wantClip(chat: ChatState, job: Job): void {
  const { clips } = chat;
  const { clip } = job;
  if (job.type === "play" && chat.recording !== undefined)
    return refuse(chat, { code: "recording", message: "You are talking: play it afterwards." }, given(job));
  if (clip !== undefined && !(Number.isSafeInteger(clip) && clip >= 0))
    return refuse(chat, refusal("no-such-clip", { clip }), given(job));
  if (job.type === "save" && job.file.trim() === "")
    return refuse(chat, { code: "bad-file", message: "Name the file to write." }, given(job));
  if (clips.waiting.length >= waitingMax)
    return refuse(
      chat,
      { code: "busy", message: "Too many clips are waiting; this one is not." },
      given(job),
    );
  clips.waiting.push(job);
  startNext(chat);
}

/** A page has come. */
export function takePage(chat: ChatState, page: Of<"clip">): void {
  const { fetching } = chat.clips;
  if (fetching?.ref !== page.ref) return;
  chat.pending.delete(page.ref);
  chat.clips.fetching = undefined;
  if (!keepPage(fetching, page)) refuse(chat, badClip, given(fetching.job));
  else if (fetching.isUnwanted) dropped(chat, fetching.job);
  else if (fetching.packets.length < page.frames) return askForPage(chat, fetching);
  else complete(chat, fetching, page);
  startNext(chat);
}

/** What asks for the page with this reference once more, if it is the one that we wait for. */
export function clipPageAgain({ clips }: ChatState, ref: string): ClientMessage | undefined {
  return clips.fetching?.ref === ref ? requestOf(clips.fetching) : undefined;
}

/** The server refused what has this reference; perhaps it is a page. */
export function pageRefused(chat: ChatState, ref: string | undefined): void {
  if (ref === undefined || chat.clips.fetching?.ref !== ref) return;
  chat.clips.fetching = undefined;
  startNext(chat);
}

/** The file is written, or is not. */
export function saved(chat: ChatState, error: Sentence | undefined): void {
  const { saving } = chat.clips;
  if (saving === undefined) return;
  chat.clips.saving = undefined;
  const { clip, seconds, job } = saving;
  if (error === undefined) show(chat, { type: "saved", clip, file: cleanLine(job.file), seconds });
  else refuse(chat, error, given(job));
  startNext(chat);
}

/** Whether the stream is that of a replay; then it is over, perhaps with an error. */
export function replayEnded(chat: ChatState, stream: number, error?: Sentence): boolean {
  const { replay } = chat.clips;
  if (replay?.stream !== stream) return false;
  chat.clips.replay = undefined;
  if (error !== undefined) {
    chat.failed = true;
    fail(chat, error);
  }
  show(chat, { type: "played", clip: replay.clip });
  startNext(chat);
  return true;
}

/** Whatever is heard again, or was to be, is not wanted any more. That of which a page is to come is told then. */
export function stopReplay(chat: ChatState): void {
  const { clips } = chat;
  for (const job of clips.waiting) if (job.type === "play") dropped(chat, job);
  clips.waiting = clips.waiting.filter((job) => job.type !== "play");
  if (clips.fetching?.job.type === "play") clips.fetching.isUnwanted = true;
  if (clips.replay !== undefined)
    chat.effects.push({ type: "play-end", stream: clips.replay.stream, how: "cut" });
}

/** We leave: nothing more comes from the server or the speaker. What is being written is finished. */
export function giveUpClips(chat: ChatState): void {
  const { fetching, replay, waiting } = chat.clips;
  if (fetching !== undefined) chat.pending.delete(fetching.ref);
  for (const job of [...(fetching ? [fetching.job] : []), ...waiting]) dropped(chat, job);
  chat.clips = { ...chat.clips, waiting: [], fetching: undefined, replay: undefined };
  if (replay !== undefined) show(chat, { type: "played", clip: replay.clip });
}

/** The connection is lost, and with it what was to come; what is here already is heard to its end. */
export function loseClips(chat: ChatState): void {
  const { clips } = chat;
  const jobs = [...(clips.fetching ? [clips.fetching.job] : []), ...clips.waiting];
  if (clips.fetching !== undefined) chat.pending.delete(clips.fetching.ref);
  clips.fetching = undefined;
  clips.waiting = [];
  for (const job of jobs) dropped(chat, job);
}

function dropped(chat: ChatState, job: Job): void {
  const which = job.clip === undefined ? "The newest clip" : `Clip ${job.clip}`;
  const what = job.type === "save" ? "saved" : "heard";
  refuse(chat, { code: "cancelled", message: `${which} was given up before it was ${what}.` }, given(job));
}

/** Follows a change of volume. Who asks for a clip hears it, also that of somebody who is muted. */
export function adjustReplay(chat: ChatState): void {
  const { replay } = chat.clips;
  if (replay === undefined) return;
  chat.effects.push({ type: "gain", stream: replay.stream, gain: volumeOf(chat, replay.from) });
}

/** One clip is heard again at a time; meanwhile others may be written. */
function startNext(chat: ChatState): void {
  const { clips } = chat;
  if (clips.fetching !== undefined || clips.saving !== undefined) return;
  const index = clips.waiting.findIndex((job) => job.type === "save" || clips.replay === undefined);
  const [job] = index === -1 ? [] : clips.waiting.splice(index, 1);
  if (job === undefined) return;
  askForPage(chat, { job, ref: "", packets: [], bytes: 0, isUnwanted: false });
}

function askForPage(chat: ChatState, fetching: Fetching): void {
  fetching.ref = track(chat, given(fetching.job));
  chat.clips.fetching = fetching;
  send(chat, requestOf(fetching));
}

function requestOf({ clip, job, packets, ref }: Fetching): ClientMessage {
  const which = clip ?? job.clip;
  return { type: "fetch", ...(which === undefined ? {} : { clip: which }), first: packets.length, ref };
}

/** False: a page that does not belong here, or that makes the clip longer than any is. */
function keepPage(fetching: Fetching, page: Of<"clip">): boolean {
  const { packets } = fetching;
  const clip = fetching.clip ?? fetching.job.clip ?? page.clip;
  if (page.clip !== clip || page.first !== packets.length || page.packets.length === 0) return false;
  if (page.frames > framesMax || packets.length + page.packets.length > page.frames) return false;
  fetching.clip = clip;
  for (const text of page.packets) {
    const packet = Uint8Array.fromBase64(text);
    fetching.bytes += packet.length;
    packets.push(packet);
  }
  return fetching.bytes <= limits.clipBytesMax;
}

function complete(chat: ChatState, { job, packets }: Fetching, page: Of<"clip">): void {
  const { clip, from, seconds } = infoOf(page);
  if (job.type === "save") {
    chat.clips.saving = { clip, seconds, job };
    return void chat.effects.push({ type: "save", file: job.file, packets });
  }
  chat.clips.lastStream -= 1;
  const stream = chat.clips.lastStream;
  chat.clips.replay = { stream, clip, from };
  show(chat, { type: "playing", clip, from, seconds });
  chat.effects.push({ type: "replay", stream, packets, gain: volumeOf(chat, from) });
}

function infoOf(clip: ClipFields): ClipInfo {
  const { seconds } = clip;
  return {
    clip: clip.clip,
    from: cleanName(clip.from),
    ...addressed(clip),
    at: cleanLine(clip.at),
    seconds,
  };
}
