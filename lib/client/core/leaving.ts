/** Leaving in good order: the microphone closes at once, and clips that are being saved are waited for. */
import { send } from "./emit.ts";
import type { ChatState } from "./state.ts";
import { giveUpClips, isFetchingClips, stopReplay } from "./voice/clips.ts";
import { finishEndedStreams } from "./voice/remote-streams.ts";
import { giveUpFloor } from "./voice/transmission.ts";

/** The command `quit`; a second one does not wait for clips. */
export function leaveSoon(chat: ChatState): void {
  if (chat.leaving === "soon") return leaveNow(chat);
  if (chat.leaving === "not") prepare(chat);
}

/** Leaves after a `quit` once no clip is being saved. */
export function leaveIfSaved(chat: ChatState): void {
  if (chat.leaving === "soon" && !isFetchingClips(chat)) leaveNow(chat);
}

/** Leaves now; clips that are not fetched yet are given up. */
export function leaveNow(chat: ChatState): void {
  if (chat.leaving === "now") return;
  if (chat.leaving === "not") prepare(chat);
  chat.leaving = "now";
  giveUpClips(chat);
  send(chat, { type: "quit" });
  chat.effects.push({ type: "leave" });
}

function prepare(chat: ChatState): void {
  chat.leaving = "soon";
  giveUpFloor(chat);
  stopReplay(chat);
  finishEndedStreams(chat);
}
