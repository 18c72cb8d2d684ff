/** Lines that were said before, when somebody asks for them. */
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { Command } from "../api.ts";
import { entriesOf } from "./catch-up.ts";
import type { ChatState } from "./state.ts";
import { given, refuse, send, show, track } from "./state.ts";

type Wish = Extract<Command, { type: "history" | "search" }>;

/** Asks for lines, unless the wish makes no sense. */
export function askForLines(chat: ChatState, wish: Wish): void {
  const { before, limit = limits.earlierLines } = wish;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= limits.historyPageMax)) {
    const message = `1 to ${limits.historyPageMax} lines can be asked for at once.`;
    return refuse(chat, { code: "bad-limit", message }, given(wish));
  }
  if (before !== undefined && !(Number.isSafeInteger(before) && before >= 0))
    return refuse(chat, { code: "bad-limit", message: "Ids are whole numbers." }, given(wish));
  const words = wish.type === "search" ? cleanLine(wish.words) : undefined;
  if (words === "") return refuse(chat, refusal("search-empty"), given(wish));
  const ref = track(chat, given(wish));
  chat.recalls.set(ref, wish.type);
  const which = { limit, ref, ...(before === undefined ? {} : { before }) };
  if (words === undefined) send(chat, { type: "history", ...which });
  else send(chat, { type: "search", words, ...which });
}

/** The lines have come, if it was us who asked. */
export function recalled(chat: ChatState, page: Extract<ServerMessage, { type: "history" }>): void {
  const cause = chat.recalls.get(page.ref);
  const asked = chat.pending.get(page.ref);
  chat.recalls.delete(page.ref);
  chat.pending.delete(page.ref);
  if (cause === undefined) return;
  const ref = asked?.ref === undefined ? {} : { ref: asked.ref };
  show(chat, { type: "history", cause, entries: entriesOf(page), more: page.more, ...ref });
}
