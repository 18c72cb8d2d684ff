/** The commit log of a server by itself: its SQLite file, which answers every commit before it returns. */
import type { CommitLog, Outcome } from "../runtime/commit-log.ts";
import type { SqliteClips } from "./clips.ts";
import type { IsolatedHistory } from "./lines.ts";
import type { SqliteRegistry } from "./registry.ts";

export interface SqliteCommitLogParts {
  history: Pick<
    IsolatedHistory,
    "add" | "recordPresence" | "isOpen" | "commit" | "rollback" | "failed" | "succeeded"
  >;
  registry: Pick<SqliteRegistry, "apply" | "used" | "isDirty" | "write">;
  clips: Pick<SqliteClips, "keep" | "forget">;
}

const none: ReadonlySet<Outcome> = new Set();

/**
 * Lines and presence records of a batch are one transaction, which the first of them opens. Registry changes hold in
 * memory at once, and are written behind it by themselves: a line that is lost must not undo a ban, nor a registry that
 * cannot be written cost a line. Clips follow, each by itself, for the same reason.
 */
export function createSqliteCommitLog({ history, registry, clips }: SqliteCommitLogParts): CommitLog {
  /** The open batch. */
  let outcomes: Outcome[] = [];
  let lost: ReadonlySet<Outcome> = none;

  /** Keeps nothing of the transaction. */
  function lose(thrown: unknown): void {
    history.rollback();
    history.failed(thrown);
    lost = new Set(outcomes.filter(({ type }) => type === "line" || type === "presence"));
  }

  function attempt(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (thrown) {
      lose(thrown);
      return false;
    }
  }

  function commitTransaction(): void {
    if (history.isOpen() && attempt(history.commit)) history.succeeded();
  }

  function keepClips(): void {
    for (const outcome of outcomes) {
      if (outcome.type === "clips-forgotten") clips.forget(outcome.clips);
      if (outcome.type === "clip" && !clips.keep(outcome.clip, outcome.packets))
        lost = new Set(lost).add(outcome);
    }
  }

  return {
    append(outcome) {
      outcomes.push(outcome);
      switch (outcome.type) {
        case "line": {
          const { line } = outcome;
          return line === undefined || attempt(() => history.add(line));
        }
        case "presence": {
          const { publicKey, name, isPresent, lastId } = outcome;
          registry.used(publicKey, name);
          return attempt(() => history.recordPresence(publicKey, name, isPresent, lastId));
        }
        case "registry-change":
          registry.apply(outcome.change);
          return true;
        case "clip":
        case "clips-forgotten":
          return true;
      }
    },
    commit(answer) {
      commitTransaction();
      if (registry.isDirty()) registry.write();
      keepClips();
      const answered = lost;
      outcomes = [];
      lost = none;
      answer(answered);
    },
  };
}
