/** Shows that a lost network costs a moment and no line: cut cables, servers that move, half-open connections. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { JsonEvent } from "../../lib/frontends/scripts/json.ts";
import { type Client, openStage } from "../support/holler.ts";
import { canMakeNetworks, createNetwork, networkHint } from "../support/netns.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasNetworks = requireRig("network namespaces", canMakeNetworks(), networkHint);

/** What the product promises, with what a busy machine takes besides. */
const noticedWithinMs = 17_000;

const lan = { lans: ["lan"] };
const openNetwork = () => createNetwork({ lab: lan, desk: lan, sofa: lan, attic: lan });

const isPresence = ({ event }: JsonEvent): boolean => event === "left" || event === "joined";
const textsOf = ({ events }: Client) => events.flatMap((one) => (one.event === "said" ? [one.text] : []));

describe.skipIf(!hasNetworks)("a cable that is pulled", () => {
  test.concurrent("is noticed on both sides, and the others see nothing when it is plugged in again in time", async () => {
    await using net = openNetwork();
    await using stage = await openStage();
    const server = await stage.server({ host: net.host("lab") });
    const alice = await stage.join("alice", [], { host: net.host("desk") });
    const bob = await stage.join("bob", [], { host: net.host("sofa") });
    await alice.next("joined", { name: "bob" });

    net.host("desk").cable("lan", "down");
    const noticed = Promise.all([
      alice.next("connection", { state: "lost" }, noticedWithinMs),
      server.output.next((line) => line.includes('"away"'), "the server's word of it", noticedWithinMs),
    ]);
    alice.do({ do: "say", text: "into the void", ref: "a" });
    bob.do({ do: "say", text: "are you there?", ref: "b" });
    bob.do({ do: "whisper", to: "alice", text: "psst", ref: "w" });
    await noticed;
    bob.do({ do: "whisper", to: "alice", text: "still there?", ref: "x" });
    expect(await bob.next("whispered", { ref: "x" })).toMatchObject({ away: true });
    net.host("desk").cable("lan", "up");
    await alice.next("connection", { state: "restored" }, 30_000);
    await bob.next("said", { from: "alice", text: "into the void" }, 30_000);
    expect(await alice.next("said", { ref: "a" })).toMatchObject({ text: "into the void" });
    expect(textsOf(alice)).toEqual(["are you there?", "into the void"]);
    expect(textsOf(bob)).toEqual(["are you there?", "into the void"]);
    const whispers = alice.events.flatMap((one) => (one.event === "whispered" ? [one.text] : []));
    expect(whispers).toEqual(["psst", "still there?"]);
    expect(bob.events.filter(isPresence)).toEqual([]);
  });

  test.concurrent("for longer than half a minute makes the others see the client leave", async () => {
    await using net = openNetwork();
    await using stage = await openStage();
    await stage.server({ host: net.host("lab") });
    const alice = await stage.join("alice", [], { host: net.host("desk") });
    const bob = await stage.join("bob", [], { host: net.host("sofa") });
    await alice.next("joined", { name: "bob" });
    net.host("desk").cable("lan", "down");
    await bob.next("left", { name: "alice", reason: "lost" }, 60_000);
    net.host("desk").cable("lan", "up");
    await bob.next("joined", { name: "alice" }, 30_000);
    await alice.next("connection", { state: "restored" });
  });
});

describe.skipIf(!hasNetworks)("a server that is", () => {
  test.concurrent.each([
    ["killed", "port", "lab"],
    ["stopped", "port", "lab"],
    ["stopped", "machine", "attic"],
  ] as const)("%s is found again by its clients when it starts on another %s", async (how, _, place) => {
    await using net = openNetwork();
    await using stage = await openStage();
    const home = await stage.home();
    const first = await stage.server({ host: net.host("lab"), home, args: ["--port", "4050"] });
    const alice = await stage.join("alice", [], { host: net.host("desk") });
    const bob = await stage.join("bob", [], { host: net.host("sofa") });
    // Bob has read his first page: he misses the lines that follow.
    bob.do({ do: "say", text: "before" });
    await alice.next("said", { text: "before" });
    await bob.next("said", { text: "before" });
    if (how === "killed") await first.kill9();
    else await first.stop();
    await alice.next("connection", { state: "lost" });
    alice.do({ do: "say", text: "typed meanwhile", ref: "a" });
    await stage.server({ host: net.host(place), home, args: ["--port", "4999"] });
    await alice.next("connection", { state: "restored" }, 30_000);
    await alice.next("said", { ref: "a" });
    await bob.next("said", { text: "typed meanwhile" }, 30_000);
    expect(bob.events.filter(isPresence)).toEqual([]);
  });
});

test.concurrent("a frozen client is away after a while, and resumes its session when it goes on", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const alice = await stage.join("alice", server);
  alice.do({ do: "say", text: "before" });
  await alice.next("said", { text: "before" });
  const bob = await stage.join("bob", server);
  // Bob has read his first page: he misses the lines that follow.
  await bob.next("history");
  bob.signal("SIGSTOP");
  await server.output.next((line) => line.includes('"away"'), "the server's word of it", noticedWithinMs);
  alice.do({ do: "say", text: "wake up", ref: "r" });
  await alice.next("said", { ref: "r" });
  bob.signal("SIGCONT");
  await bob.next("connection", { state: "restored" }, 30_000);
  await bob.next("said", { text: "wake up" });
  expect(alice.events.filter(isPresence)).toHaveLength(1);
});

test.concurrent("a frozen server is given up after a while, and its clients reconnect when it goes on", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const alice = await stage.join("alice", server);
  server.signal("SIGSTOP");
  alice.do({ do: "say", text: "anybody?", ref: "r" });
  await alice.next("connection", { state: "lost" }, noticedWithinMs);
  server.signal("SIGCONT");
  await alice.next("connection", { state: "restored" }, 30_000);
  await alice.next("said", { ref: "r" });
  expect(textsOf(alice)).toEqual(["anybody?"]);
});
