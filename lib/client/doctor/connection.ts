/** Probes a server without joining its room: connects, reads its identity, and measures round trips. */

import { exitStatus, Failure } from "../../base/failure.ts";
import type { Announcement } from "../../discovery/record.ts";
import { connect, shownAddress } from "../desktop/connect.ts";
import { reasonSentence } from "../desktop/failure-sentences.ts";
import { roomPlace, serverPlace } from "../desktop/known-hosts.ts";
import { targetOf } from "../desktop/rooms.ts";
import type { ServerConnection } from "../session/server-connection.ts";
import type { DoctorScope } from "./network-findings.ts";
import type { PingSample, ProbeTarget, ServerProbe } from "./server-probe.ts";

/** Several, so that a ping in a busy moment does not decide the result. */
const pings = 8;
const pingPauseMs = 40;
/** The time limit for the answers after the last ping. */
const pongTimeoutMs = 1_000;
const connectTimeoutMs = 5_000;

/** The target for a server named by `--server`. */
export function namedTarget(
  { host, port }: { host: string; port: number },
  { plaintext }: DoctorScope,
): ProbeTarget {
  const server = { hosts: [host], port, tls: !plaintext };
  return { shown: shownAddress(host, port), key: serverPlace(host, port), server };
}

/** The target for a room that was announced on the network. */
export function announcedTarget(room: Announcement): ProbeTarget {
  return { shown: room.room, key: roomPlace(room.room), server: targetOf(room) };
}

/** Connects, pings and closes. Never rejects: see `failure`. */
export async function probeServer(target: ProbeTarget): Promise<ServerProbe> {
  const startMs = performance.now();
  const elapsedMs = (): number => performance.now() - startMs;
  if (target.server.hosts.length === 0) {
    const failure = `${target.shown} announces no address that is on this network.`;
    return { target, failure, connectMs: elapsedMs(), samples: [] };
  }
  try {
    const connection = await connect(target.server, connectTimeoutMs);
    const connectMs = elapsedMs();
    const samples = await ping(connection).finally(connection.close);
    const { identity } = connection;
    return { target, connectMs, samples, ...(identity === undefined ? {} : { identity }) };
  } catch (thrown) {
    // Any other error is a defect of this program, and its message is not for people.
    const failure = thrown instanceof Failure ? thrown.message : `${target.shown} cannot be reached.`;
    return { target, failure, connectMs: elapsedMs(), samples: [] };
  }
}

/**
 * Sends pings, which a server answers before the handshake; a server of an older version answers none.
 * @throws {Failure} when the server closes the connection with a reason.
 */
async function ping(connection: ServerConnection): Promise<PingSample[]> {
  const samples: PingSample[] = [];
  const unanswered = new Set<number>();
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  connection.attach({
    message(message) {
      if (message.type !== "pong" || !unanswered.delete(message.sent)) return;
      samples.push({ sent: message.sent, at: message.at, received: nowUs() });
      if (samples.length === pings) resolve();
    },
    voice() {},
    closed(why) {
      if (why === undefined) resolve();
      else reject(new Failure(why.code, exitStatus.failed, reasonSentence(why)));
    },
  });
  let count = 0;
  const pinging = setInterval(() => {
    if (count++ >= pings) return;
    const sent = nowUs();
    unanswered.add(sent);
    connection.send({ type: "ping", sent });
  }, pingPauseMs);
  const late = setTimeout(resolve, pings * pingPauseMs + pongTimeoutMs);
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
