/** Brings a stay back each time its connection is lost: at once, or later when connections do not last. */

import type { Welcome } from "./handshake.ts";
import type { Joined } from "./join.ts";
import type { Prompter } from "./prompter.ts";
import { comeBack } from "./reconnect.ts";
import type { Link, LinkSink } from "./server-connection.ts";

export interface Returning {
  /** What it takes to come back is known from now on. */
  knows(joined: Joined): void;
  /** We are in. */
  welcomed(): void;
  /** The connection is lost; under this name we were in. */
  lost(name: string): void;
  /** Nobody wants to come back any more. */
  stop(): void;
}

export interface ReturningOptions {
  /** None: nobody can be asked. */
  asker: Prompter | undefined;
  onWelcome: (link: Link, welcome: Welcome) => LinkSink;
  /** There is no coming back. */
  onFailure: (failure: unknown) => void;
}

/** A connection that was lost sooner has not lasted; of so many in a row the pauses become longer. */
const lastingMs = 10_000;
const brokenMax = 3;

export function createReturning({ asker, onWelcome, onFailure }: ReturningOptions): Returning {
  const stopped = new AbortController();
  let joined: Joined | undefined;
  let welcomedMs = 0;
  let broken = 0;
  /** Lost before we knew how to come back: joining keeps things on disk first. */
  let waitingAs: string | undefined;

  function start(known: Joined, name: string): void {
    if (stopped.signal.aborted) return;
    comeBack(known, {
      introduction: { ...known.introduction, hello: { ...known.introduction.hello, name } },
      ...(asker === undefined ? {} : { asker }),
      onWelcome,
      // The first loss of all is met at once.
      failuresBefore: Math.max(0, broken - 1),
      chance: Math.random,
      signal: stopped.signal,
    }).catch(onFailure);
  }

  return {
    knows(known) {
      joined = known;
      if (waitingAs !== undefined) start(known, waitingAs);
    },
    welcomed() {
      welcomedMs = performance.now();
    },
    lost(name) {
      const hasLasted = performance.now() - welcomedMs >= lastingMs;
      broken = hasLasted ? 0 : Math.min(broken + 1, brokenMax);
      if (joined === undefined) waitingAs = name;
      else start(joined, name);
    },
    stop: () => stopped.abort(),
  };
}
