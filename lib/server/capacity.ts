/** Keeps the server within the descriptors (files and sockets) that the system allows, and alive when none is left. */
import { exitStatus, Failure } from "../base/failure.ts";
import { descriptorsMax, hasFreeDescriptor, openDescriptors } from "../system/descriptors.ts";
import type { Log } from "./admin/log.ts";
import { type Capacity, type Descriptors, freeFor, planCapacity } from "./admission/capacity-plan.ts";
import { createConnectionLimiter } from "./admission/connection-limiter.ts";
import { createDescriptorWatch } from "./admission/descriptor-watch.ts";
import type { Listener, ListenOptions } from "./listener.ts";

/** Decides which connections are admitted. */
export type Limiter = ListenOptions["limiter"] & {
  /** Admits only as many connections as there are descriptors for now, but never more than was planned. */
  reduce(): void;
  /** Takes a reduction back, as far as there are descriptors again. */
  recover(): void;
};

const watchEveryMs = 1_000;
const noticeEveryMs = 60_000;

/**
 * What the system leaves room for; to be called when everything is open but sockets.
 * @throws {Failure} `too-few-descriptors`.
 */
export function findCapacity(clientsMax: number): Capacity {
  const descriptors = readDescriptors();
  const capacity = planCapacity(clientsMax, descriptors);
  if (capacity !== undefined) return capacity;
  const why = `The system lets this program open only ${descriptors.max} files and sockets at once, too few for a server. Raise the limit: ulimit -n 1024.`;
  throw new Failure("too-few-descriptors", exitStatus.failed, why);
}

/** Tells the operator when fewer people fit than were asked for. */
export function logCapacity({ clientsMax }: Capacity, wanted: number, log: Log): void {
  if (clientsMax >= wanted) return;
  const why = `The system lets this program open only ${descriptorsMax()} files and sockets at once (ulimit -n): there is room for ${clientsMax} people, not ${wanted}.`;
  log.notice("warning", "descriptor-limit", why);
}

/** A limiter for so many connections, which logs when it refuses some. */
export function limitConnections({ connectionsMax }: Capacity, log: Log): Limiter {
  const limiter = createConnectionLimiter(connectionsMax);
  let isReduced = false;

  function reduce(): void {
    const max = limiter.open() + freeFor(readDescriptors());
    isReduced = max < connectionsMax;
    limiter.resize(Math.min(max, connectionsMax));
  }

  return {
    admit(address, isLocal) {
      const nowMs = performance.now();
      const admission = limiter.admit(address, isLocal, nowMs);
      if (admission !== "admitted" && limiter.isWarningDue(nowMs)) {
        const why = `More connections came than are taken, the last of them from ${address}.`;
        log.notice("warning", admission, why);
      }
      return admission === "admitted";
    },
    left: limiter.left,
    reduce,
    recover() {
      if (isReduced) reduce();
    },
  };
}

/** Pauses the listener while no descriptor is free, until it is disposed of. */
export function watchDescriptors(listener: Listener, limiter: Limiter, log: Log): Disposable {
  let isPaused = false;
  let isTold = false;
  let nextNoticeMs = Number.NEGATIVE_INFINITY;

  /** At most once a minute: a system may run out of them again and again. */
  function tellIfDue(nowMs: number): void {
    if (!isPaused || isTold || nowMs < nextNoticeMs) return;
    isTold = true;
    nextNoticeMs = nowMs + noticeEveryMs;
    const why = "The system gives this program no more files and sockets: for now, no one new can come in.";
    log.notice("warning", "no-descriptors", why);
  }

  const check = createDescriptorWatch({
    hasFreeDescriptor,
    hasRoom: () => freeFor(readDescriptors()) > 0,
    listener,
    paused() {
      isPaused = true;
    },
    resumed() {
      limiter.reduce();
      if (isTold)
        log.notice("info", "descriptors-again", "There are files and sockets again: people can come in.");
      [isPaused, isTold] = [false, false];
    },
  });
  const timer = setInterval(() => {
    check();
    limiter.recover();
    tellIfDue(performance.now());
  }, watchEveryMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function readDescriptors(): Descriptors {
  return { max: descriptorsMax(), open: openDescriptors() };
}
