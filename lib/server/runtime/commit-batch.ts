/**
 * One turn of the event loop: everything that it brought is kept in one transaction, and sent only after its commit.
 * Pure but for the store it is given.
 *
 * The contract:
 * 1. Nothing that follows from a line leaves before the line is committed.
 * 2. From the first `keep` or `recordPresence` of a turn until `settle`, every effect but `log` and `register` is held; they are
 *    delivered in their order.
 *    Without one, effects are delivered at once. Whoever asks for lines gets those that were said before: that settles.
 * 3. If keeping or the commit fails, nothing of the transaction is kept: each of its `keep`s becomes `not-saved` to
 *    its author, in its place; everything else that was held is delivered as it is.
 * 4. A failure ends its transaction at once; what the same turn brings afterwards begins another one.
 * 5. What is held is bounded, in effects and in text: after so much it settles by itself, so that a burst is on its
 *    way before its turn is over.
 */
import { refusal } from "../../protocol/errors.ts";
import type { CoreEffect } from "../room/state.ts";
import type { ConnectionId } from "../session/identity.ts";
import type { SqliteHistory } from "../storage/lines.ts";

/** Where lines are kept. */
export type TurnStore = Pick<SqliteHistory, "add" | "recordPresence" | "isOpen" | "commit" | "rollback">;

/** What is left to be done of an effect. */
export type Delivered = Exclude<CoreEffect, { type: "line" | "presence" }>;

export interface Turn {
  /** Runs an effect, or holds it. */
  run(effect: CoreEffect): void;
  /** Commits, and delivers what is held: at the end of the turn, and before anything is read. */
  settle(): void;
}

type Held = Delivered | Extract<CoreEffect, { type: "line" }>;

const heldMax = 256;
const heldCharsMax = 32_768;

/** `onFailure` is told why something could not be kept, `onSuccess` that a commit came through. */
export function createTurn(
  store: TurnStore,
  deliver: (effect: Delivered) => void,
  onFailure: (thrown: unknown) => void,
  onSuccess: () => void = () => {},
): Turn {
  let held: Held[] = [];
  let heldChars = 0;

  function release(isKept: boolean): void {
    const all = held;
    held = [];
    heldChars = 0;
    for (const effect of all) {
      if (effect.type !== "line") deliver(effect);
      else if (isKept) for (const send of effect.sends) deliver(send);
      else deliver(notSaved(effect.author, effect.ref));
    }
  }

  function attempt(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (thrown) {
      store.rollback();
      onFailure(thrown);
      return false;
    }
  }

  function settle(): void {
    if (!store.isOpen()) return release(true);
    const isKept = attempt(() => store.commit());
    if (isKept) onSuccess();
    release(isKept);
  }

  return {
    run(effect) {
      switch (effect.type) {
        case "presence": {
          const { publicKey: person, name, isPresent, lastId } = effect;
          if (!attempt(() => store.recordPresence(person, name, isPresent, lastId))) release(false);
          return;
        }
        case "line": {
          const { line } = effect;
          held.push(effect);
          heldChars += line?.text.length ?? 0;
          if (line !== undefined && !attempt(() => store.add(line))) return release(false);
          // One that is kept already, and not in this turn, has nothing to wait for.
          if (!store.isOpen()) return release(true);
          break;
        }
        default:
          if (effect.type === "history-query") settle();
          if (!store.isOpen() || effect.type === "log" || effect.type === "registry-change")
            return deliver(effect);
          held.push(effect);
      }
      if (held.length >= heldMax || heldChars >= heldCharsMax) settle();
    },
    settle,
  };
}

function notSaved(author: ConnectionId, ref: string): Delivered {
  return { type: "send", to: [author], message: { type: "error", ...refusal("not-saved"), ref } };
}
