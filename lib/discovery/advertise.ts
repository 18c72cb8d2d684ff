/**
 * Announces a room (DNS-SD) on every network interface, so that people find it without typing an address.
 *
 * Host names: the SRV target is `<hostname>-<id>.local`, a name of the server and not of the machine. Machines of one
 * name are common (a classroom cloned from one image). Their mDNS daemons resolve the conflict by probing, which this
 * program does not do; an address that it announced under that name would make the rightful owner rename itself.
 */
import { hostname } from "node:os";
import { answersOn, isLoopback } from "./address.ts";
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import { normalZone } from "./interfaces.ts";
import type { Link } from "./links.ts";
import { createMulticastSockets } from "./multicast-sockets.ts";
import { perLink } from "./per-link.ts";
import { type OnProblem, reportOnce, socketProblem } from "./problem.ts";
import { type RoomRecord, recordsOf } from "./record.ts";

export interface AdvertiseOptions extends RoomRecord {
  /** The IP address that the server is bound to, when it is bound to one: only that address is announced. */
  boundTo?: string;
  /** Called once for each problem that keeps the room from being found. */
  onProblem?: OnProblem;
}

export interface Advertisement {
  /** Resolves when the first announcement is out on every current interface. Never rejects: see `onProblem`. */
  ready: Promise<void>;
  /** Sends a goodbye on every interface, then closes. */
  close(): Promise<void>;
}

/** Announces the room until closed, also on links that appear later. */
export function advertise({ onProblem, boundTo = "::", ...record }: AdvertiseOptions): Advertisement {
  const bound = normalZone(boundTo);
  const report = reportOnce(onProblem);
  const sockets = createMulticastSockets();
  const first: Promise<void>[] = [];
  const endpoints = perLink<Endpoint>({
    open(link) {
      const endpoint = openEndpoint(link, sockets, {
        onFailure(error) {
          report(socketProblem(error, link.family));
          endpoints.drop(endpoint);
        },
      });
      const addresses = announcedAddresses(link, bound);
      if (addresses !== undefined) first.push(endpoint.publish(recordsOf(record, hostname(), addresses)));
      return endpoint;
    },
    // The link is gone, so a goodbye would reach no one.
    close: (endpoint) => void endpoint.close(false),
    onProblem: report,
  });
  return {
    ready: Promise.all(first).then(() => {}),
    async close() {
      await Promise.all(endpoints.stop().map((endpoint) => endpoint.close(true)));
    },
  };
}

/** The addresses of the link at which the server answers; undefined: it does not. */
function announcedAddresses({ name, addresses }: Link, boundTo: string): string[] | undefined {
  const answering = addresses.filter((address) => answersOn(boundTo, address));
  if (name !== undefined) return answering.length > 0 ? answering : undefined;
  // The addresses are not known. Clients use the one that the answer came from.
  return isLoopback(boundTo) ? undefined : [];
}
