/** Avahi, the mDNS daemon of most Linux machines, resolves our service instances and is not disturbed by them. */
import { afterEach, describe, expect, test } from "bun:test";
import { type Avahi, type Resolved, startAvahi } from "../support/avahi.ts";
import { canMakeNetworks, createNetwork, type Network, networkHint } from "../support/netns.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { lab, startBrowser, startServer } from "./programs.ts";

const available =
  requireRig("network namespaces", canMakeNetworks(), networkHint) &&
  requireRig("avahi", hasProgram("avahi-daemon", "avahi-browse", "dbus-daemon"), "scripts/install-rigs.sh");
const timeoutMs = 30_000;

let network: Network | undefined;
let daemons: Avahi[] = [];
afterEach(async () => {
  await Promise.all(daemons.map((daemon) => daemon.close()));
  daemons = [];
  await network?.close();
});

describe.skipIf(!available)("avahi", () => {
  test(
    "resolves our room to a host and an address that accept connections, and sees its goodbye",
    async () => {
      const net = createNetwork({ server: { lans: ["lan"], hostname: "lab-pc" }, other: { lans: ["lan"] } });
      network = net;
      const avahi = await startAvahi(net.host("other"), "other");
      daemons.push(avahi);
      const listener = net
        .host("server")
        .spawn(
          [
            process.execPath,
            "-e",
            'Bun.listen({ hostname: "::", port: 4050, socket: { data() {}, open(s) { s.end("hello") } } }); console.log("up")',
          ],
          { stdout: "pipe" },
        );
      await listener.stdout.getReader().read();
      const fingerprint = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
      const server = await startServer(net.host("server"), { ...lab, room: "Größe 日本", fingerprint });

      const found = await eventually(avahi, (rooms) => rooms.length > 0);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({
        instance: "Größe 日本 (a1b2c3)",
        host: "lab-pc-a1b2c3.local",
        port: 4050,
      });
      expect(found[0]?.txt).toContain(`fp=${fingerprint}`);
      for (const address of [found[0]?.address ?? "", await resolve(avahi, "lab-pc-a1b2c3.local")]) {
        const script = `await Bun.connect({ hostname: "${address}", port: 4050, socket: { data(_, data) { console.log(String(data)); process.exit() } } })`;
        expect(await net.host("other").run([process.execPath, "-e", script])).toBe("hello\n");
      }
      await server.signal("SIGTERM");
      await eventually(avahi, (rooms) => rooms.length === 0);
    },
    timeoutMs,
  );

  test(
    "keeps its host name beside our servers, on its own machine and on one with the same name",
    async () => {
      const net = createNetwork({
        one: { lans: ["left", "right"], hostname: "pc" },
        clone: { lans: ["left"], hostname: "pc" },
      });
      network = net;
      const avahi = await startAvahi(net.host("one"), "pc");
      daemons.push(avahi);
      const own = await startServer(net.host("one"));
      await startServer(net.host("clone"), { ...lab, id: "ffffff" });
      const rooms = await eventually(
        avahi,
        (found) => new Set(found.map((room) => room.instance)).size === 2,
      );
      const hosts = new Map(rooms.map((room) => [room.host, room]));
      expect([...hosts.keys()].toSorted()).toEqual(["pc-a1b2c3.local", "pc-ffffff.local"]);
      expect(await avahi.hostName()).toBe("pc");
      // Three programs share port 5353 on that machine, and each receives everything.
      await (await startBrowser(net.host("one"))).sees(lab.id, "ffffff");
      await own.signal("SIGTERM");
      await eventually(avahi, (found) => found.every((room) => room.host === "pc-ffffff.local"));
      expect(await avahi.hostName()).toBe("pc");
    },
    timeoutMs,
  );
});

async function eventually(avahi: Avahi, fits: (rooms: Resolved[]) => boolean): Promise<Resolved[]> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const rooms = await avahi.browse("_holler._tcp");
    if (fits(rooms)) return rooms;
    if (performance.now() > deadline) throw new Error(`avahi still sees ${JSON.stringify(rooms)}`);
  }
}

async function resolve(avahi: Avahi, host: string): Promise<string> {
  const line = await avahi.run(["avahi-resolve", "-4", "-n", host]);
  return line.trim().split(/\s+/)[1] ?? "";
}
