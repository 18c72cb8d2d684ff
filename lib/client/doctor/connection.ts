/** Comes to a server without joining it: does it answer, is it the one that was met before, and how far away is it? */

import { exitStatus, Failure } from "../../base/failure.ts";
import type { Announcement } from "../../discovery/record.ts";
import type { Target } from "../desktop/connect.ts";
import { connect } from "../desktop/connect.ts";
import { roomPlace, serverPlace } from "../desktop/known-hosts.ts";
import { targetOf } from "../desktop/rooms.ts";
import type { Link } from "../session/server-connection.ts";
import type { PingSample } from "./connection-findings.ts";
import type { Look } from "./network-findings.ts";

/** A server that is looked into. */
export interface Place {
  /** The room or address, for sentences. */
  shown: string;
  /** The key in `KnownServers`. */
  key: string;
  target: Target;
}

export interface Reached {
  place: Place;
  /** Why it was not reached, in a sentence. */
  failure?: string;
  /** TCP and TLS together. */
  connectMs: number;
  /** The base64url SHA-256 of its certificate; undefined in plaintext. */
  identity?: string;
  samples: PingSample[];
}

/** Some of them, so that one that met a busy moment does not count. */
const pings = 8;
const pingEveryMs = 40;
/** How long the last answers are waited for. */
const pongWithinMs = 1_000;
const connectWithinMs = 5_000;

/** A server that was named. */
export function namedPlace({ host, port }: { host: string; port: number }, { plaintext }: Look): Place {
  const target = { hosts: [host], port, tls: !plaintext };
  return { shown: `${host}:${port}`, key: serverPlace(host, port), target };
}

/** A server that announced itself. */
export function announcedPlace(room: Announcement): Place {
  return { shown: room.room, key: roomPlace(room.room), target: targetOf(room) };
}

/** Connects, pings and closes; never rejects. */
export async function reach(place: Place): Promise<Reached> {
  const began = performance.now();
  const took = (): number => performance.now() - began;
  if (place.target.hosts.length === 0) {
    const failure = `${place.shown} announces no address that is on this network.`;
    return { place, failure, connectMs: took(), samples: [] };
  }
  try {
    const link = await connect(place.target, connectWithinMs);
    const connectMs = took();
    const samples = await ping(link).finally(link.close);
    const { identity } = link;
    return { place, connectMs, samples, ...(identity === undefined ? {} : { identity }) };
  } catch (thrown) {
    // Anything else is a fault of ours, and not for people.
    const failure = thrown instanceof Failure ? thrown.message : `${place.shown} cannot be reached.`;
    return { place, failure, connectMs: took(), samples: [] };
  }
}

/**
 * A server answers a ping before it knows who we are. One of an older version answers none.
 * @throws {Failure} when it ends the connection and says why.
 */
async function ping(link: Link): Promise<PingSample[]> {
  const samples: PingSample[] = [];
  const unanswered = new Set<number>();
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  link.attach({
    message(message) {
      if (message.type !== "pong" || !unanswered.delete(message.sent)) return;
      samples.push({ sent: message.sent, at: message.at, received: nowUs() });
      if (samples.length === pings) resolve();
    },
    voice() {},
    closed(why) {
      if (why === undefined) resolve();
      else reject(new Failure(why.code, exitStatus.failed, why.message));
    },
  });
  let count = 0;
  const pinging = setInterval(() => {
    if (count++ >= pings) return;
    const sent = nowUs();
    unanswered.add(sent);
    link.send({ type: "ping", sent });
  }, pingEveryMs);
  const late = setTimeout(resolve, pings * pingEveryMs + pongWithinMs);
  try {
    await done;
  } finally {
    clearInterval(pinging);
    clearTimeout(late);
  }
  return samples;
}

function nowUs(): number {
  return Math.round(performance.now() * 1_000);
}
