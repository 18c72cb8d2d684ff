/**
 * Known hosts (trust on first use, as in OpenSSH): the server identities that this person has met, and whether the one at
 * hand is among them. Pure. An identity is the base64url SHA-256 of the server's certificate.
 */

/**
 * Identities by the place where they were met: `room:Lab 3` when found on the network, `server:host:port` when named.
 * Under `verified` stand those of servers that have proven to know the passphrase of their room.
 */
export type KnownServers = Record<string, string[]>;

/** The way by which this server was found. */
export interface MeetingPoint {
  /** The key in `KnownServers`. */
  place: string;
  /** Identities of other servers that answer under the same room name right now. */
  otherIdentities: string[];
}

const verifiedPlace = "verified";

export type Classification = "known" | "first" | "changed";

/** The place of a room that was found on the network. */
export function roomPlace(room: string): string {
  return `room:${room}`;
}

/** The place of a server that was named by `--server`. */
export function serverPlace(host: string, port: number): string {
  return `server:${host.toLowerCase()}:${port}`;
}

/**
 * Decides whether an identity is trusted. A room is `changed` when another server answers under its name and the known
 * one does not. When the known one answers, too, these are two rooms with one name, and the new one is met for the first
 * time.
 */
export function classify(
  known: KnownServers,
  { place, otherIdentities }: MeetingPoint,
  identity: string,
): Classification {
  const met = known[place] ?? [];
  if (met.includes(identity)) return "known";
  if (met.length === 0 && isVerified(known, identity)) return "known";
  if (met.length === 0 || otherIdentities.some((other) => met.includes(other))) return "first";
  return "changed";
}

/** Whether this server has proven to know the passphrase of its room. */
export function isVerified(known: KnownServers, identity: string): boolean {
  return known[verifiedPlace]?.includes(identity) ?? false;
}

/** Adds an identity to the verified ones. */
export function verify(known: KnownServers, identity: string): KnownServers {
  return remember(known, verifiedPlace, identity, "first");
}

/** Adds an identity to those of a place; a changed one replaces them. */
export function remember(
  known: KnownServers,
  place: string,
  identity: string,
  classification: Classification,
): KnownServers {
  const met = classification === "changed" ? [] : (known[place] ?? []);
  return { ...known, [place]: [...met.filter((other) => other !== identity), identity] };
}

/** Says what a changed identity may mean, and what to do. `shown` is the room or address. */
export function changedSentence(shown: string, identity: string, met: string[]): string {
  return (
    `${shown} has another identity than before: ${readableIdentity(identity)} instead of ` +
    `${met.map(readableIdentity).join(" or ")}. ` +
    "Either the server was set up anew, or another one pretends to be it. Ask the people who run it; " +
    "if it was set up anew, start once with --trust-new-identity."
  );
}

/** An identity as people compare it. */
export function readableIdentity(identity: string): string {
  return `SHA256:${identity}`;
}
