/**
 * Trust on first use: which server identities this person has met, and whether the one at hand is one of
 * them. Pure. An identity is the base64url SHA-256 of the server's certificate.
 */

/**
 * Identities by where they were met: `room:Lab 3` when found on the network, `server:host:port` when named; under
 * `verified` those that have proven to know the passphrase of their room.
 */
export type KnownServers = Record<string, string[]>;

/** What a person relied on to come to this server. */
export interface Approach {
  /** The key in `KnownServers`. */
  place: string;
  /** Identities of other servers that answer under the same room name right now. */
  besides: string[];
}

const verifiedPlace = "verified";

export type Verdict = "known" | "first" | "changed";

/** The place of a room that was found on the network. */
export function roomPlace(room: string): string {
  return `room:${room}`;
}

/** The place of a server that was named by `--server`. */
export function serverPlace(host: string, port: number): string {
  return `server:${host.toLowerCase()}:${port}`;
}

/**
 * Whether this identity may be trusted. A room whose known server is silent while another one answers in its
 * name is `changed`; while the known one answers too, they are two rooms of one name, and this is a new one.
 */
export function judge(known: KnownServers, { place, besides }: Approach, identity: string): Verdict {
  const met = known[place] ?? [];
  if (met.includes(identity)) return "known";
  if (met.length === 0 && isVerified(known, identity)) return "known";
  if (met.length === 0 || besides.some((other) => met.includes(other))) return "first";
  return "changed";
}

/** Whether this server has proven to know the passphrase of its room. */
export function isVerified(known: KnownServers, identity: string): boolean {
  return known[verifiedPlace]?.includes(identity) ?? false;
}

/** The same with this identity verified. */
export function verify(known: KnownServers, identity: string): KnownServers {
  return remember(known, verifiedPlace, identity, "first");
}

/** The same with this identity met; one that changed replaces those that were there. */
export function remember(
  known: KnownServers,
  place: string,
  identity: string,
  verdict: Verdict,
): KnownServers {
  const met = verdict === "changed" ? [] : (known[place] ?? []);
  return { ...known, [place]: [...met.filter((other) => other !== identity), identity] };
}

/** What to say and do about an identity that changed. `shown` is the room or address. */
export function changedSentence(shown: string, identity: string, met: string[]): string {
  return (
    `${shown} has another identity than before: ${readableIdentity(identity)} instead of ` +
    `${met.map(readableIdentity).join(" or ")}. ` +
    "Either the server was set up anew, or somebody pretends to be it. Ask whoever runs it; " +
    "if it was set up anew, start once with --trust-new-identity."
  );
}

/** An identity as people compare it. */
export function readableIdentity(identity: string): string {
  return `SHA256:${identity}`;
}
