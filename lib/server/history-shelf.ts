/** The history as the host has it: what fails on disk is said once, and never ends the chat. */
import { sentenceOf } from "../protocol/failure.ts";
import type { Recall } from "../room/history.ts";
import type { Page } from "./history-pages.ts";
import type { Log } from "./log.ts";
import type { SqliteHistory } from "./sqlite-history.ts";
import type { TurnStore } from "./turn.ts";

export interface HistoryShelf extends TurnStore {
  /** The lines that are asked for; none when the disk fails. */
  page(recall: Recall): Page;
  present: SqliteHistory["present"];
  /** Something could not be kept. */
  failed(thrown: unknown): void;
  succeeded(): void;
  /** Forgets what is too old or too much, and indexes words, all the time, until it is disposed of. */
  startUpkeep(): Disposable;
}

/** Between two looks when there is nothing to do, and between two steps of a longer way. */
const lookEveryMs = 1_000;
const stepMs = 10;

export function createHistoryShelf(history: SqliteHistory, log: Log): HistoryShelf {
  let isFailing = false;
  let hasFailedToRead = false;

  function warnOfReading(thrown: unknown): void {
    if (!hasFailedToRead)
      log.notice("warning", "history-failed", `What was said before cannot be read (${sentenceOf(thrown)}).`);
    hasFailedToRead = true;
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
        hasFailedToRead = false;
        return page;
      } catch (thrown) {
        warnOfReading(thrown);
        return { entries: [], more: false, since: 1 };
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
        } catch (thrown) {
          // A full disk: lines fail for the same reason, and that is told to more people.
          if (!isFailing) warnOfReading(thrown);
        }
        timer = setTimeout(step, isMore ? stepMs : lookEveryMs);
      };
      step();
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };
}
