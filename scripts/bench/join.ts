/** Measures how long a server takes until it listens, and a client until it is in a room and has read the last lines. */
import { limits } from "../../lib/protocol/limits.ts";
import { openStage, type Server, type Stage } from "../../test/support/holler.ts";
import { canMakeNetworks, createNetwork, type Host } from "../../test/support/netns.ts";
import { median, type Row } from "./figures.ts";

const rounds = 20;
const port = 4050;

/** From spawning `holler-server` to the line that says where it is, announced on the network if one can be made. */
export async function measureListening(): Promise<Row[]> {
  await using stage = await openStage();
  const network = canMakeNetworks() ? createNetwork({ server: { lans: ["lan"] } }) : undefined;
  try {
    const start = network === undefined ? {} : { host: network.host("server") };
    const [first, again]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const home = await stage.home();
      for (const times of [first, again]) {
        const begun = performance.now();
        const server = await stage.server({ ...start, home });
        times.push(performance.now() - begun);
        await server.stop();
      }
    }
    return [
      { what: "server start to listening, with its first key to make", value: median(first), unit: "ms" },
      { what: "server start to listening, later", value: median(again), unit: "ms" },
    ];
  } finally {
    await network?.close();
  }
}

/** From spawning `holler --name` to the last lines: across two hosts where those can be made, else on this one. */
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
  await talk(stage, server, host);
  for (let round = 0; round < rounds; round += 1) {
    // Everybody is new here: the server's identity is met and kept within the time.
    const home = await stage.home();
    const begun = performance.now();
    const client = await stage.join(`guest-${crypto.randomUUID().slice(0, 8)}`, server, {
      home,
      ...(host && { host }),
    });
    await client.next("history", { cause: "joining" });
    times.push(performance.now() - begun);
    client.do({ do: "quit" });
    await client.exit();
  }
  return { what, value: median(times), unit: "ms" };
}

/** Says as much as one reads on coming in. */
async function talk(stage: Stage, server: Server | string[], host?: Host): Promise<void> {
  const lines = Array.from({ length: limits.earlierLines }, (_, index) => `line ${index}\n`).join("");
  const at = Array.isArray(server) ? server : server.there;
  await stage.holler(["--name", "talker", ...at], { input: lines, ...(host && { host }) });
}
