/** Decides when to reconnect: at once after a loss, then with exponential backoff. */
import { backoffDelayMs } from "../../base/backoff.ts";
import type { Clock } from "./clock.ts";

/**
 * `connecting` is the state before the first welcome, too. Every transition:
 * - connecting → connected: a welcome came. connecting → waiting: an attempt has failed.
 * - connected → connecting: the connection is lost. connected → waiting: it is lost, and several in a row were short-lived.
 * - waiting → connecting: the backoff delay is over, or the network has changed.
 * - any → gave-up: no attempt can succeed, or the session ends. This state is final.
 */
export type ReconnectState =
  | { type: "connected"; sinceMs: number }
  | { type: "waiting"; failures: number; cancel: () => void }
  | { type: "connecting"; failures: number }
  | { type: "gave-up" };

export interface Reconnect {
  state(): ReconnectState["type"];
  /** A welcome came. */
  connected(): void;
  /** The connection is lost. */
  lost(): void;
  /** The network has changed, so that an attempt is worthwhile at once. */
  hurry(): void;
  giveUp(): void;
}

export interface ReconnectOptions {
  clock: Pick<Clock, "now" | "after">;
  /** A number from 0 up to 1, which spreads clients that lost the same server. */
  random(): number;
  /** One attempt. Success calls `connected`; false: it has failed. Rejects when no attempt can succeed. */
  attempt(): Promise<boolean>;
  /** No other attempt follows. */
  onFailure(failure: unknown): void;
}

/** A connection that is lost within this time is short-lived. */
const lastingMs = 10_000;
/** From this many short-lived connections in a row on, the delay does not grow. */
const shortLivedMax = 3;

/** The state machine of one session, which is connecting for the first time. */
export function createReconnect({ clock, random, attempt, onFailure }: ReconnectOptions): Reconnect {
  let state: ReconnectState = { type: "connecting", failures: 0 };
  let shortLived = 0;

  function connect(failures: number): void {
    state = { type: "connecting", failures };
    attempt().then(
      (isIn) => {
        if (!isIn && state.type === "connecting") wait(failures + 1);
      },
      (failure) => {
        if (state.type === "gave-up") return;
        giveUp();
        onFailure(failure);
      },
    );
  }

  function wait(failures: number): void {
    const cancel = clock.after(backoffDelayMs(failures, random()), () => connect(failures));
    state = { type: "waiting", failures, cancel };
  }

  function giveUp(): void {
    if (state.type === "waiting") state.cancel();
    state = { type: "gave-up" };
  }

  return {
    state: () => state.type,
    connected() {
      if (state.type !== "gave-up") state = { type: "connected", sinceMs: clock.now().monotonicMs };
    },
    lost() {
      if (state.type !== "connected") return;
      const hasLasted = clock.now().monotonicMs - state.sinceMs >= lastingMs;
      shortLived = hasLasted ? 0 : Math.min(shortLived + 1, shortLivedMax);
      // The first short-lived connection is replaced at once.
      if (shortLived <= 1) connect(0);
      else wait(shortLived - 1);
    },
    hurry() {
      if (state.type !== "waiting") return;
      state.cancel();
      connect(state.failures);
    },
    giveUp,
  };
}
