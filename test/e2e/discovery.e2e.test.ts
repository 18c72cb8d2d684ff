/** Shows that clients find the room on every promised kind of network, and never one that does not exist. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { startServer as announceOnly, lab } from "../discovery/programs.ts";
import { startAvahi } from "../support/avahi.ts";
import { openStage, type Server, type Stage } from "../support/holler.ts";
import { canMakeNetworks, createNetwork, type Host, networkHint } from "../support/netns.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasNetworks = requireRig("network namespaces", canMakeNetworks(), networkHint);
const hasAvahi =
  hasNetworks &&
  requireRig("avahi", hasProgram("avahi-daemon", "avahi-browse", "dbus-daemon"), "scripts/install-rigs.sh");

const pair = { lab: { lans: ["lan"] }, desk: { lans: ["lan"] } };
const named = (room: string) => ["--name", room];

async function listed(stage: Stage, host: Host): Promise<Record<string, unknown>[]> {
  const { output, errors, code } = await stage.holler(["servers", "--json"], { host });
  const lines = output.split("\n").filter((line) => line !== "");
  expect({ code, errors }).toEqual(
    lines.length > 0
      ? { code: 0, errors: "" }
      : { code: 3, errors: "holler: There is no room on this network.\n" },
  );
  return lines.map((line) => JSON.parse(line));
}

/** Repeats `holler servers` until it shows this many rooms; the time that took. */
async function untilListed(stage: Stage, host: Host, count: number): Promise<number> {
  const began = performance.now();
  while ((await listed(stage, host)).length !== count)
    if (performance.now() - began > 15_000) throw new Error(`never ${count} rooms`);
  return performance.now() - began;
}

async function roomJoined(stage: Stage, host: Host, name: string, args: string[] = []): Promise<string> {
  const client = await stage.client(name, args, { host });
  return (await client.next("welcome")).room;
}

describe.skipIf(!hasNetworks)("the room", () => {
  for (const defaultRoute of [false, true]) {
    test(`is found ${defaultRoute ? "with" : "without"} a default route, and has the host's name`, async () => {
      await using net = createNetwork({
        lab: { lans: ["lan"], defaultRoute, hostname: "lab-pc" },
        desk: { lans: ["lan"], defaultRoute },
      });
      await using stage = await openStage();
      const server = await stage.server({ host: net.host("lab") });
      expect(await roomJoined(stage, net.host("desk"), "alice")).toBe("lab-pc's room");
      expect(await roomJoined(stage, net.host("lab"), "bob")).toBe("lab-pc's room");
      const [room] = await listed(stage, net.host("desk"));
      const addresses = [
        net.host("lab").address("lan"),
        "fd99::1",
        `${net.host("lab").linkLocal("lan")}%eth0`,
      ];
      expect(room?.addresses).toHaveLength(addresses.length);
      expect(room).toEqual({
        room: "lab-pc's room",
        host: expect.stringMatching(/^lab-pc-[0-9a-f]{6}\.local$/),
        port: server.port,
        addresses: expect.arrayContaining(addresses),
        identity: server.identity,
        protocol: 1,
      });
    });
  }

  test("is found on two networks, also by a client that is on both", async () => {
    await using net = createNetwork({
      lab: { lans: ["left", "right"] },
      left: { lans: ["left"] },
      right: { lans: ["right"] },
      both: { lans: ["right", "left"] },
    });
    await using stage = await openStage();
    const server = await stage.server({ host: net.host("lab"), args: named("Lab 3") });
    for (const name of ["left", "right", "both"] as const)
      expect(await roomJoined(stage, net.host(name), name)).toBe("Lab 3");
    expect(await listed(stage, net.host("both"))).toHaveLength(1);
    await server.stop();
  });

  test("is found by a client that was looking before the server started", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    const alice = await stage.client("alice", [], { host: net.host("desk") });
    const sent = stage.holler(["send", "--name", "bob", "early"], { host: net.host("desk") });
    await untilListed(stage, net.host("desk"), 0);
    await stage.server({ host: net.host("lab"), args: named("Lab 3") });
    expect(await alice.next("welcome")).toMatchObject({ room: "Lab 3" });
    expect(await sent).toMatchObject({ code: 0 });
  });

  test("is found beside the record of a server that is gone", async () => {
    await using net = createNetwork({ ...pair, ghost: { lans: ["lan"] } });
    await using stage = await openStage();
    await announceOnly(net.host("ghost"), { ...lab, room: "Ghost" });
    await announceOnly(net.host("lab"), { ...lab, room: "Lab 3", id: "dddddd", port: 4999 });
    await stage.server({ host: net.host("lab"), args: named("Lab 3") });
    expect(await roomJoined(stage, net.host("desk"), "alice")).toBe("Lab 3");
    expect(await listed(stage, net.host("desk"))).toHaveLength(1);
  });

  test("is joined at its new port after kill -9", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    const [host, home] = [net.host("lab"), await stage.home()];
    const first = await stage.server({ host, home, args: named("Lab 3") });
    const person = await stage.home();
    await stage.holler(["send", "--name", "bob", "hi"], { host: net.host("desk"), home: person });
    await first.kill9();
    await stage.server({ host, home, args: [...named("Lab 3"), "--port", "5000"] });
    const again = await stage.holler(["send", "--name", "bob", "hi"], {
      host: net.host("desk"),
      home: person,
    });
    expect(again).toEqual({ code: 0, output: "", errors: "" });
  });

  test("is not joined when an impostor announces it, whatever identity the records claim", async () => {
    await using net = createNetwork({ ...pair, mallory: { lans: ["lan"] } });
    await using stage = await openStage();
    const [desk, mallory, home] = [net.host("desk"), net.host("mallory"), await stage.home()];
    const real = await stage.server({ host: net.host("lab"), args: named("Lab 3") });
    expect(await stage.holler(["send", "hi"], { host: desk, home })).toMatchObject({ code: 0 });
    await real.stop();
    const fake = await stage.server({ host: mallory, args: [...named("Lab 3"), "--no-advertise"] });
    const record = { ...lab, room: "Lab 3", port: fake.port };
    const claim = (server: { identity: string }) => server.identity.replace("SHA256:", "");
    await announceOnly(mallory, { ...record, fingerprint: claim(real) });
    expect(await stage.holler(["servers"], { host: desk, home })).toMatchObject({ code: 3 });
    await announceOnly(mallory, { ...record, fingerprint: claim(fake) });
    const refused = await stage.holler(["send", "secret"], { host: desk, home });
    expect(refused).toMatchObject({ code: 5, errors: expect.stringContaining("another identity") });
    expect(fake.output.items.filter((line) => line.includes("joined"))).toEqual([]);
  });

  test("that is announced with a passphrase gets no line from a script without one, even when it asks for none", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    const fake = await stage.server({ host: net.host("lab"), args: [...named("Lab 3"), "--no-advertise"] });
    const fingerprint = fake.identity.replace("SHA256:", "");
    await announceOnly(net.host("lab"), { ...lab, port: fake.port, fingerprint, needsPassphrase: true });
    const refused = await stage.holler(["send", "secret"], { host: net.host("desk") });
    expect(refused).toMatchObject({ code: 4, errors: expect.stringContaining("Set HOLLER_PASSPHRASE") });
    expect(fake.output.items.filter((line) => line.includes("joined"))).toEqual([]);
  });

  test("leaves the list within seconds of its server's end, clean or not", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    for (const end of ["stop", "kill9"] as const) {
      const server = await stage.server({ host: net.host("lab") });
      expect(await listed(stage, net.host("desk"))).toHaveLength(1);
      await server[end]();
      expect(await untilListed(stage, net.host("desk"), 0)).toBeLessThan(5_000);
    }
  });

  test.concurrent("without encryption is joined only with --plaintext", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    await stage.server({ host: net.host("lab"), args: [...named("Bare"), "--plaintext"] });
    expect(await roomJoined(stage, net.host("desk"), "alice", ["--plaintext"])).toBe("Bare");
    const refused = await stage.holler(["send", "--name", "bob", "hi"], { host: net.host("desk") });
    expect(refused.code).toBe(3);
    expect(refused.errors).toContain("Bare (unencrypted, with --plaintext)");
  });

  test.concurrent("that does not exist makes lists, scripts and --room end with 3", async () => {
    await using net = createNetwork({ ...pair, ghost: { lans: ["lan"] }, alone: {} });
    await using stage = await openStage();
    await announceOnly(net.host("ghost"));
    const runs = (["desk", "alone"] as const).flatMap((name) =>
      [["servers"], ["send", "hi"], ["--json"], ["--room", "Lab 3"]].map(async (args) => {
        const { code, output, errors } = await stage.holler(args, { host: net.host(name) });
        expect({ args, code }).toEqual({ args, code: 3 });
        expect(args[0] === "--json" ? output : errors).toMatch(/^[^\n]+no-room[^\n]+\n$|^holler: [^\n]+\n$/i);
      }),
    );
    await Promise.all(runs);
  });
});

describe.skipIf(!hasNetworks)("several rooms", () => {
  test("are listed to a script, and --room picks one", async () => {
    await using net = createNetwork({ ...pair, attic: { lans: ["lan"] } });
    await using stage = await openStage();
    await stage.server({ host: net.host("lab"), args: named("Lab 3") });
    await stage.server({ host: net.host("attic"), args: named("Größe 日本") });
    await untilListed(stage, net.host("desk"), 2);
    const alice = await stage.client("alice", [], { host: net.host("desk") });
    expect((await alice.next("error", { code: "several-rooms" })).message).toMatch(
      /Größe 日本.*Lab 3|Lab 3.*Größe 日本/,
    );
    expect(await alice.exit()).toBe(3);
    for (const room of ["Lab 3", "Größe 日本"])
      expect(await roomJoined(stage, net.host("desk"), "alice", ["--room", room.toLowerCase()])).toBe(room);
  });

  test("with one name are both listed, and --room leads every client to the same one", async () => {
    await using net = createNetwork({ ...pair, attic: { lans: ["lan"] }, hall: { lans: ["lan"] } });
    await using stage = await openStage();
    const servers = [
      await stage.server({ host: net.host("lab"), args: named("Lab 3") }),
      await stage.server({ host: net.host("attic"), args: named("Lab 3") }),
    ];
    const identities = servers.map(({ identity }) => identity).toSorted();
    for (const host of [net.host("desk"), net.host("hall"), net.host("lab")]) {
      const rooms = await listed(stage, host);
      expect(rooms.map(({ identity }) => identity).toSorted()).toEqual(identities);
    }
    const joined = (server: Server) => server.output.items.filter((line) => line.includes('"joined"')).length;
    for (const [index, name] of (["desk", "hall", "desk", "lab", "attic"] as const).entries())
      await roomJoined(stage, net.host(name), `person-${index}`, ["--room", "Lab 3"]);
    expect(servers.map(joined).toSorted()).toEqual([0, 5]);
  });

  test("with one name: a client returns to the server it knows, and is warned when only another is left", async () => {
    await using net = createNetwork({ ...pair, attic: { lans: ["lan"] } });
    await using stage = await openStage();
    const home = await stage.home();
    const send = (text: string) =>
      stage.holler(["send", "--name", "bob", "--room", "Lab 3", text], { host: net.host("desk"), home });
    const known = await stage.server({ host: net.host("attic"), args: named("Lab 3") });
    expect(await send("hi")).toMatchObject({ code: 0 });
    const other = await stage.server({ host: net.host("lab"), args: named("Lab 3") });
    await untilListed(stage, net.host("desk"), 2);
    expect(await send("again")).toMatchObject({ code: 0 });
    await known.stop();
    const refused = await send("secret");
    expect(refused.code).toBe(5);
    expect(refused.errors).toContain(known.identity);
    expect(other.output.items.filter((line) => line.includes('"joined"'))).toEqual([]);
  });
});

test.skipIf(!hasNetworks)("--server goes straight there, by IPv4, IPv6 and without a port", async () => {
  await using net = createNetwork(pair);
  await using stage = await openStage();
  const server = await stage.server({ host: net.host("lab"), args: ["--no-advertise"] });
  expect(server.port).toBe(4050);
  const address = net.host("lab").address("lan");
  for (const there of [address, `${address}:4050`, "fd99::1", "[fd99::1]", "[fd99::1]:4050"]) {
    const sent = await stage.holler(["send", "--server", there, "hi"], { host: net.host("desk") });
    expect({ there, ...sent }).toEqual({ there, code: 0, output: "", errors: "" });
  }
  for (const [there, said] of [
    [`${address}:4051`, /^holler: Nothing answers at /],
    // With a name server and without one.
    ["nowhere.invalid", /^holler: (There is no host called|The name) nowhere\.invalid /],
  ] as const) {
    const missed = await stage.holler(["send", "--server", there, "hi"], { host: net.host("desk") });
    expect(missed.code).toBe(1);
    expect(missed.errors).toMatch(said);
  }
});

test.skipIf(!hasAvahi)("avahi resolves our records to an address at which clients can join", async () => {
  await using net = createNetwork({ lab: { lans: ["lan"], hostname: "lab-pc" }, desk: { lans: ["lan"] } });
  await using stage = await openStage();
  const avahi = await startAvahi(net.host("desk"), "desk");
  try {
    const server = await stage.server({ host: net.host("lab"), args: named("Größe 日本") });
    let found = await avahi.browse("_holler._tcp");
    for (let tries = 0; found.length === 0 && tries < 20; tries += 1)
      found = await avahi.browse("_holler._tcp");
    expect(found).toHaveLength(1);
    const [room] = found;
    expect(room?.instance).toMatch(/^Größe 日本 \([0-9a-f]{6}\)$/);
    expect(room?.port).toBe(server.port);
    const there = ["--server", `${room?.address}:${room?.port}`];
    expect(await roomJoined(stage, net.host("desk"), "alice", there)).toBe("Größe 日本");
  } finally {
    await avahi.close();
  }
});
