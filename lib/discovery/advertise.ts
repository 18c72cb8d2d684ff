/**
 * Announces a room (DNS-SD) on every network interface, so that people find it without typing an address.
 *
 * Host names: the SRV target is `<hostname>-<id>.local`, a name of the server and not of the machine. Machines of one
 * name are common (a classroom cloned from one image). Their mDNS daemons resolve the conflict by probing, which this
 * program does not do; an address that it announced under that name would make the rightful owner rename itself.
 *
 * Not covered: networks without any IPv4 address. There, the room is reached by `--server`.
 */
import { hostname } from "node:os";
import { answersOn } from "./address.ts";
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import { perInterface } from "./interfaces.ts";
import { type OnProblem, problemReporter } from "./problem.ts";
import type { RoomRecord } from "./record.ts";

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
    // The interface is gone, so a goodbye would reach no one.
    (endpoint) => void endpoint.close(false),
  );
  return {
    ready: Promise.all(first).then(() => {}),
    async close() {
      await Promise.all(endpoints.stop().map((endpoint) => endpoint.close(true)));
    },
  };
}
