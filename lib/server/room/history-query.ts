/** Requests for lines of the history: which lines a member may ask for. The runtime answers. */
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessageOf } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { HistoryQuery } from "./history.ts";
import type { Member } from "./member.ts";
import type { RoomState } from "./state.ts";
import { refuse } from "./state.ts";

/** The longest text to search for; more words would only make the search slow. */
const wordsCharsMax = 200;
const letterOrDigit = /[\p{L}\p{N}]/u;

/** A page of the history. */
export function queryHistory(room: RoomState, member: Member, message: ClientMessageOf<"history">): void {
  const { before, after, limit, ref } = message;
  query(room, member, ref, {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    isPrivate: message.private ?? false,
    limit,
  });
}

/** The newest lines with all these words. */
export function search(room: RoomState, member: Member, message: ClientMessageOf<"search">): void {
  const { before, limit, ref } = message;
  const words = [...cleanLine(message.words)].slice(0, wordsCharsMax).join("").trim();
  if (!letterOrDigit.test(words)) return refuse(room, member.id, refusal("search-empty"), ref);
  query(room, member, ref, { ...(before === undefined ? {} : { before }), isPrivate: false, words, limit });
}

function query(
  room: RoomState,
  { id, identity, readsFrom }: Member,
  ref: string,
  which: Pick<HistoryQuery, "before" | "after" | "isPrivate" | "words" | "limit">,
): void {
  const reader = identity.publicKey === undefined ? {} : { reader: identity.publicKey };
  const bounds = { from: readsFrom, upTo: room.lastId };
  room.emit({ type: "history-query", id, ref, query: { ...reader, ...bounds, ...which } });
}
