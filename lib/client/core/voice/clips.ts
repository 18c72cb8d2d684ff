/** Kept clips: lists them, replays one, and saves one to a file. One is fetched at a time, page by page. */
import { limits } from "../../../protocol/limits.ts";
import type { ClientMessage, ServerMessageOf } from "../../../protocol/messages.ts";
import { cleanLine } from "../../../protocol/text.ts";
import type { ClipInfo, SaveError, ToldError } from "../../api.ts";
import type { CommandOf } from "../chat-io.ts";
import { fail, refOf, refuse, send, show, track } from "../emit.ts";
import { addressed, cleanName } from "../names.ts";
import type { ChatState, ClipFetch, ClipJob } from "../state.ts";
import { volumeOf } from "./volume.ts";

/** The most clips that may wait; no person waits for more. */
const waitingMax = 100;
const framesMax = limits.transmissionSecondsMax * limits.voiceFramesPerSecond;

/** Whether a clip is still being fetched or written: leaving waits for that, and not for a replay. */
export function isFetchingClips({ clips }: ChatState): boolean {
  return clips.waiting.length > 0 || clips.fetching !== undefined || clips.saving !== undefined;
}

/** How many clips are still to be heard or written. */
export function clipsUnderWay({ clips }: ChatState): number {
  return clips.waiting.length + [clips.fetching, clips.saving, clips.replay].filter(Boolean).length;
}

/** Requests the list of clips. */
export function askForClips(chat: ChatState, command: CommandOf<"clips">): void {
  send(chat, { type: "clips", ref: track(chat, refOf(command)) });
}

/** Shows the list of clips that we requested. */
export function listClips(chat: ChatState, { ref, clips }: ServerMessageOf<"clips">): void {
  if (!chat.pending.delete(ref)) return;
  show(chat, { type: "clips", clips: clips.map(infoOf) });
}

/** Plays or saves a clip, behind those that wait already. */
export function queueClip(chat: ChatState, job: ClipJob): void {
  const { clips } = chat;
  const { clip } = job;
  if (job.type === "play" && chat.transmission !== undefined)
    return refuse(chat, { code: "recording", refused: "play" }, refOf(job));
  if (clip !== undefined && !(Number.isSafeInteger(clip) && clip >= 0))
    return refuse(chat, { code: "no-such-clip", clip }, refOf(job));
  if (job.type === "save" && job.file.trim() === "") return refuse(chat, { code: "bad-file" }, refOf(job));
  if (clips.waiting.length >= waitingMax) return refuse(chat, { code: "busy", with: "clips" }, refOf(job));
  clips.waiting.push(job);
  startNext(chat);
}

/** A page of a clip has come. */
export function takeClipPage(chat: ChatState, page: ServerMessageOf<"clip">): void {
  const { fetching } = chat.clips;
  if (fetching?.ref !== page.ref) return;
  chat.pending.delete(page.ref);
  chat.clips.fetching = undefined;
  if (!keepPage(fetching, page)) refuse(chat, { code: "bad-clip" }, refOf(fetching.job));
  else if (fetching.isCancelled) giveUpJob(chat, fetching.job);
  else if (fetching.packets.length < page.frames) return askForPage(chat, fetching);
  else complete(chat, fetching, page);
  startNext(chat);
}

/** The request under way, if it has this client message id. */
export function pendingClipRequest({ clips }: ChatState, ref: string): ClientMessage | undefined {
  return clips.fetching?.ref === ref ? requestOf(clips.fetching) : undefined;
}

/** The server refused a request. If it was for a page of a clip, the next clip is fetched. */
export function pageRefused(chat: ChatState, ref: string | undefined): void {
  if (ref === undefined || chat.clips.fetching?.ref !== ref) return;
  chat.clips.fetching = undefined;
  startNext(chat);
}

/** The file of a clip is written, or could not be. */
export function clipSaved(chat: ChatState, error: SaveError | undefined): void {
  const { saving } = chat.clips;
  if (saving === undefined) return;
  chat.clips.saving = undefined;
  const { clip, seconds, job } = saving;
  if (error === undefined) show(chat, { type: "saved", clip, file: cleanLine(job.file), seconds });
  else refuse(chat, cleanError(error), refOf(job));
  startNext(chat);
}

function cleanError(error: SaveError): SaveError {
  const { file, detail } = error;
  return {
    ...error,
    file: cleanLine(file),
    ...(detail === undefined ? {} : { detail: cleanLine(detail) }),
  };
}

/** Ends the replay, if this is its stream; false: it is not. */
export function replayEnded(chat: ChatState, stream: number, error?: ToldError): boolean {
  const { replay } = chat.clips;
  if (replay?.stream !== stream) return false;
  chat.clips.replay = undefined;
  if (error !== undefined) fail(chat, error);
  show(chat, { type: "played", clip: replay.clip });
  startNext(chat);
  return true;
}

/** Ends the replay and gives up waiting replays. A replay that is being fetched is given up when its page comes. */
export function stopReplay(chat: ChatState): void {
  const { clips } = chat;
  for (const job of clips.waiting) if (job.type === "play") giveUpJob(chat, job);
  clips.waiting = clips.waiting.filter((job) => job.type !== "play");
  if (clips.fetching?.job.type === "play") clips.fetching.isCancelled = true;
  if (clips.replay !== undefined)
    chat.effects.push({ type: "play-end", stream: clips.replay.stream, how: "cut" });
}

/** We leave: clips and the replay are given up. A file that is being written is finished. */
export function giveUpClips(chat: ChatState): void {
  const { replay } = chat.clips;
  loseClips(chat);
  chat.clips.replay = undefined;
  if (replay !== undefined) show(chat, { type: "played", clip: replay.clip });
}

/** The connection is lost: clips that have not come are given up; the replay goes on to its end. */
export function loseClips(chat: ChatState): void {
  const { clips } = chat;
  const jobs = [...(clips.fetching ? [clips.fetching.job] : []), ...clips.waiting];
  if (clips.fetching !== undefined) chat.pending.delete(clips.fetching.ref);
  clips.fetching = undefined;
  clips.waiting = [];
  for (const job of jobs) giveUpJob(chat, job);
}

function giveUpJob(chat: ChatState, job: ClipJob): void {
  const before = job.type === "save" ? "saved" : "heard";
  const { clip } = job;
  refuse(chat, { code: "cancelled", before, ...(clip === undefined ? {} : { clip }) }, refOf(job));
}

/** Applies a change of volume to the replay, which is audible even when its speaker is muted: a person asked for it. */
export function applyReplayVolume(chat: ChatState): void {
  const { replay } = chat.clips;
  if (replay === undefined) return;
  chat.effects.push({ type: "gain", stream: replay.stream, gain: volumeOf(chat, replay.from) });
}

/** Fetches the next clip; one is replayed at a time, and others may be saved meanwhile. */
function startNext(chat: ChatState): void {
  const { clips } = chat;
  if (clips.fetching !== undefined || clips.saving !== undefined) return;
  const index = clips.waiting.findIndex((job) => job.type === "save" || clips.replay === undefined);
  const [job] = index === -1 ? [] : clips.waiting.splice(index, 1);
  if (job === undefined) return;
  askForPage(chat, { job, ref: "", packets: [], bytes: 0, isCancelled: false });
}

function askForPage(chat: ChatState, fetching: ClipFetch): void {
  fetching.ref = track(chat, refOf(fetching.job));
  chat.clips.fetching = fetching;
  send(chat, requestOf(fetching));
}

function requestOf({ clip, job, packets, ref }: ClipFetch): ClientMessage {
  const number = clip ?? job.clip;
  return { type: "fetch", ...(number === undefined ? {} : { clip: number }), first: packets.length, ref };
}

/** Adds a page to a clip. False: it is not the requested page, or the clip is longer than any can be. */
function keepPage(fetching: ClipFetch, page: ServerMessageOf<"clip">): boolean {
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

function complete(chat: ChatState, { job, packets }: ClipFetch, page: ServerMessageOf<"clip">): void {
  const { clip, from, seconds } = infoOf(page);
  if (job.type === "save") {
    chat.clips.saving = { clip, seconds, job };
    return void chat.effects.push({ type: "save-clip", file: job.file, packets });
  }
  chat.clips.lastStream -= 1;
  const stream = chat.clips.lastStream;
  chat.clips.replay = { stream, clip, from };
  show(chat, { type: "playing", clip, from, seconds });
  chat.effects.push({ type: "replay", stream, packets, gain: volumeOf(chat, from) });
}

function infoOf(clip: ServerMessageOf<"clips">["clips"][number]): ClipInfo {
  const { seconds } = clip;
  return {
    clip: clip.clip,
    from: cleanName(clip.from),
    ...addressed(clip),
    at: cleanLine(clip.at),
    seconds,
  };
}
