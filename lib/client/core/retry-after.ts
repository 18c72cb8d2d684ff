/**
 * Repeats requests that the server refused as `too-fast` (like HTTP 429 with Retry-After): our own lines, in their order,
 * and pages that the client itself needs. For any other request the person sees the refusal.
 */
import { refusal } from "../../protocol/errors.ts";
import type { ServerMessageOf } from "../../protocol/messages.ts";
import { pendingPageRequest } from "./catch-up.ts";
import { send } from "./emit.ts";
import { hold } from "./outgoing.ts";
import type { ChatState } from "./state.ts";
import { pendingClipRequest } from "./voice/clips.ts";

const tooFast = refusal("too-fast").code;

/** Plans to repeat the refused request; false: the error must be shown. */
export function scheduleRetry(chat: ChatState, error: ServerMessageOf<"error">): boolean {
  const { code, ref, seconds = 1 } = error;
  if (code !== tooFast || ref === undefined) return false;
  const line = chat.outgoing.get(ref);
  if (line !== undefined) {
    // The server refuses the lines behind it as well, each with an error of its own.
    line.isSent = false;
    line.isInFlight = false;
    hold(chat, seconds * 1_000);
    return true;
  }
  const message = pendingPageRequest(chat, ref) ?? pendingClipRequest(chat, ref);
  if (message === undefined) return false;
  chat.retries.push({ atMs: chat.now.monotonicMs + seconds * 1_000, message });
  return true;
}

/** Sends the requests whose time has come. */
export function retryDue(chat: ChatState): void {
  const { monotonicMs } = chat.now;
  const due = chat.retries.filter(({ atMs }) => atMs <= monotonicMs);
  chat.retries = chat.retries.filter(({ atMs }) => atMs > monotonicMs);
  for (const { message } of due) send(chat, message);
}
