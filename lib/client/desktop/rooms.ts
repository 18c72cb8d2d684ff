/** The rooms of this network that answer: each announcement is verified by a connection. */
import { Failure, sentenceOf } from "../../base/failure.ts";
import { browse } from "../../discovery/browse.ts";
import { nearbyAddresses } from "../../discovery/interfaces.ts";
import { reportOnce } from "../../discovery/problem.ts";
import type { Announcement } from "../../discovery/record.ts";
import type { Target } from "./connect.ts";
import { connect } from "./connect.ts";

export interface Rooms {
  /** The rooms whose server has answered, in an order that is the same on every machine. */
  answering(): Announcement[];
  /** Resolves when that list has changed, or after `ms`. */
  change(ms?: number): Promise<void>;
  close(): Promise<void>;
}

/** The fields of an announcement that were verified; when one changes, they are verified again. */
type Offer = string;

/** A room that does not answer is tried again after this long, then after longer and longer pauses. */
const retryMs = 1_000;
const retryMsMax = 30_000;
/** The most rooms that are tried at once: a stranger can announce any number. */
const trialsMax = 8;
const addressesTriedMax = 8;

/** Watches the network until closed. `onProblem` is told, in a sentence, what prevents rooms from being found. */
export function watchRooms(onProblem: (message: string) => void): Rooms {
  const proven = new Set<Offer>();
  const trying = new Set<Offer>();
  const report = reportOnce(({ message }) => onProblem(message));
  const failures = new Map<Offer, { count: number; retryAt: number }>();
  let changed = Promise.withResolvers<void>();

  function announceChange(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  async function attempt(room: Announcement, offer: Offer): Promise<void> {
    trying.add(offer);
    const failure = await failureOf(room);
    trying.delete(offer);
    // The room may well answer, but this program cannot find out.
    if (failure?.code === "too-many-files") report(failure);
    if (failure === undefined) {
      proven.add(offer);
      failures.delete(offer);
      announceChange();
    } else {
      const count = (failures.get(offer)?.count ?? 0) + 1;
      const pause = Math.min(retryMs * 2 ** (count - 1), retryMsMax);
      failures.set(offer, { count, retryAt: performance.now() + pause });
    }
    tryOthers();
  }

  /** Tries rooms that are announced and not verified. */
  function tryOthers(): void {
    for (const room of browser.visible()) {
      const offer = offerOf(room);
      const isTooSoon = performance.now() < (failures.get(offer)?.retryAt ?? 0);
      if (trying.size >= trialsMax || isTooSoon || proven.has(offer) || trying.has(offer)) continue;
      void attempt(room, offer);
    }
  }

  function forgetOthers(visible: Announcement[]): void {
    const offers = new Set(visible.map(offerOf));
    for (const offer of failures.keys()) if (!offers.has(offer)) failures.delete(offer);
    for (const offer of proven) if (!offers.has(offer) && proven.delete(offer)) announceChange();
  }

  const browser = browse(
    (visible) => {
      forgetOthers(visible);
      tryOthers();
    },
    { onProblem: report },
  );
  const retry = setInterval(tryOthers, retryMs);

  return {
    answering: () =>
      browser
        .visible()
        .filter((room) => proven.has(offerOf(room)))
        .sort(byNameAndPlace),
    async change(ms) {
      const { promise } = changed;
      if (ms === undefined) return promise;
      const timeout = Promise.withResolvers<void>();
      const timer = setTimeout(timeout.resolve, ms);
      await Promise.race([promise, timeout.promise]);
      clearTimeout(timer);
    },
    close() {
      clearInterval(retry);
      return browser.close();
    },
  };
}

/** How to connect to an announced room: on this network only, and to the very server that was announced. */
export function targetOf({ addresses, port, fingerprint }: Announcement): Target {
  const hosts = nearbyAddresses(addresses).slice(0, addressesTriedMax);
  return fingerprint === undefined
    ? { hosts, port, tls: false }
    : { hosts, port, tls: true, identity: fingerprint };
}

/** A certificate identifies a server at any address; without one, the addresses identify it. */
function offerOf({ id, room, port, fingerprint, addresses }: Announcement): Offer {
  return JSON.stringify([id, room, port, fingerprint ?? addresses]);
}

/**
 * Why a room does not answer; undefined when it does. An announcement may outlive its server, and its port may belong to
 * another program by now.
 */
async function failureOf(room: Announcement): Promise<Pick<Failure, "code" | "message"> | undefined> {
  try {
    const connection = await connect(targetOf(room));
    connection.close();
    return undefined;
  } catch (thrown) {
    return thrown instanceof Failure ? thrown : { code: "defect", message: sentenceOf(thrown) };
  }
}

function byNameAndPlace(a: Announcement, b: Announcement): number {
  return a.room.localeCompare(b.room) || a.host.localeCompare(b.host) || a.port - b.port;
}
