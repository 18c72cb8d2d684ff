/** Tries multicast out on every interface: a question of our own must come back, or no room is ever heard there. */
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import { currentInterfaces, type NetworkInterface } from "./interfaces.ts";
import { problemReporter } from "./problem.ts";

export interface MulticastProbe {
  interface: NetworkInterface;
  works: boolean;
  /** Why the socket could not be used, in a sentence; without it, packets do not come through. */
  problem?: string;
}

/** Packets get lost: a question that has not come back is asked again after this long. */
const askAgainMs = 200;

/** What every IPv4 interface does with multicast, loopback included; takes `withinMs` where it does not work. */
export function probeMulticast(withinMs: number): Promise<MulticastProbe[]> {
  return Promise.all(currentInterfaces().map((one) => probe(one, withinMs)));
}

async function probe(one: NetworkInterface, withinMs: number): Promise<MulticastProbe> {
  const { promise, resolve } = Promise.withResolvers<MulticastProbe>();
  const report = problemReporter((_code, problem) => resolve({ interface: one, works: false, problem }));
  const endpoint: Endpoint = openEndpoint(one, {
    onEcho: () => resolve({ interface: one, works: true }),
    onFailure: report,
  });
  endpoint.ask();
  const again = setInterval(() => endpoint.ask(), askAgainMs);
  const late = setTimeout(() => resolve({ interface: one, works: false }), withinMs);
  const result = await promise;
  clearInterval(again);
  clearTimeout(late);
  await endpoint.close(false);
  return result;
}
