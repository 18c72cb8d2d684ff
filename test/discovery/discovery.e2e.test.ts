/** Rooms are found, and dropped when they are gone, across hosts and networks of every shape that the README promises. */
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
        const server = net.host("server");
        expect(visible[0]?.addresses.toSorted()).toEqual([
          server.address("lan"),
          "fd99::1",
          `${server.linkLocal("lan")}%eth0`,
        ]);
        expect(ms).toBeLessThan(1_000);
      },
      timeoutMs,
    );
  }

  test(
    "shows a room to a browser that was started first, and drops it at once after its goodbye",
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
    "drops a server killed with -9 within seconds, and finds it again when it is restarted",
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
    "lists a server on two networks once, with the addresses of both, and announces to each network its own only",
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
      const direct = [
        server.address("left"),
        server.address("right"),
        `${server.linkLocal("left")}%eth0`,
        `${server.linkLocal("right")}%eth1`,
      ];
      const merged = await both.next(
        ({ visible }) => visible?.[0]?.addresses.join().startsWith(direct.join()) === true,
      );
      expect(merged.visible).toHaveLength(1);
      expect(merged.visible?.[0]?.addresses).toEqual([...direct, "fd99::1", "fd99:1::1"]);
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

  test("drops a room when a cable is pulled and finds it again when the cable is back", async () => {
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
    "lists two rooms of one name, and the goodbye of one leaves the other",
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
      // The room is still announced and not only cached: a new browser finds it too.
      await (await startBrowser(net.host("client"))).sees(lab.id);
    },
    timeoutMs,
  );

  test(
    "lets programs on one machine without any network find each other, and announces loopback to no other machine",
    async () => {
      const net = build({ alone: {}, server: { lans: ["lan"] }, client: { lans: ["lan"] } });
      await startServer(net.host("alone"));
      const browsers = await Promise.all([1, 2, 3].map(() => startBrowser(net.host("alone"))));
      for (const browser of browsers)
        expect((await browser.sees(lab.id)).visible[0]?.addresses).toContain("127.0.0.1");
      await startServer(net.host("server"), { ...lab, boundTo: "127.0.0.1" });
      await startServer(net.host("server"), { ...lab, id: "0000ff", boundTo: "0.0.0.0" });
      const { visible } = await (await startBrowser(net.host("client"))).sees("0000ff");
      const { address, linkLocal } = net.host("server");
      expect(visible[0]?.addresses.filter((one) => one !== `${linkLocal("lan")}%eth0`)).toEqual([
        address("lan"),
      ]);
    },
    timeoutMs,
  );

  test(
    "reports a port 5353 that another program holds, and uses it once it is free",
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
    "keeps what it knows while the interfaces cannot be listed, says so once, and follows the network again",
    async () => {
      const net = build({ server: { lans: ["lan"] }, client: { lans: ["lan"] } });
      await startServer(net.host("server"));
      const browser = await startBrowser(net.host("client"));
      await browser.sees(lab.id);
      browser.descriptors("none");
      const problem = await browser.next((line) => line.code !== undefined);
      expect(problem).toEqual({
        code: "interfaces-unknown",
        message:
          "The network interfaces of this machine cannot be listed (EMFILE): changes of the network go unnoticed until " +
          "they can. Raise the limit of open files (ulimit -n).",
      });
      const before = browser.seen.length;
      // Announced after a failed scan, dropped after others: the sockets have stayed open.
      const second = await startServer(net.host("server"), { ...lab, id: "ffffff" });
      await browser.sees(lab.id, "ffffff");
      await second.signal("SIGKILL");
      await browser.sees(lab.id);
      expect(
        browser.seen
          .slice(before)
          .every(({ visible, code }) => code === undefined && visible?.some(({ id }) => id === lab.id)),
      ).toBe(true);
      browser.descriptors("some");
      net.host("client").cable("lan", "down");
      await browser.sees();
    },
    timeoutMs,
  );

  test(
    "finds the room as soon as there are file descriptors for its sockets",
    async () => {
      const net = build({ server: { lans: ["lan"] }, client: { lans: ["lan"] } });
      await startServer(net.host("server"));
      const browser = await startBrowser(net.host("client"), "exhausted");
      await browser.next((line) => line.code === "EMFILE");
      browser.descriptors("some");
      await browser.sees(lab.id);
      const codes = browser.seen.flatMap(({ code }) => code ?? []);
      expect(codes).toEqual(["interfaces-unknown", "EMFILE"]);
    },
    timeoutMs,
  );

  test(
    "starts and stops cleanly on a machine without any IPv4 address",
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
    "survives two thousand broken packets on both sides and still finds the room",
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
