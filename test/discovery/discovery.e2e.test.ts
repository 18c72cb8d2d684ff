/** Shows that rooms are found, and noticed to be gone, across hosts and networks of every shape we promise. */
import { afterEach, describe, expect, test } from "bun:test";
import {
  canMakeNetworks,
  createNetwork,
  type HostOptions,
  type Network,
  networkHint,
} from "../support/netns.ts";
import { requireRig } from "../support/rigs.ts";
import { fixture, lab, startBrowser, startServer } from "./programs.ts";

const available = requireRig("network namespaces", canMakeNetworks(), networkHint);
const timeoutMs = 120_000;

let network: Network | undefined;
const build = (hosts: Record<string, HostOptions>): Network => {
  network = createNetwork(hosts);
  return network;
};
afterEach(async () => {
  await network?.close();
  network = undefined;
});

describe.skipIf(!available)("discovery", () => {
  for (const defaultRoute of [false, true]) {
    test(
      `finds a room ${defaultRoute ? "with" : "without"} a default route`,
      async () => {
        const net = build({
          server: { lans: ["lan"], defaultRoute },
          client: { lans: ["lan"], defaultRoute },
        });
        await startServer(net.host("server"));
        const browser = await startBrowser(net.host("client"));
        const { visible, ms } = await browser.sees(lab.id);
        expect(visible[0]).toMatchObject(lab);
        expect(visible[0]?.addresses).toEqual([net.host("server").address("lan"), "fd99::1"]);
        expect(ms).toBeLessThan(1_000);
      },
      timeoutMs,
    );
  }

  test(
    "a browser that was there first sees the room when it appears, and its goodbye at once",
    async () => {
      const net = build({ server: { lans: ["lan"] }, client: { lans: ["lan"] } });
      const browser = await startBrowser(net.host("client"));
      const server = await startServer(net.host("server"));
      await browser.sees(lab.id);
      const began = performance.now();
      expect(await server.signal("SIGTERM")).toBe(0);
      await browser.sees();
      expect(performance.now() - began).toBeLessThan(1_000);
    },
    timeoutMs,
  );

  test(
    "a server killed with -9 is gone within seconds, and back as soon as it is started again",
    async () => {
      const net = build({ server: { lans: ["lan"] }, client: { lans: ["lan"] } });
      const server = await startServer(net.host("server"));
      const browser = await startBrowser(net.host("client"));
      await browser.sees(lab.id);
      const began = performance.now();
      await server.signal("SIGKILL");
      await browser.sees();
      expect(performance.now() - began).toBeLessThan(6_000);
      await startServer(net.host("server"), { ...lab, port: 5000 });
      expect((await browser.sees(lab.id)).visible[0]?.port).toBe(5000);
    },
    timeoutMs,
  );

  test(
    "on two networks: one entry, the addresses of both, each network told only its own",
    async () => {
      const net = build({
        server: { lans: ["left", "right"] },
        both: { lans: ["left", "right"] },
        left: { lans: ["left"] },
        right: { lans: ["right"] },
      });
      const server = net.host("server");
      await startServer(server);
      const both = await startBrowser(net.host("both"));
      const merged = await both.next(({ visible }) => visible?.[0]?.addresses.length === 4);
      expect(merged.visible).toHaveLength(1);
      expect(merged.visible?.[0]?.addresses.slice(0, 2)).toEqual([
        server.address("left"),
        server.address("right"),
      ]);
      for (const side of ["left", "right"]) {
        const browser = await startBrowser(net.host(side));
        const { visible } = await browser.sees(lab.id);
        expect(visible[0]?.addresses.filter((address) => address.includes("."))).toEqual([
          server.address(side),
        ]);
      }
    },
    timeoutMs,
  );

  test("a pulled cable takes the room away, and it is back when the cable is", async () => {
    const net = build({ server: { lans: ["lan"] }, client: { lans: ["lan"] } });
    await startServer(net.host("server"));
    const browser = await startBrowser(net.host("client"));
    await browser.sees(lab.id);
    net.host("server").cable("lan", "down");
    await browser.sees();
    net.host("server").cable("lan", "up");
    await browser.sees(lab.id);
    net.host("client").cable("lan", "down");
    await browser.sees();
    net.host("client").cable("lan", "up");
    await browser.sees(lab.id);
  }, 120_000);

  test(
    "two rooms of one name are both listed, and one's goodbye leaves the other",
    async () => {
      const net = build({
        one: { lans: ["lan"], hostname: "pc" },
        two: { lans: ["lan"], hostname: "pc" },
        client: { lans: ["lan"] },
      });
      await startServer(net.host("one"));
      const second = await startServer(net.host("two"), { ...lab, id: "ffffff" });
      const third = await startServer(net.host("two"), { ...lab, id: "dddddd", port: 4051 });
      const browser = await startBrowser(net.host("client"));
      await browser.sees(lab.id, "ffffff", "dddddd");
      await third.signal("SIGTERM");
      await browser.sees(lab.id, "ffffff");
      await second.signal("SIGTERM");
      const { visible } = await browser.sees(lab.id);
      expect(visible[0]).toMatchObject(lab);
      // Still announced, not only remembered: a newcomer finds it too.
      await (await startBrowser(net.host("client"))).sees(lab.id);
    },
    timeoutMs,
  );

  test(
    "programs on one machine without any network find each other; nobody else is offered loopback",
    async () => {
      const net = build({ alone: {}, server: { lans: ["lan"] }, client: { lans: ["lan"] } });
      await startServer(net.host("alone"));
      const browsers = await Promise.all([1, 2, 3].map(() => startBrowser(net.host("alone"))));
      for (const browser of browsers)
        expect((await browser.sees(lab.id)).visible[0]?.addresses).toContain("127.0.0.1");
      await startServer(net.host("server"), { ...lab, boundTo: "127.0.0.1" });
      await startServer(net.host("server"), { ...lab, id: "0000ff", boundTo: "0.0.0.0" });
      const { visible } = await (await startBrowser(net.host("client"))).sees("0000ff");
      expect(visible[0]?.addresses).toEqual([net.host("server").address("lan")]);
    },
    timeoutMs,
  );

  test(
    "a port that another program keeps to itself is reported in one sentence, and used once it is free",
    async () => {
      const net = build({ client: {} });
      const script = 'require("node:dgram").createSocket("udp4").bind(5353, () => console.log("bound"))';
      const hog = net.host("client").spawn([process.execPath, "-e", script], { stdout: "pipe" });
      await hog.stdout.getReader().read();
      const server = await startServer(net.host("client"));
      const browser = await startBrowser(net.host("client"));
      expect((await browser.next((line) => line.code !== undefined)).code).toBe("EADDRINUSE");
      hog.kill();
      await browser.sees(lab.id);
      expect(await server.signal("SIGTERM")).toBe(0);
      await browser.sees();
    },
    timeoutMs,
  );

  test(
    "a machine without any IPv4 address starts and ends in good order",
    async () => {
      const net = build({ client: {} });
      await net.host("client").run(["ip", "addr", "flush", "dev", "lo"]);
      const server = await startServer(net.host("client"));
      const browser = await startBrowser(net.host("client"));
      expect(await browser.signal("SIGTERM")).toBe(0);
      expect(await server.signal("SIGTERM")).toBe(0);
    },
    timeoutMs,
  );

  test(
    "two thousand broken packets end neither side and hide nobody",
    async () => {
      const net = build({ server: { lans: ["lan"] }, client: { lans: ["lan"] }, noise: { lans: ["lan"] } });
      const server = await startServer(net.host("server"));
      const browser = await startBrowser(net.host("client"));
      await browser.sees(lab.id);
      await net.host("noise").run([...fixture("noise.ts"), net.host("noise").address("lan")]);
      const late = await startBrowser(net.host("client"));
      await late.next(({ visible }) => visible?.some((room) => room.id === lab.id) === true);
      expect(await server.signal("SIGTERM")).toBe(0);
      await browser.next(({ visible }) => visible?.every((room) => room.id !== lab.id) === true);
      expect(await browser.signal("SIGTERM")).toBe(0);
    },
    timeoutMs,
  );
});
