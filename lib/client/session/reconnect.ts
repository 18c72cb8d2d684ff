/** Decides when to connect again: at once after a loss, then after longer and longer pauses. */
import { backoffDelayMs } from "../../base/backoff.ts";
import type { Clock } from "./clock.ts";

/**
 * `connecting` is the state before the first welcome, too. Every transition:
 * - connecting → connected: a welcome came. connecting → waiting: an attempt has failed.
 * - connected → connecting: the connection is lost. connected → waiting: it was, like others before it, after a short time.
 * - waiting → connecting: the backoff delay is over, or the network has changed.
 * - any → gave-up: an attempt says that no other can succeed, or the session ends. Nothing leads out of it.
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
  /** Connects once; `connected` is called meanwhile, or it resolves to false. Rejects when no attempt can succeed. */
  attempt(): Promise<boolean>;
  /** No other attempt follows. */
  onFailure(failure: unknown): void;
}

/** A connection that is lost sooner was short-lived. */
const lastingMs = 10_000;
/** After so many short-lived connections in a row the pauses become no longer. */
const shortLivedMax = 3;

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
