/** Networks with IPv6 alone: a cable or a switch on which machines have nothing but their link-local addresses. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { startAvahi } from "../support/avahi.ts";
import { examine, found, outline } from "../support/doctor.ts";
import { clientBinary, openStage } from "../support/holler.ts";
import { canMakeNetworks, createNetwork, networkHint } from "../support/netns.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasNetworks = requireRig("network namespaces", canMakeNetworks(), networkHint);
const hasAvahi =
  hasNetworks &&
  requireRig("avahi", hasProgram("avahi-daemon", "avahi-browse", "dbus-daemon"), "scripts/install-rigs.sh");

const cable = { lans: ["lan"], isLinkLocalOnly: true };
const pair = { lab: { ...cable, hostname: "lab-pc" }, desk: cable };

describe.skipIf(!hasNetworks)("two machines with nothing but link-local IPv6 addresses", () => {
  test("find each other and talk, without any configuration", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    const [lab, desk] = [net.host("lab"), net.host("desk")];
    const address = `${lab.linkLocal("lan")}%eth0`;
    // The client looks first, the server comes later.
    const alice = await stage.client("alice", [], { host: desk });
    const server = await stage.server({ host: lab });
    expect(JSON.parse(server.output.items[0] ?? "")).toMatchObject({
      event: "listening",
      addresses: [address],
    });
    expect(await alice.next("welcome")).toMatchObject({ room: "lab-pc's room" });
    const bob = await stage.join("bob", [], { host: lab });
    alice.do({ do: "say", text: "hi" });
    expect(await bob.next("said")).toMatchObject({ from: "alice", text: "hi" });
    // It looks for one second only, which may be too short on a busy machine.
    const list = async (args: string[]): Promise<string> => {
      for (let tries = 0; tries < 20; tries += 1) {
        const { code, output } = await stage.holler(["servers", ...args], { host: desk });
        if (code === 0) return output;
      }
      throw new Error("the room is never listed");
    };
    expect(JSON.parse(await list(["--json"]))).toMatchObject({ room: "lab-pc's room", addresses: [address] });
    expect(await list([])).toContain(`  ${address}  `);
  });

  test("find each other again after the cable was pulled, and after the server was killed", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    const [lab, desk, home] = [net.host("lab"), net.host("desk"), await stage.home()];
    const first = await stage.server({ host: lab, home });
    const alice = await stage.join("alice", [], { host: desk });
    lab.cable("lan", "down");
    await alice.next("connection", { state: "lost" }, 60_000);
    lab.cable("lan", "up");
    // The kernel has removed the address with the cable.
    await lab.run(["ip", "addr", "add", `${lab.linkLocal("lan")}/64`, "dev", "eth0", "nodad"]);
    await alice.next("connection", { state: "restored" }, 60_000);
    await first.kill9();
    await alice.next("connection", { state: "lost" }, 60_000);
    await stage.server({ host: lab, home, args: ["--port", "5000"] });
    await alice.next("connection", { state: "restored" }, 60_000);
  });

  test("reach each other by --server with the interface, and are told when it is missing", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    const [lab, desk] = [net.host("lab"), net.host("desk")];
    const address = lab.linkLocal("lan");
    const server = await stage.server({ host: lab, args: ["--host", `${address}%eth0`, "--port", "4050"] });
    for (const there of [`${address}%eth0`, `[${address}%eth0]:4050`, `${address}%eth0:4050`]) {
      const sent = await stage.holler(["send", "--server", there, "hi"], { host: desk });
      expect({ there, ...sent }).toEqual({ there, code: 0, output: "", errors: "" });
    }
    const send = (there: string) => stage.holler(["send", "--server", there, "hi"], { host: desk });
    expect(await send(address)).toEqual({
      code: 2,
      output: "",
      errors: `holler: ${address} is a link-local address: add %interface, the interface that leads to it (here: eth0), as in ${address}%eth0.\n`,
    });
    expect(await send(`${address}%eth7`)).toMatchObject({
      code: 2,
      errors: expect.stringContaining("No network interface eth7 is up on this machine (here: eth0)"),
    });
    expect(await stage.runServer({ host: lab, args: ["--host", address] })).toMatchObject({
      code: 2,
      errors: expect.stringContaining(`as in ${address}%eth0.`),
    });
    // A name service has no zone to give.
    const hosts = join(server.home.work, "hosts");
    await Bun.write(hosts, `${address} lab-pc\n`);
    const named = 'mount --bind "$0" /etc/hosts && exec "$@"';
    const args = ["--mount", "sh", "-c", named, hosts, clientBinary, "send", "--server", "lab-pc", "hi"];
    expect(await stage.holler(args, { binary: "unshare", host: desk })).toMatchObject({ code: 0 });
    // Bound to one address, it is announced with that.
    expect(await stage.holler(["send", "hi"], { host: desk })).toMatchObject({ code: 0 });
  });

  test("are found healthy by the doctor, and a network that is missing is not", async () => {
    await using net = createNetwork({ ...pair, alone: {} });
    await using stage = await openStage();
    const [lab, desk] = [net.host("lab"), net.host("desk")];
    await stage.server({ host: lab });
    const network = ["network", "multicast", "rooms", "connection", "identity", "ping", "!sound"];
    const examined = await examine(stage, { host: desk });
    expect(outline(examined)).toEqual(network);
    expect(found(examined, "network").message).toBe(`Network: eth0 ${desk.linkLocal("lan")}%eth0`);
    expect(found(examined, "multicast").message).toEndWith("works on eth0 (IPv6)");
    const there = ["--server", `${lab.linkLocal("lan")}%eth0`];
    expect(outline(await examine(stage, { host: desk, args: there }))).toEqual([
      "network",
      ...network.slice(3),
    ]);
    const lost = await examine(stage, { host: net.host("alone"), args: there });
    expect(outline(lost)).toEqual(["!network", "!connection", "!sound"]);
  });
});

test.skipIf(!hasNetworks)(
  "a server with sixteen interfaces has one mDNS socket for each IP family",
  async () => {
    const lans = Array.from({ length: 16 }, (_, n) => `lan${n}`);
    await using net = createNetwork({ lab: { lans }, desk: { lans: ["lan15"], isLinkLocalOnly: true } });
    await using stage = await openStage();
    const server = await stage.server({ host: net.host("lab"), args: ["--name", "Lab 3"] });
    const sockets = (await net.host("lab").run(["cat", "/proc/net/udp", "/proc/net/udp6"]))
      .split("\n")
      .filter((line) => line.includes(":14E9 "));
    expect(sockets).toHaveLength(2);
    const alice = await stage.client("alice", [], { host: net.host("desk") });
    expect(await alice.next("welcome")).toMatchObject({ room: "Lab 3" });
    await server.stop();
  },
);

test.skipIf(!hasAvahi)(
  "avahi resolves a room by IPv6 alone, to an address at which clients can join",
  async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    const avahi = await startAvahi(net.host("desk"), "desk", "IPv6");
    try {
      const server = await stage.server({ host: net.host("lab"), args: ["--name", "Größe 日本"] });
      let [room] = await avahi.browse("_holler._tcp");
      for (let tries = 0; room === undefined && tries < 20; tries += 1)
        [room] = await avahi.browse("_holler._tcp");
      expect(room).toMatchObject({ port: server.port, address: net.host("lab").linkLocal("lan") });
      const there = ["--server", `[${room?.address}%${room?.interface}]:${room?.port}`];
      const alice = await stage.client("alice", there, { host: net.host("desk") });
      expect(await alice.next("welcome")).toMatchObject({ room: "Größe 日本" });
    } finally {
      await avahi.close();
    }
  },
);
