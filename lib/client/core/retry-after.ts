/**
 * What the server refused because it was too much at once, and that goes again by itself when the server takes it: lines
 * of ours, in their order, and pages that we need. Whatever a person asked for is refused like anything else.
 */
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { pageAgain } from "./catch-up.ts";
import { clipPageAgain } from "./clips.ts";
import { hold } from "./outgoing.ts";
import type { ChatState } from "./state.ts";
import { send } from "./state.ts";

/** What goes again at that moment, on the monotonic clock. */
export interface Later {
  atMs: number;
  message: ClientMessage;
}

/** Whether this was but too fast, and goes again later: then there is nothing to tell. */
export function goesAgain(chat: ChatState, error: Extract<ServerMessage, { type: "error" }>): boolean {
  const { code, ref, seconds = 1 } = error;
  if (code !== tooFast || ref === undefined) return false;
  const line = chat.outgoing.get(ref);
  if (line !== undefined) {
    // Those behind it are refused as well, each by itself.
    line.isSent = false;
    line.isOnWay = false;
    hold(chat, seconds * 1_000);
    return true;
  }
  const message = pageAgain(chat, ref) ?? clipPageAgain(chat, ref);
  if (message === undefined) return false;
  chat.later.push({ atMs: chat.now.monotonicMs + seconds * 1_000, message });
  return true;
}

const tooFast = refusal("too-fast").code;

/** Time has passed: sends what may go again. */
export function goOn(chat: ChatState): void {
  const { monotonicMs } = chat.now;
  const due = chat.later.filter(({ atMs }) => atMs <= monotonicMs);
  chat.later = chat.later.filter(({ atMs }) => atMs > monotonicMs);
  for (const { message } of due) send(chat, message);
}
