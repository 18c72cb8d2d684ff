/**
 * Shares the file descriptors of the process among people, pending connections and everything else. Pure.
 *
 * The contract:
 * 1. With enough descriptors, there is room for all people, for `limits.pendingConnectionsMax` pending connections, and
 *    for as many that are being closed.
 * 2. Some descriptors are kept for the files of the database, for mDNS, and for accepting a connection to refuse it.
 *    Without a free one, all of these fail.
 * 3. With fewer, people come first, but pending connections get a sixth of the rest, and those that are being closed
 *    another one. Otherwise a few silent connections could keep everyone out.
 */
import { limits } from "../../protocol/limits.ts";

export interface Descriptors {
  /** What the system allows; infinite where it has no limit. */
  max: number;
  open: number;
}

export interface Capacity {
  /** People in the room. */
  clientsMax: number;
  /** Connections that have not said hello. */
  pendingMax: number;
  /** All connections. */
  connectionsMax: number;
}

const keptMin = 16;
const keptMax = 64;
/** This part of what the system allows is kept, within these bounds. */
const keptPart = 1 / 8;
const pendingPart = 1 / 6;
const connectionsMin = 8;

/** `clientsMax`: the people that are wanted. Undefined: a server needs more descriptors than these. */
export function planCapacity(clientsMax: number, descriptors: Descriptors): Capacity | undefined {
  const wanted = clientsMax + 2 * limits.pendingConnectionsMax;
  const connectionsMax = Math.min(wanted, freeFor(descriptors));
  if (connectionsMax < connectionsMin) return undefined;
  const leftByPeople = Math.floor((connectionsMax - clientsMax) / 2);
  const pendingMin = Math.floor(connectionsMax * pendingPart);
  const pendingMax = Math.min(limits.pendingConnectionsMax, Math.max(leftByPeople, pendingMin));
  return { clientsMax: Math.min(clientsMax, connectionsMax - 2 * pendingMax), pendingMax, connectionsMax };
}

/** How many more connections there may be, without those that are kept. */
export function freeFor({ max, open }: Descriptors): number {
  const kept = Math.min(keptMax, Math.max(keptMin, Math.floor(max * keptPart)));
  return Math.max(0, max - open - kept);
}
