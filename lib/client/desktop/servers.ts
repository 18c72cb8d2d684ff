/** `holler servers`: the rooms on this network that answer right now. */

import { exitStatus, Failure } from "../../base/failure.ts";
import { preferWithoutZone } from "../../discovery/address.ts";
import type { Announcement } from "../../discovery/record.ts";
import { safeJson } from "../../protocol/text.ts";
import { readableIdentity } from "./known-hosts.ts";
import { watchRooms } from "./rooms.ts";

/** Long enough for every server on a busy network to answer, and for those that do not to be tried. */
const lookMs = 1_000;

/**
 * The lines to print, one a room.
 * @throws {Failure} `no-room` when there is none.
 */
export async function listServers(json: boolean, onProblem: (message: string) => void): Promise<string[]> {
  const rooms = watchRooms(onProblem);
  const until = performance.now() + lookMs;
  for (let left = lookMs; left > 0; left = until - performance.now()) await rooms.change(left);
  const found = rooms.answering();
  await rooms.close();
  if (found.length === 0)
    throw new Failure("no-room", exitStatus.noRoom, "There is no room on this network.");
  return found.map(json ? serverJson : serverLine);
}

/** One room for programs. `passphrase`: it needs one. */
export function serverJson(announced: Announcement): string {
  const { room, host, port, addresses, fingerprint, protocol, needsPassphrase } = announced;
  const identity = fingerprint === undefined ? undefined : readableIdentity(fingerprint);
  const passphrase = needsPassphrase ? { passphrase: true } : {};
  return safeJson({ room, host, port, addresses, identity, protocol, ...passphrase });
}

/** One room for people. */
export function serverLine(announced: Announcement): string {
  const { room, host, port, addresses, fingerprint, needsPassphrase } = announced;
  const identity = fingerprint === undefined ? "not encrypted" : readableIdentity(fingerprint);
  const passphrase = needsPassphrase ? ["needs a passphrase"] : [];
  const shown = preferWithoutZone(addresses).join(" ");
  return [room, `${host}:${port}`, shown, identity, ...passphrase].join("  ");
}
