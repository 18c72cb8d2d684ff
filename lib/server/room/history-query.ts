/** Lines that were said before: which of them a member may ask for. Whoever keeps them answers. */
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessage } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { HistoryQuery } from "./history.ts";
import type { Member } from "./member.ts";
import type { RoomState } from "./state.ts";
import { refuse } from "./state.ts";

type Ask = Extract<ClientMessage, { type: "history" }>;
type Search = Extract<ClientMessage, { type: "search" }>;

/** Of the words that are searched for; more would only make the search slow. */
const wordsCharsMax = 200;
const letterOrDigit = /[\p{L}\p{N}]/u;

/** A page of what was said. */
export function recall(room: RoomState, member: Member, message: Ask): void {
  const { before, after, limit, ref } = message;
  const which = {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    isPrivate: message.private ?? false,
    limit,
  };
  ask(room, member, ref, which);
}

/** The newest lines with all these words. */
export function search(room: RoomState, member: Member, message: Search): void {
  const { before, limit, ref } = message;
  const words = [...cleanLine(message.words)].slice(0, wordsCharsMax).join("").trim();
  if (!letterOrDigit.test(words)) return refuse(room, member.id, refusal("search-empty"), ref);
  ask(room, member, ref, { ...(before === undefined ? {} : { before }), isPrivate: false, words, limit });
}

function ask(
  room: RoomState,
  member: Member,
  ref: string,
  which: Pick<HistoryQuery, "before" | "after" | "isPrivate" | "words" | "limit">,
): void {
  const { id, publicKey, readsFrom } = member;
  const reader = publicKey === undefined ? {} : { reader: publicKey };
  room.effects.push({
    type: "history-query",
    id,
    ref,
    query: { ...reader, from: readsFrom, upTo: room.lastId, ...which },
  });
}
