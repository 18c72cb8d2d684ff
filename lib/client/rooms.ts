/** The rooms of this network that really answer: what was announced, and then connected to. */

import { browse } from "../discovery/browse.ts";
import type { Announcement } from "../discovery/record.ts";
import type { Target } from "./link.ts";
import { connect } from "./link.ts";

export interface Rooms {
  /** Those that answered when last tried, in an order that is the same on every machine. */
  answering(): Announcement[];
  /** Resolves when that list has changed, or after `ms`. */
  change(ms?: number): Promise<void>;
  close(): Promise<void>;
}

/** One that does not answer is tried again this often, for as long as it is announced. */
const retryMs = 1_000;

/** Watches the network until closed. `onProblem` is told, in a sentence, what keeps rooms from being found. */
export function watchRooms(onProblem: (message: string) => void): Rooms {
  const answered = new Set<string>();
  const trying = new Set<string>();
  let changed = Promise.withResolvers<void>();

  function announceChange(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  async function attempt(room: Announcement): Promise<void> {
    if (trying.has(room.id)) return;
    trying.add(room.id);
    const answers = await doesAnswer(room);
    trying.delete(room.id);
    const isVisible = browser.visible().some(({ id }) => id === room.id);
    const before = answered.has(room.id);
    if (answers && isVisible) answered.add(room.id);
    else answered.delete(room.id);
    if (before !== answered.has(room.id)) announceChange();
  }

  const browser = browse(
    (visible) => {
      const ids = new Set(visible.map(({ id }) => id));
      for (const id of answered) {
        if (!ids.has(id) && answered.delete(id)) announceChange();
      }
      for (const room of visible) if (!answered.has(room.id)) void attempt(room);
    },
    { onProblem: (_code, message) => onProblem(message) },
  );
  const retry = setInterval(() => {
    for (const room of browser.visible()) if (!answered.has(room.id)) void attempt(room);
  }, retryMs);

  return {
    answering: () =>
      browser
        .visible()
        .filter(({ id }) => answered.has(id))
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

/** How to connect to an announced room. */
export function targetOf(room: Announcement): Target {
  return { hosts: room.addresses, port: room.port, tls: room.fingerprint !== undefined };
}

/** A record may outlive its server, and its port may belong to another program by now. */
async function doesAnswer(room: Announcement): Promise<boolean> {
  try {
    const link = await connect(targetOf(room));
    link.close();
    return (
      link.fingerprint === undefined ||
      link.fingerprint.toBase64({ alphabet: "base64url", omitPadding: true }) === room.fingerprint
    );
  } catch {
    return false;
  }
}

function byNameAndPlace(a: Announcement, b: Announcement): number {
  return a.room.localeCompare(b.room) || a.host.localeCompare(b.host) || a.port - b.port;
}
