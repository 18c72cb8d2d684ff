/** The log that makes outcomes durable, as the host needs it: the database of one server, or a log that several share. */
import type { CoreEffect } from "../core.ts";

/** The effects that must be durable. All other effects follow from them. */
export type Outcome = Extract<
  CoreEffect,
  { type: "line" | "presence" | "registry-change" | "clip" | "clips-forgotten" }
>;

/**
 * The contract for implementations:
 * 1. Outcomes are committed in the order in which they were appended, in batches. Appended outcomes form the open batch;
 *    `commit` closes it.
 * 2. An outcome that was appended is seen at once by all that the room reads (its `History` and `Registry`), whether it
 *    is committed or not, until its batch is lost.
 * 3. Each batch is answered once, during `commit` or later, and in order: with the outcomes of it that are lost, which
 *    are none where all went well. Several batches may be closed and not answered.
 * 4. Lines and presence records of one batch are kept or lost together. When they are lost, so are those of all batches
 *    that were closed before this answer: a repeated line, whose original is lost, is never confirmed by a later batch.
 * 5. A clip, and a registry change, may be lost alone: a full disk costs the clip, and never the chat. A registry
 *    change holds in memory in any case until the server stops.
 * 6. The log never throws, and answers in bounded time, also when it must first find out whether a batch was committed.
 */
export interface CommitLog {
  /** Adds an outcome to the open batch. False: the batch is lost already, and is to be closed before anything else. */
  append(outcome: Outcome): boolean;
  /** Closes the open batch, of one outcome or more. */
  commit(answer: (lost: ReadonlySet<Outcome>) => void): void;
}
