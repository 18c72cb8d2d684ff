/** Tests multicast on every link: our own query must come back, else no room can be found there. */
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import { type Link, linksOf, type NetworkInterface } from "./links.ts";
import { createMulticastSockets, type MulticastSockets } from "./multicast-sockets.ts";
import { socketProblem } from "./problem.ts";

export interface MulticastProbe {
  link: Pick<Link, "name" | "family" | "internal" | "addresses">;
  works: boolean;
  /** Why the socket could not be used, in a sentence. Without it, a failed probe means that packets are lost. */
  problem?: string;
}

/** Packets get lost, so the query is repeated until it comes back. */
const repeatMs = 200;

/** Probes every link of these interfaces, with loopback. A link where multicast fails takes `timeoutMs` milliseconds. */
export function probeMulticast(
  interfaces: NetworkInterface[] | undefined,
  timeoutMs: number,
): Promise<MulticastProbe[]> {
  const sockets = createMulticastSockets();
  return Promise.all(linksOf(interfaces).map((link) => probe(link, sockets, timeoutMs)));
}

async function probe(link: Link, sockets: MulticastSockets, timeoutMs: number): Promise<MulticastProbe> {
  const { promise, resolve } = Promise.withResolvers<MulticastProbe>();
  const endpoint: Endpoint = openEndpoint(link, sockets, {
    onEcho: () => resolve({ link, works: true }),
    onFailure(error) {
      const problem = socketProblem(error, link.family)?.message;
      resolve({ link, works: false, ...(problem === undefined ? {} : { problem }) });
    },
  });
  endpoint.query();
  const again = setInterval(() => endpoint.query(), repeatMs);
  const late = setTimeout(() => resolve({ link, works: false }), timeoutMs);
  const result = await promise;
  clearInterval(again);
  clearTimeout(late);
  await endpoint.close(false);
  return result;
}
