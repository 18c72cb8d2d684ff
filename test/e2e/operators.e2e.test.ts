/** Shows what people and scripts are told when names belong to keys, when operators act, and when many lines come at once. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Client, Home, Server, Stage } from "../support/holler.ts";
import { clientBinary, openStage } from "../support/holler.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A room with an operator, alice, in it. */
async function moderatedRoom(): Promise<{ server: Server; alice: Client; home: Home }> {
  const server = await stage.server({ args: ["--op", "alice"] });
  const home = await stage.home();
  const alice = await stage.join("alice", server, { home });
  return { server, alice, home };
}

test("the log warns of an operator name without an owner, until it has one", async () => {
  const { server, home } = await moderatedRoom();
  const line = await server.output.next((text) => text.includes("operator-free"), "the name is free");
  expect(JSON.parse(line).message).toContain("alice");
  expect(await server.stop()).toBe(0);
  const again = await stage.server({ home: server.home, args: ["--op", "alice,bob"] });
  await stage.join("alice", again, { home });
  await again.output.next((text) => text.includes("returned"), "alice is in");
  const free = again.output.items.filter((text) => text.includes("operator-free"));
  expect(free.map((text) => JSON.parse(text).message)).toEqual([expect.stringContaining("bob")]);
});

describe("a name", () => {
  test("belongs to the key that took it first, also while its owner is away", async () => {
    const server = await stage.server();
    const home = await stage.home();
    const send = (options: { home?: Home }) =>
      stage.holler(["send", "--name", "alice", ...server.there, "hi"], options);
    expect(await send({ home })).toMatchObject({ code: 0 });
    expect(await send({})).toMatchObject({ code: 4, errors: expect.stringContaining("alice is taken") });
    expect(await send({ home })).toMatchObject({ code: 0 });
  });

  test("of a guest has no owner, and the others are told that it is a guest", async () => {
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    const send = () => stage.holler(["send", "--guest", "--name", "carol", ...server.there, "hi"]);
    expect(await send()).toMatchObject({ code: 0 });
    await alice.next("joined", { name: "carol", guest: true });
    await alice.next("said", { from: "carol", guest: true });
    await alice.next("left", { name: "carol" });
    expect(await send()).toMatchObject({ code: 0 });
  });

  test("has a key, which both sides see as the same words", async () => {
    const server = await stage.server();
    const [alice, bob] = await Promise.all([stage.join("alice", server), stage.join("bob", server)]);
    for (const one of [alice, bob]) one.do({ do: "whois", name: "bob", ref: "w" });
    const [one, other] = await Promise.all([alice, bob].map((each) => each.next("whois", { ref: "w" })));
    expect(one).toEqual(other ?? one);
    expect(one?.words?.split(" ")).toHaveLength(6);
    alice.do({ do: "whois", name: "alice", ref: "w2" });
    expect((await alice.next("whois", { ref: "w2" })).words).not.toBe(one?.words ?? "");
  });

  test("can be looked up by a script that ends at once", async () => {
    const server = await stage.server();
    await stage.join("bob", server);
    const { code, output } = await stage.holler(["--name", "alice", "--no-voice", ...server.there], {
      input: "/whois @bob\n",
    });
    expect(code).toBe(0);
    expect(output).toMatch(/bob is here, with the key: \w+ \w+ \w+ \w+ \w+ \w+\n/);
  });
});

describe("a client that is", () => {
  test("kicked is told by whom and why, and does not reconnect by itself", async () => {
    const { server, alice } = await moderatedRoom();
    const bob = await stage.join("bob", server);
    alice.do({ do: "moderate", action: "kick", name: "bob", reason: "too loud", ref: "k" });
    await alice.next("left", { name: "bob", reason: "kicked" });
    await alice.next("moderated", { action: "kick", name: "bob", ref: "k" });
    const error = await bob.next("error", { code: "kicked" });
    expect(error.message).toContain("by alice: too loud");
    expect(await bob.exit()).toBe(1);
    expect(bob.events.map(({ event }) => event)).not.toContain("connection");
    const again = await stage.join("bob", server, { home: bob.home });
    again.do({ do: "quit" });
    expect(await again.exit()).toBe(0);
  });

  test("banned cannot join again", async () => {
    const { server, alice } = await moderatedRoom();
    const bob = await stage.join("bob", server);
    alice.do({ do: "moderate", action: "ban", name: "bob" });
    await bob.next("error", { code: "banned" });
    expect(await bob.exit()).toBe(4);
    const { code, errors } = await stage.holler(["send", "--name", "bert", ...server.there, "hi"], {
      home: bob.home,
    });
    expect([code, errors]).toEqual([4, expect.stringContaining("banned")]);
    alice.do({ do: "moderate", action: "bans", ref: "b" });
    expect((await alice.next("moderated", { ref: "b" })).names).toEqual(["bob"]);
  });

  test("new cannot join a locked room", async () => {
    const { server, alice } = await moderatedRoom();
    alice.do({ do: "moderate", action: "lock", on: true });
    await alice.next("moderated", { action: "lock", on: true });
    const { code, errors } = await stage.holler(["send", "--name", "bob", ...server.there, "hi"]);
    expect([code, errors]).toEqual([4, expect.stringContaining("locked")]);
  });

  test("no operator is told so, and gets the reference of its command back", async () => {
    const { server, alice } = await moderatedRoom();
    const bob = await stage.join("bob", server);
    bob.do({ do: "moderate", action: "kick", name: "alice", ref: "k" });
    await bob.next("error", { code: "not-operator", ref: "k" });
    alice.do({ do: "moderate", action: "announce", on: true });
    await bob.next("moderated", { action: "announce", by: "alice", on: true });
    bob.do({ do: "say", text: "hi", ref: "s" });
    await bob.next("error", { code: "announce-only", ref: "s" });
    alice.do({ do: "moderate", action: "op", name: "bob" });
    await bob.next("moderated", { action: "op", name: "bob" });
    bob.do({ do: "say", text: "hi", ref: "s2" });
    await bob.next("said", { ref: "s2" });
  });
});

test("an operator in a pipe sends commands and reads sentences", async () => {
  const { server, alice, home } = await moderatedRoom();
  alice.do({ do: "quit" });
  await alice.exit();
  await stage.join("bob", server);
  const { code, output } = await stage.holler(["--name", "alice", "--no-voice", ...server.there], {
    home,
    input: "/silence @bob 5 hush now\n",
  });
  expect(code).toBe(0);
  expect(output).toContain("bob was silenced for 5 minutes: hush now.");
});

test("500 lines of a pipe all arrive in their order", async () => {
  const server = await stage.server();
  const bob = await stage.join("bob", server);
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  const sender = await stage.start([clientBinary, "--name", "alice", "--no-voice", ...server.there]);
  sender.write(lines.map((line) => `${line}\n`).join(""));
  sender.close();
  expect(await sender.exit(60_000)).toBe(0);
  expect(sender.errors.items).toEqual([]);
  await bob.next("left", { name: "alice" });
  expect(bob.events.flatMap((event) => (event.event === "said" ? [event.text] : []))).toEqual(lines);
}, 120_000);
