/** Leaving in good order: the microphone closes at once, and clips that are being saved are waited for. */

import { giveUpClips, isFetchingClips, stopReplay } from "./clips.ts";
import { hurryHearing } from "./remote-streams.ts";
import type { ChatState } from "./state.ts";
import { send } from "./state.ts";
import { giveUpFloor } from "./transmission.ts";

/** The person wants to leave; asked twice, it does not wait. */
export function leaveSoon(chat: ChatState): void {
  if (chat.leaving === "soon") return leaveNow(chat);
  if (chat.leaving === "not") prepare(chat);
}

/** Leaves if that is wished and nothing is waited for any more. */
export function leaveIfSaved(chat: ChatState): void {
  if (chat.leaving === "soon" && !isFetchingClips(chat)) leaveNow(chat);
}

/** Leaves, whatever is under way; what has not come is told as given up. */
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
  hurryHearing(chat);
}
