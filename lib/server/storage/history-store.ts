/** The history as the host has it: what fails on disk is said once, and never ends the chat. */
import { sentenceOf } from "../../base/failure.ts";
import type { Log } from "../admin/log.ts";
import type { HistoryQuery } from "../room/history.ts";
import type { Page } from "./history-pages.ts";
import type { SqliteHistory } from "./lines.ts";

export interface HistoryShelf extends Pick<SqliteHistory, "add" | "know" | "isOpen" | "commit" | "rollback"> {
  /** The lines that are asked for; none when the disk fails. */
  page(recall: HistoryQuery): Page;
  present: SqliteHistory["present"];
  /** Something could not be kept. */
  failed(thrown: unknown): void;
  succeeded(): void;
  /** Forgets what is too old or too much, and indexes words, all the time, until it is disposed of. */
  startUpkeep(): Disposable;
}

/** Between two looks when there is nothing to do, and between two steps of a longer way, which take a millisecond or some. */
const lookEveryMs = 1_000;
const stepMs = 25;

const unreadable = "What was said before cannot be read";
const untidy = "Old lines cannot be removed, or new ones not be found by their words";

export function createHistoryShelf(history: SqliteHistory, log: Log): HistoryShelf {
  let isFailing = false;
  /** What has been told of, until it works again. */
  const troubles = new Set<string>();

  /** Says it once. */
  function warn(what: string, thrown: unknown): void {
    if (!troubles.has(what))
      log.notice("warning", "history-failed", `${what} (${sentenceOf(thrown)}). The chat goes on.`);
    troubles.add(what);
  }

  return {
    add: history.add,
    know: history.know,
    isOpen: history.isOpen,
    commit: history.commit,
    rollback: history.rollback,
    present: history.present,
    page(recall) {
      try {
        const page = history.page(recall);
        troubles.delete(unreadable);
        return page;
      } catch (thrown) {
        warn(unreadable, thrown);
        // Who catches up is not to take this for everything.
        return { entries: [], more: false, since: Number.MAX_SAFE_INTEGER };
      }
    },
    failed(thrown) {
      if (!isFailing) {
        const why = `Lines cannot be saved (${sentenceOf(thrown)}), and their authors are told so. Make room on the disk.`;
        log.notice("warning", "not-saved", why);
      }
      isFailing = true;
    },
    succeeded() {
      if (isFailing) log.notice("info", "saved-again", "Lines are saved again.");
      isFailing = false;
    },
    startUpkeep() {
      let timer: Timer | undefined;
      const step = (): void => {
        let isMore = false;
        try {
          isMore = history.tidy({ wallMs: Date.now(), monotonicMs: performance.now() });
          troubles.delete(untidy);
        } catch (thrown) {
          warn(untidy, thrown);
        }
        timer = setTimeout(step, isMore ? stepMs : lookEveryMs);
      };
      step();
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };
}
