/** A commit log that a test plays: it answers when it is told to, and loses what it is told to. */
import type { CommitLog, Outcome } from "../../lib/server/runtime/commit-log.ts";

type Answer = (lost: ReadonlySet<Outcome>) => void;

export interface FakeCommitLog extends CommitLog {
  /** The outcomes of the open batch. */
  readonly open: Outcome[];
  /** Batches that are closed and not answered, in order. */
  readonly inFlight: Outcome[][];
  /** Answers the first of them; `isLost`: none by itself. */
  answer(isLost?: (outcome: Outcome) => boolean): void;
  /** From now on every commit is answered before it returns. */
  answersAtOnce: boolean;
  /** Appending these gives the batch up. */
  isRefused: (outcome: Outcome) => boolean;
}

export function createFakeCommitLog(): FakeCommitLog {
  const answers: Answer[] = [];
  const log: FakeCommitLog = {
    open: [],
    inFlight: [],
    answersAtOnce: false,
    isRefused: () => false,
    append(outcome) {
      log.open.push(outcome);
      return !log.isRefused(outcome);
    },
    commit(answer) {
      log.inFlight.push(log.open.splice(0));
      answers.push(answer);
      while (log.answersAtOnce && answers.length > 0) log.answer();
    },
    answer(isLost = () => false) {
      const batch = log.inFlight.shift() ?? [];
      const isGivenUp = batch.some((outcome) => log.isRefused(outcome));
      answers.shift()?.(new Set(batch.filter((outcome) => isGivenUp || isLost(outcome))));
    },
  };
  return log;
}
