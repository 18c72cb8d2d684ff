/**
 * Group commit: the outcomes of one tick of the event loop are committed together, and effects that follow from them
 * are deferred until then. Pure but for the log that it is given.
 *
 * The contract:
 * 1. Nothing that follows from an outcome leaves before the outcome is committed.
 * 2. From the first outcome until its commit, effects are deferred and run in their order, also over several batches.
 *    Without an outcome that is not committed, effects run at once.
 * 3. Entries for the server's log run at once in any case: no client sees them.
 * 4. Live voice (`relay`) does not wait for a commit. It is deferred only behind a deferred `voiceStarted`, without
 *    which its receivers do not know its stream, and behind voice that is deferred itself. A connection whose welcome
 *    is deferred gets no voice (see client-connection.ts).
 * 5. A lost line becomes `not-saved` to its author, in its place; a lost clip is not named by the end of its
 *    transmission; everything else that was deferred runs as it is.
 * 6. A batch that the log gives up is closed at once, and later outcomes of the same tick begin another batch.
 * 7. A batch is bounded, in effects and in characters of text: past that it is closed before its tick is over, so that
 *    the first lines of a burst are on their way. All that is deferred is bounded, too: past that, lines are refused
 *    with `not-saved`.
 * 8. A history query is deferred like any other effect. It is answered from the lines that are committed then, up to the
 *    last id at its place in the order (`upTo`).
 */
import { refusal } from "../../protocol/errors.ts";
import type { CoreEffect, Send } from "../core.ts";
import type { CommitLog, Outcome } from "./commit-log.ts";

/** An effect that can be run: not an outcome, which the log takes. */
export type ExecutableEffect = Exclude<CoreEffect, Outcome>;

/** An outcome with an effect that follows from it, or an effect. */
type DeferredEffect = Exclude<CoreEffect, { type: "presence" | "registry-change" | "clips-forgotten" }>;
type Line = Extract<CoreEffect, { type: "line" }>;

interface Batch {
  effects: DeferredEffect[];
  outcomes: number;
  chars: number;
  /** The outcomes that the log has lost, which is its answer; undefined: no answer yet, or the batch is open. */
  lost: ReadonlySet<Outcome> | undefined;
}

export interface CommitBatchSink {
  /** Runs an effect. */
  execute(effect: ExecutableEffect): void;
  /** A batch is about to be committed, which may wait for the disk: the owner writes voice before. */
  willCommit(): void;
  /** A batch was answered after its `commit` had returned: the owner calls `release`. */
  answered(): void;
}

/** Bounds of one batch. */
const batchEffectsMax = 256;
const batchCharsMax = 32_768;
/** Bound of all that is deferred, in effects; reached only when a log answers late. */
const deferredMax = 16_384;

export class CommitBatch {
  private readonly log: CommitLog;
  private readonly sink: CommitBatchSink;
  /** Closed batches in order, until their effects have run. */
  private readonly closed: Batch[] = [];
  private open: Batch = createBatch();
  private deferred = 0;
  /** How many deferred effects hold voice back. */
  private voiceBarriers = 0;
  private isCommitting = false;

  constructor(log: CommitLog, sink: CommitBatchSink) {
    this.log = log;
    this.sink = sink;
  }

  /** Runs an effect of the core, or defers it. */
  run(effect: CoreEffect): void {
    switch (effect.type) {
      case "line":
        // The line is in a batch that was answered already: there is nothing to wait for.
        if (effect.line === undefined && this.isIdle()) return this.sendAll(effect.sends);
        if (this.deferred >= deferredMax) return this.defer(notSaved(effect));
        this.open.chars += effect.line?.text.length ?? 0;
        this.defer(effect, this.open);
        return this.append(effect);
      case "clip":
        this.defer(effect, this.open);
        return this.append(effect);
      case "presence":
      case "registry-change":
      case "clips-forgotten":
        return this.append(effect);
      case "log":
        return this.sink.execute(effect);
      case "relay":
        if (this.voiceBarriers === 0) return this.sink.execute(effect);
        // The body is valid only during this call; slice() of a Buffer would be a view of it.
        return this.defer({ ...effect, body: new Uint8Array(effect.body) });
      default:
        if (this.isIdle()) return this.sink.execute(effect);
        this.defer(effect);
        return this.closeIfFull();
    }
  }

  /** Whether the open batch has outcomes. */
  isOpen(): boolean {
    return this.open.outcomes > 0;
  }

  /** Whether nothing is deferred, and no outcome waits for its commit. */
  isIdle(): boolean {
    return this.open.outcomes === 0 && this.closed.length === 0;
  }

  /** Closes the open batch. Its deferred effects run now, if the log answers now. */
  commit(): void {
    if (!this.isOpen()) return;
    this.sink.willCommit();
    const batch = this.open;
    this.open = createBatch();
    this.closed.push(batch);
    this.isCommitting = true;
    this.log.commit((lost) => {
      batch.lost = lost;
      if (!this.isCommitting) this.sink.answered();
    });
    this.isCommitting = false;
    this.release();
  }

  /** Runs the deferred effects of the batches that are answered. */
  release(): void {
    for (let [batch] = this.closed; batch?.lost !== undefined; [batch] = this.closed) {
      const { effects, lost } = batch;
      this.closed.shift();
      for (const effect of effects) {
        this.deferred -= 1;
        if (isVoiceBarrier(effect)) this.voiceBarriers -= 1;
        this.settle(effect, lost);
      }
    }
  }

  private append(outcome: Outcome): void {
    this.open.outcomes += 1;
    if (this.log.append(outcome)) this.closeIfFull();
    else this.commit();
  }

  private closeIfFull(): void {
    if (this.open.effects.length >= batchEffectsMax || this.open.chars >= batchCharsMax) this.commit();
  }

  /** Defers an effect until its batch is answered: the open one, or else the last closed one. */
  private defer(effect: DeferredEffect, batch = this.isOpen() ? this.open : this.closed.at(-1)): void {
    (batch ?? this.open).effects.push(effect);
    this.deferred += 1;
    if (isVoiceBarrier(effect)) this.voiceBarriers += 1;
  }

  /** Runs a deferred effect, whose batch is answered. */
  private settle(effect: DeferredEffect, lost: ReadonlySet<Outcome>): void {
    switch (effect.type) {
      case "line":
        return lost.has(effect) ? this.sink.execute(notSaved(effect)) : this.sendAll(effect.sends);
      case "clip": {
        const { clip, to, ended } = effect;
        const message = lost.has(effect) ? ended : { ...ended, clip: clip.clip };
        return this.sink.execute({ type: "send", to, message });
      }
      default:
        return this.sink.execute(effect);
    }
  }

  private sendAll(sends: Send[]): void {
    for (const send of sends) this.sink.execute(send);
  }
}

function createBatch(): Batch {
  return { effects: [], outcomes: 0, chars: 0, lost: undefined };
}

/** Whether voice behind this effect waits: otherwise its receivers do not know the stream, or get it out of order. */
function isVoiceBarrier(effect: DeferredEffect): boolean {
  return effect.type === "relay" || (effect.type === "send" && effect.message.type === "voiceStarted");
}

function notSaved({ author, ref }: Line): Send {
  return { type: "send", to: [author], message: { type: "error", ...refusal("not-saved"), ref } };
}
