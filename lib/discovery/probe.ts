/** Tests multicast on every interface: our own query must come back, else no room can be found there. */
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import { currentInterfaces, type NetworkInterface } from "./interfaces.ts";
import { problemReporter } from "./problem.ts";

export interface MulticastProbe {
  interface: NetworkInterface;
  works: boolean;
  /** Why the socket could not be used, in a sentence. Without it, a failed probe means that packets are lost. */
  problem?: string;
}

/** Packets get lost, so the query is repeated until it comes back. */
const repeatMs = 200;

/** Probes every IPv4 interface, with loopback. An interface where multicast fails takes `timeoutMs` milliseconds. */
export function probeMulticast(timeoutMs: number): Promise<MulticastProbe[]> {
  return Promise.all(currentInterfaces().map((one) => probe(one, timeoutMs)));
}

async function probe(one: NetworkInterface, timeoutMs: number): Promise<MulticastProbe> {
  const { promise, resolve } = Promise.withResolvers<MulticastProbe>();
  const report = problemReporter((_code, problem) => resolve({ interface: one, works: false, problem }));
  const endpoint: Endpoint = openEndpoint(one, {
    onEcho: () => resolve({ interface: one, works: true }),
    onFailure: report,
  });
  endpoint.query();
  const again = setInterval(() => endpoint.query(), repeatMs);
  const late = setTimeout(() => resolve({ interface: one, works: false }), timeoutMs);
  const result = await promise;
  clearInterval(again);
  clearTimeout(late);
  await endpoint.close(false);
  return result;
}
