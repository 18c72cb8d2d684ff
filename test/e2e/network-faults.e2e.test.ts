/** The system refuses the list of network interfaces: both programs say so, and go on with what works. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { nowhere } from "../support/doctor.ts";
import { clientBinary, openStage, type Result, type Stage, serverBinary } from "../support/holler.ts";
import { canMakeNetworks, createNetwork, type Host, networkHint } from "../support/netns.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasNetworks = requireRig("network namespaces", canMakeNetworks(), networkHint);

const python = "/usr/bin/python3";
const noNetlink = join(import.meta.dir, "../support/no-netlink.py");
const refused = "The network interfaces of this machine cannot be listed (EAFNOSUPPORT): ";

/** IPv4 multicast without a named interface takes the default route. */
const lan = { lans: ["lan"], defaultRoute: true };

const openNetwork = () => createNetwork({ lab: lan, desk: lan });

async function startServer(stage: Stage, host: Host, args: string[] = []) {
  const command = [python, noNetlink, serverBinary, "--log-format", "json", "--name", "Lab 3", ...args];
  const server = await stage.start(command, { host });
  const line = await server.output.next((one) => one.includes('"listening"'), "it listens");
  return { ...server, listening: JSON.parse(line) };
}

/** Repeats `holler servers` until it lists a room: it looks for one second only, which may be too short on a busy machine. */
async function untilListed(list: () => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries += 1) {
    const result = await list();
    if (result.code !== 3 || tries === 20) return result;
  }
}

const holler = (stage: Stage, host: Host, args: string[]): Promise<Result> =>
  stage.holler([noNetlink, clientBinary, ...args], { binary: python, host });

describe.skipIf(!hasNetworks)("a server that cannot list the network interfaces", () => {
  test("starts, warns once, is found by others, and stops cleanly", async () => {
    await using net = openNetwork();
    await using stage = await openStage();
    const server = await startServer(stage, net.host("lab"));
    expect(server.listening.addresses).toEqual([]);
    const alice = await stage.join("alice", [], { host: net.host("desk") });
    const { output } = await untilListed(() =>
      stage.holler(["servers", "--json"], { host: net.host("desk") }),
    );
    const addresses = [net.host("lab").address("lan"), `${net.host("lab").linkLocal("lan")}%eth0`];
    expect(JSON.parse(output)).toMatchObject({
      room: "Lab 3",
      addresses: expect.arrayContaining(addresses),
    });
    alice.do({ do: "quit" });
    expect(await alice.exit()).toBe(0);
    server.signal("SIGTERM");
    expect(await server.exit()).toBe(0);
    const warnings = server.output.items.filter((line) => line.includes('"warning"'));
    expect(warnings.map((line) => JSON.parse(line))).toMatchObject([
      { event: "interfaces-unknown", message: expect.stringContaining(refused) },
    ]);
  });

  test("says so without an announcement, too", async () => {
    await using net = openNetwork();
    await using stage = await openStage();
    const server = await startServer(stage, net.host("lab"), ["--no-advertise"]);
    expect(server.output.items[0]).toContain(refused);
  });
});

describe.skipIf(!hasNetworks)("a client that cannot list the network interfaces", () => {
  test("lists and joins the room, and says what is missing", async () => {
    await using net = openNetwork();
    await using stage = await openStage();
    const desk = net.host("desk");
    await stage.server({ host: net.host("lab"), args: ["--name", "Lab 3"] });
    const why = expect.stringMatching(/^holler: The network interfaces [^\n]+\.\n$/);
    const listed = await untilListed(() => holler(stage, desk, ["servers"]));
    expect(listed).toEqual({ code: 0, output: expect.stringContaining("Lab 3  "), errors: why });
    expect(await holler(stage, desk, ["send", "hi"])).toEqual({ code: 0, output: "", errors: why });
    const there = ["--server", net.host("lab").address("lan")];
    expect(await holler(stage, desk, ["send", ...there, "hi"])).toEqual({ code: 0, output: "", errors: "" });
  });

  test("has a doctor that names the fault and finds the rest well", async () => {
    await using net = openNetwork();
    await using stage = await openStage();
    await stage.server({ host: net.host("lab") });
    const args = [noNetlink, clientBinary, "doctor", "--json"];
    const host = net.host("desk");
    const { code, output } = await stage.holler(args, { binary: python, host, env: nowhere });
    expect(code).toBe(1);
    const findings = output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(findings[0]).toMatchObject({ check: "network", ok: false });
    expect(findings[0].message).toStartWith(refused);
    expect(findings.slice(1, 6).map(({ check, ok }) => [check, ok])).toEqual(
      ["multicast", "rooms", "connection", "identity", "ping"].map((check) => [check, true]),
    );
  });
});
