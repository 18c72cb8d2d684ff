/** `holler doctor` on the real programs: the network, the rooms, and everything that is commonly wrong with them. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { startServer as announceOnly, lab } from "../discovery/programs.ts";
import { examine, found, nowhere, outline } from "../support/doctor.ts";
import { startFakeServer } from "../support/fake-server.ts";
import { openStage } from "../support/holler.ts";
import { canMakeNetworks, createNetwork, networkHint } from "../support/netns.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasNetworks = requireRig("network namespaces", canMakeNetworks(), networkHint);
const pair = { lab: { lans: ["lan"] }, desk: { lans: ["lan"] } };

describe.skipIf(!hasNetworks)("the doctor, asked about the network,", () => {
  test("reports that there is no room, or none of that name", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    const host = net.host("desk");
    const none = await examine(stage, { host });
    expect(outline(none)).toEqual(["network", "multicast", "!rooms", "!sound"]);
    expect(found(none, "network").message).toContain(host.address("lan"));
    expect(found(none, "rooms").message).toMatch(/holler-server.*--server HOST/);
    await stage.server({ host: net.host("lab"), args: ["--name", "Lab 3"] });
    const other = await examine(stage, { host, args: ["--room", "Cellar"] });
    expect(found(other, "rooms")).toMatchObject({ ok: false, message: expect.stringContaining("Lab 3") });
  });

  test("reports that there is no network", async () => {
    await using net = createNetwork({ alone: {} });
    await using stage = await openStage();
    const examined = await examine(stage, { host: net.host("alone") });
    expect(outline(examined)).toEqual(["!network", "multicast", "!rooms", "!sound"]);
    expect(found(examined, "network").message).toContain("Wi-Fi");
  });

  test("names the program that keeps port 5353", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    const host = net.host("desk");
    const keep = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)";
    const wait = "s.bind(('', 5353)); print('bound', flush=True); input()";
    const keeper = await stage.start(["/usr/bin/python3", "-c", `${keep}; ${wait}`], { host });
    await keeper.output.next((line) => line === "bound", "the port is taken");
    const examined = await examine(stage, { host });
    expect(outline(examined)).toEqual(["network", "!multicast", "!rooms", "!sound"]);
    expect(found(examined, "multicast").message).toMatch(/5353.*--server HOST/);
  });

  test("finds, reaches and pings a room, and the room does not notice", async () => {
    await using net = createNetwork(pair);
    await using stage = await openStage();
    const host = net.host("desk");
    const server = await stage.server({ host: net.host("lab"), args: ["--name", "Lab 3"] });
    const home = await stage.home();
    const first = await examine(stage, { host, home });
    expect(outline(first)).toEqual([
      "network",
      "multicast",
      "rooms",
      "connection",
      "identity",
      "ping",
      "!sound",
    ]);
    expect(found(first, "identity")).toMatchObject({ verdict: "first", identity: server.identity });
    const { roundTripMs, clockErrorMs } = found(first, "ping");
    expect(roundTripMs).toBeLessThan(100);
    expect(clockErrorMs).toBeLessThan(50);
    await stage.holler(["send", "--name", "bob", "hi"], { host, home });
    expect(found(await examine(stage, { host, home }), "identity")).toMatchObject({ verdict: "known" });
    const joined = server.output.items.filter((line) => line.includes('"joined"'));
    expect(joined).toHaveLength(1);
  });

  test("examines every room, or the one that is named", async () => {
    await using net = createNetwork({ ...pair, attic: { lans: ["lan"] } });
    await using stage = await openStage();
    const host = net.host("desk");
    await stage.server({ host: net.host("lab"), args: ["--name", "Lab 3"] });
    await stage.server({ host: net.host("attic"), args: ["--name", "Attic"] });
    const pinged = async (args: string[]) =>
      (await examine(stage, { host, args })).findings
        .filter(({ check, ok }) => check === "ping" && ok)
        .map(({ room }) => room)
        .sort();
    expect(await pinged([])).toEqual(["Attic", "Lab 3"]);
    expect(await pinged(["--room", "attic"])).toEqual(["Attic"]);
  });

  test("reports a room that is announced and does not answer", async () => {
    await using net = createNetwork({ ...pair, ghost: { lans: ["lan"] } });
    await using stage = await openStage();
    await announceOnly(net.host("ghost"), { ...lab, room: "Ghost", fingerprint: "A".repeat(43) });
    const examined = await examine(stage, { host: net.host("desk") });
    expect(outline(examined)).toEqual(["network", "multicast", "rooms", "!connection", "!sound"]);
    expect(found(examined, "connection").message).toMatch(/^Ghost is announced but not reached\./);
  });
});

describe("the doctor, asked about a server,", () => {
  test("reports that it has stopped", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    await server.stop();
    const examined = await examine(stage, { args: server.there });
    expect(outline(examined)).toEqual(["network", "!connection", "!sound"]);
    expect(found(examined, "connection").message).toContain("Is the server running there?");
  });

  test("reports an unknown host name, a server without encryption, and a changed identity", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const unknown = await examine(stage, { args: ["--server", "nowhere.invalid"] });
    expect(found(unknown, "connection").message).toMatch(/(host called|The name) nowhere\.invalid/);

    const bare = await stage.server({ args: ["--plaintext"] });
    const plain = await examine(stage, { args: bare.there });
    expect(outline(plain)).toEqual(["network", "connection", "ping", "!sound"]);
    const mistaken = await examine(stage, { args: bare.there.slice(0, 2) });
    expect(found(mistaken, "connection").message).toContain("--plaintext");

    const server = await stage.server();
    await stage.holler(["send", "--name", "bob", ...server.there, "hi"], { home });
    await server.stop();
    await stage.server({ args: ["--port", String(server.port)] });
    const changed = await examine(stage, { home, args: server.there });
    expect(outline(changed)).toEqual(["network", "connection", "!identity", "ping", "!sound"]);
    expect(found(changed, "identity")).toMatchObject({ verdict: "changed" });
  });

  test("reports another kind of server, an older version, and wrong answers to pings", async () => {
    await using stage = await openStage();
    using other = await startFakeServer((_message, peer) => peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const something = await examine(stage, { args: other.there });
    expect(found(something, "connection")).toMatchObject({
      ok: false,
      message: expect.stringContaining("not a Holler server"),
    });
    using older = await startFakeServer(() => {});
    const silent = await examine(stage, { args: older.there });
    expect(outline(silent)).toEqual(["network", "connection", "!ping", "!sound"]);
    expect(found(silent, "ping").message).toContain("older version");
    using liar = await startFakeServer((message, peer) => {
      if (message.type === "ping") peer.send({ type: "pong", sent: message.sent + 1, at: 0 });
    });
    expect(found(await examine(stage, { args: liar.there }), "ping").ok).toBe(false);
  });

  test("prints signs, no colours and advice for people", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const { code, output } = await stage.holler(["doctor", ...server.there], { env: nowhere });
    expect(code).toBe(1);
    const lines = output.trimEnd().split("\n");
    expect(lines.map((line) => line[0])).toEqual(["✓", "✓", "✓", "✓", "✗"]);
    expect(output).not.toContain("\x1b");
    const dumb = await stage.holler(["doctor", ...server.there], { env: { ...nowhere, TERM: "dumb" } });
    expect(dumb.output).toMatch(/^ok Network.*\nok .*\nok .*\nok .*\nFAILED [^\n]+\n$/);
  });
});
