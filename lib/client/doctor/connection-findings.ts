/** The findings about a probed server: connection, identity, and round trip. Pure. */
import { changedSentence, classify, type KnownServers, readableIdentity } from "../desktop/known-hosts.ts";
import { type Finding, failed, passed, roundMs } from "./finding.ts";
import type { PingSample, ServerProbe } from "./server-probe.ts";

/** What the pings to a server tell about the network and its clock. */
export interface PingStatistics {
  /** The median. */
  roundTripMs: number;
  roundTripMsMax: number;
  /** How far its clock is ahead of ours. The zero of either clock is arbitrary. */
  clockOffsetMs: number;
  /** The error bound of the offset. */
  clockErrorMs: number;
}

/**
 * The statistics of these pings; undefined when there are none. The clock offset comes from the quickest answer, which
 * waited in the fewest queues (RFC 5905 section 10).
 */
export function pingStatistics(samples: PingSample[]): PingStatistics | undefined {
  const sorted = samples.toSorted((a, b) => a.received - a.sent - (b.received - b.sent));
  const [quickest, middle, slowest] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  if (quickest === undefined || middle === undefined || slowest === undefined) return undefined;
  const tripMs = ({ sent, received }: PingSample): number => (received - sent) / 1_000;
  return {
    roundTripMs: tripMs(middle),
    roundTripMsMax: tripMs(slowest),
    clockOffsetMs: (quickest.at - (quickest.sent + quickest.received) / 2) / 1_000,
    clockErrorMs: tripMs(quickest) / 2,
  };
}

/** The findings about one server; `others` are the identities of other servers that answer under the same name. */
export function checkServer(probe: ServerProbe, knownServers: KnownServers, others: string[]): Finding[] {
  const { target, failure, connectMs, identity } = probe;
  const { shown, server } = target;
  const figures = { room: shown, port: server.port };
  if (failure !== undefined) {
    const isAnnounced = server.identity !== undefined;
    const message = isAnnounced
      ? `${shown} is announced but not reached. ${failure} A firewall there may block the port.`
      : failure;
    return [failed("connection", message, { figures })];
  }
  const encryption = identity === undefined ? "not encrypted" : "encrypted with TLS 1.3";
  const connection = passed(
    "connection",
    `${shown} answers on TCP port ${server.port} in ${roundMs(connectMs)} ms, ${encryption}`,
    { figures: { ...figures, encrypted: identity !== undefined, connectMs: roundMs(connectMs) } },
  );
  const identities =
    identity === undefined ? [] : [checkIdentity(shown, target.key, identity, knownServers, others)];
  return [connection, ...identities, checkRoundTrip(shown, pingStatistics(probe.samples))];
}

function checkIdentity(
  shown: string,
  key: string,
  identity: string,
  knownServers: KnownServers,
  others: string[],
): Finding {
  const verdict = classify(knownServers, { place: key, otherIdentities: others }, identity);
  const readable = readableIdentity(identity);
  const figures = { room: shown, identity: readable, verdict };
  switch (verdict) {
    case "known":
      return passed("identity", `${shown} is the server that you have met before`, { figures });
    case "first":
      return passed(
        "identity",
        `${shown} is new to you; compare its identity with what the server prints: ${readable}`,
        { figures },
      );
    case "changed":
      return failed("identity", changedSentence(shown, identity, knownServers[key] ?? []), { figures });
  }
}

function checkRoundTrip(shown: string, statistics: PingStatistics | undefined): Finding {
  if (statistics === undefined) {
    const message = `${shown} answers no ping, so the delay to it is not known: its server may be of an older version.`;
    return failed("ping", message, { figures: { room: shown } });
  }
  const { roundTripMs, roundTripMsMax, clockOffsetMs, clockErrorMs } = statistics;
  const [median, max, error] = [roundTripMs, roundTripMsMax, clockErrorMs].map(roundMs);
  const figures = {
    room: shown,
    roundTripMs: median,
    roundTripMsMax: max,
    clockOffsetMs: roundMs(clockOffsetMs),
    clockErrorMs: error,
  };
  const fact = `Round trip to ${shown}: ${median} ms, at most ${max} ms; its clock is known to ${error} ms`;
  return passed("ping", fact, { figures });
}
