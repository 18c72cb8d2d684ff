/**
 * Announces a room on every network interface, so that people find it without typing an address.
 *
 * Host names: the SRV target is `<hostname>-<id>.local`, the server's own name, not the machine's. Two machines
 * of one name are common (a classroom cloned from one image); their mDNS daemons settle who keeps it by probing,
 * which we do not do, and an address of ours under that name would make the rightful owner rename itself.
 *
 * Not covered: networks without any IPv4 address. There the room is reached by `--server`.
 */
import { hostname } from "node:os";
import { answersOn } from "./address.ts";
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import { perInterface } from "./interfaces.ts";
import { type OnProblem, problemReporter } from "./problem.ts";
import type { RoomRecord } from "./record.ts";

export interface AdvertiseOptions extends RoomRecord {
  /** The IP address the server is bound to, when it does not listen on every one: no other is offered. */
  boundTo?: string;
  /** Told once for each thing that keeps people from finding the room. */
  onProblem?: OnProblem;
}

export interface Advertisement {
  /** The first announcement is out on every interface there is now. Never rejects: see `onProblem`. */
  ready: Promise<void>;
  /** Says goodbye on every interface, then closes. */
  close(): Promise<void>;
}

/** Announces the room until closed, also on interfaces that appear later. */
export function advertise({ onProblem, boundTo = "::", ...record }: AdvertiseOptions): Advertisement {
  const report = problemReporter(onProblem);
  const first: Promise<void>[] = [];
  const endpoints = perInterface<Endpoint>(
    (one) => {
      const failure = Promise.withResolvers<void>();
      const endpoint = openEndpoint(one, {
        onFailure(error) {
          report(error);
          endpoints.drop(endpoint);
          failure.resolve();
        },
      });
      const addresses = one.addresses.filter((address) => answersOn(boundTo, address));
      if (addresses.length > 0)
        first.push(Promise.race([endpoint.publish(record, hostname(), addresses), failure.promise]));
      return endpoint;
    },
    // Gone with its interface: there is nobody left to say goodbye to.
    (endpoint) => void endpoint.close(false),
  );
  return {
    ready: Promise.all(first).then(() => {}),
    async close() {
      await Promise.all(endpoints.stop().map((endpoint) => endpoint.close(true)));
    },
  };
}
