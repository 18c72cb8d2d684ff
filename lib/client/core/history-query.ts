/** Queries for lines of the history, by id or by words. */
import { limits } from "../../protocol/limits.ts";
import type { ServerMessageOf } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import { entriesOf } from "./catch-up.ts";
import type { CommandOf } from "./chat-io.ts";
import { refOf, refuse, send, show, track } from "./emit.ts";
import type { ChatState } from "./state.ts";

/** Sends a valid query, and refuses any other. */
export function queryHistory(chat: ChatState, command: CommandOf<"history"> | CommandOf<"search">): void {
  const { before, limit = limits.earlierLines } = command;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= limits.historyPageMax))
    return refuse(chat, { code: "bad-limit", max: limits.historyPageMax }, refOf(command));
  if (before !== undefined && !(Number.isSafeInteger(before) && before >= 0))
    return refuse(chat, { code: "bad-limit" }, refOf(command));
  const words = command.type === "search" ? cleanLine(command.words) : undefined;
  if (words === "") return refuse(chat, { code: "search-empty" }, refOf(command));
  const ref = track(chat, refOf(command));
  chat.historyQueries.set(ref, command.type);
  const range = { limit, ref, ...(before === undefined ? {} : { before }) };
  if (words === undefined) send(chat, { type: "history", ...range });
  else send(chat, { type: "search", words, ...range });
}

/** Shows the lines of a page, if it answers a query of ours. */
export function takeQueryResult(chat: ChatState, page: ServerMessageOf<"history">): void {
  const cause = chat.historyQueries.get(page.ref);
  const origin = chat.pending.get(page.ref);
  chat.historyQueries.delete(page.ref);
  chat.pending.delete(page.ref);
  if (cause === undefined) return;
  show(chat, { type: "history", cause, entries: entriesOf(page), more: page.more, ...refOf(origin ?? {}) });
}
