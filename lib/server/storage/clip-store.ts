/** Keeps clips and hands them out for the host. A disk that fails costs clips, and never the chat. */

import { sentenceOf } from "../../base/failure.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import type { Log } from "../admin/log.ts";
import type { Clip } from "../room/clips.ts";
import type { CoreEffect } from "../room/state.ts";
import type { SqliteClips } from "./clips.ts";

type Effect<Do extends CoreEffect["type"]> = Extract<CoreEffect, { type: Do }>;

export interface ClipShelf {
  /** False: it could not be kept. */
  keep(clip: Clip, packets: Uint8Array[]): boolean;
  forget(clips: number[]): void;
  /** The answer to `clips`. */
  list(effect: Effect<"list-clips">): ServerMessage;
  /** The answer to `fetch`: `clip`, or an error. */
  read(effect: Effect<"fetch-clip">): ServerMessage;
  /** Forgets what is too old or too much, all the time, until it is disposed of. `nowMs`: the time by which clips age. */
  startPruning(nowMs: () => number): Disposable;
}

/** Between two looks for clips that are too old, and between two steps of a longer way. */
const pruneEveryMs = 10_000;
const pruneStepMs = 50;

export function createClipShelf(store: SqliteClips, log: Log): ClipShelf {
  let hasFailed = false;

  /** Says it once; a full disk fails with every clip. */
  function attempt<Result>(what: string, act: () => Result): Result | undefined {
    try {
      const result = act();
      hasFailed = false;
      return result;
    } catch (thrown) {
      if (!hasFailed)
        log.notice("warning", "clips-failed", `${what} (${sentenceOf(thrown)}). The chat goes on.`);
      hasFailed = true;
      return undefined;
    }
  }

  return {
    keep: (clip, packets) => attempt("What is said is not kept", () => store.keep(clip, packets)) === true,
    forget: (clips) => attempt("Clips could not be removed", () => store.forget(clips)),
    list({ ref, privateClips }) {
      const clips = attempt("Clips cannot be listed", () => store.list(privateClips, limits.clipsListedMax));
      return { type: "clips", ref, clips: clips ?? [] };
    },
    read({ ref, clip, first, privateClips }) {
      const found = attempt("A clip cannot be read", () => {
        const one = store.find(clip, privateClips);
        return one && { ...one, packets: store.packets(one.clip, first) };
      });
      if (found === undefined)
        return { type: "error", ...refusal("no-such-clip", clip === undefined ? {} : { clip }), ref };
      return {
        type: "clip",
        ref,
        ...found,
        first,
        packets: found.packets.map((packet) => packet.toBase64()),
      };
    },
    startPruning(nowMs) {
      let timer: Timer | undefined;
      const step = (): void => {
        const isMore = attempt("Old clips could not be removed", () => store.prune(nowMs()));
        timer = setTimeout(step, isMore === true ? pruneStepMs : pruneEveryMs);
      };
      step();
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };
}
