/** Leaving in good order: the microphone closes at once; lines that wait to be sent, and clips being saved, go first. */
import { send } from "./emit.ts";
import type { ChatState } from "./state.ts";
import { giveUpClips, isFetchingClips, stopReplay } from "./voice/clips.ts";
import { finishEndedStreams } from "./voice/remote-streams.ts";
import { giveUpFloor } from "./voice/transmission.ts";

/** The command `quit`; a second one does not wait for lines and clips. */
export function leaveSoon(chat: ChatState): void {
  if (chat.leaving === "soon") return leaveNow(chat);
  if (chat.leaving === "not") prepare(chat);
}

/** Leaves after a `quit` once no clip is being saved, and no line waits for the page of history that comes before it. */
export function leaveIfSaved(chat: ChatState): void {
  const linesWait = chat.connectionState === "catching-up" && chat.outgoing.size > 0;
  if (chat.leaving === "soon" && !linesWait && !isFetchingClips(chat)) leaveNow(chat);
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
