/** Measures how long a client takes from its start to being in the room, found by itself or named. */
import { openStage, type Server, type Stage } from "../../test/support/holler.ts";
import { canMakeNetworks, createNetwork, type Host } from "../../test/support/netns.ts";
import { median, type Row } from "./figures.ts";

const rounds = 20;
const port = 4050;

/** From spawning `holler --name` to its welcome: across two hosts where those can be made, else on this one. */
export async function measureJoin(): Promise<Row[]> {
  await using stage = await openStage();
  if (!canMakeNetworks()) {
    const server = await stage.server();
    return [await row(stage, "start to joined, by --server, loopback", server)];
  }
  const network = createNetwork({ server: { lans: ["lan"] }, client: { lans: ["lan"] } });
  try {
    const host = network.host("client");
    const server = await stage.server({ host: network.host("server"), args: ["--port", String(port)] });
    const there = ["--server", `${network.host("server").address("lan")}:${port}`];
    const named = await row(stage, "start to joined, by --server", there, host);
    const found = await row(stage, "start to joined, by discovery", server, host);
    return [{ ...found, reference: { what: "by --server", value: named.value } }, named];
  } finally {
    await network.close();
  }
}

async function row(stage: Stage, what: string, server: Server | string[], host?: Host): Promise<Row> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Everybody is new here: the server's identity is met and kept within the time.
    const home = await stage.home();
    const begun = performance.now();
    const client = await stage.join(`guest-${round}`, server, { home, ...(host && { host }) });
    times.push(performance.now() - begun);
    client.do({ do: "quit" });
    await client.exit();
  }
  return { what, value: median(times), unit: "ms" };
}
