/** Judges a server that was come to: whether it answered, who it is, how far away, and how well its clock is known. Pure. */
import { changedSentence, classify, type KnownServers, readableIdentity } from "../desktop/known-hosts.ts";
import type { Reached } from "./connection.ts";
import { type Finding, roundMs } from "./finding.ts";

/** One ping and its answer, in µs: ours on our clock, `at` on the server's. */
export interface PingSample {
  sent: number;
  at: number;
  received: number;
}

/** How far away a server is, in ms. */
export interface Distance {
  roundTripMs: number;
  roundTripMsMax: number;
  /** What its clock shows more than ours; its zero is anywhere. */
  clockOffsetMs: number;
  /** The offset is right to this much. */
  clockErrorMs: number;
}

/** The quickest answer is the one that waited nowhere, so it tells most about the clock (RFC 5905 section 10). */
export function distanceOf(samples: PingSample[]): Distance | undefined {
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

/** What there is to say about one server; `others` are the identities that answer in the same name besides. */
export function judgeReached(reached: Reached, known: KnownServers, others: string[]): Finding[] {
  const { place, failure, connectMs, identity } = reached;
  const { shown } = place;
  const where = { room: shown, port: place.target.port };
  if (failure !== undefined) {
    const isAnnounced = place.target.identity !== undefined;
    const message = isAnnounced
      ? `${shown} is announced but not reached. ${failure} A firewall there may block the port.`
      : failure;
    return [{ check: "connection", ok: false, message, figures: where }];
  }
  const secured = identity === undefined ? "not encrypted" : "encrypted with TLS 1.3";
  const connection: Finding = {
    check: "connection",
    ok: true,
    message: `${shown} answers on TCP port ${place.target.port} in ${roundMs(connectMs)} ms, ${secured}`,
    figures: { ...where, encrypted: identity !== undefined, connectMs: roundMs(connectMs) },
  };
  const identities = identity === undefined ? [] : [judgeIdentity(shown, place.key, identity, known, others)];
  return [connection, ...identities, judgeDistance(shown, distanceOf(reached.samples))];
}

function judgeIdentity(
  shown: string,
  key: string,
  identity: string,
  known: KnownServers,
  besides: string[],
): Finding {
  const verdict = classify(known, { place: key, otherIdentities: besides }, identity);
  const readable = readableIdentity(identity);
  const figures = { room: shown, identity: readable, verdict };
  switch (verdict) {
    case "known":
      return {
        check: "identity",
        ok: true,
        message: `${shown} is the server that you have met before`,
        figures,
      };
    case "first":
      return {
        check: "identity",
        ok: true,
        message: `${shown} is new to you; compare its identity with what the server prints: ${readable}`,
        figures,
      };
    case "changed":
      return {
        check: "identity",
        ok: false,
        message: changedSentence(shown, identity, known[key] ?? []),
        figures,
      };
  }
}

function judgeDistance(shown: string, distance: Distance | undefined): Finding {
  if (distance === undefined) {
    const message = `${shown} answers no ping, so the delay to it is not known: its server may be of an older version.`;
    return { check: "ping", ok: false, message, figures: { room: shown } };
  }
  const { roundTripMs, roundTripMsMax, clockOffsetMs, clockErrorMs } = distance;
  const [usual, most, error] = [roundTripMs, roundTripMsMax, clockErrorMs].map(roundMs);
  return {
    check: "ping",
    ok: true,
    message: `Round trip to ${shown}: ${usual} ms, at most ${most} ms; its clock is known to ${error} ms`,
    figures: {
      room: shown,
      roundTripMs: usual,
      roundTripMsMax: most,
      clockOffsetMs: roundMs(clockOffsetMs),
      clockErrorMs: error,
    },
  };
}
