/** Shows history in the real programs: earlier lines on joining and on request, search, whispers for people who are away. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { type Client, openStage, type Server, type Stage } from "../support/holler.ts";
import { createKeyHolder } from "../support/keys.ts";
import { connectRaw, type RawClient } from "../support/raw-client.ts";

setDefaultTimeout(120_000);

async function say(client: Client, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    client.do({ do: "say", text, ref: text });
    await client.next("said", { ref: text });
  }
}

async function leave(client: Client): Promise<void> {
  client.do({ do: "quit" });
  expect(await client.exit()).toBe(0);
}

async function restart(stage: Stage, server: Server): Promise<Server> {
  await server.kill9();
  return stage.server({ home: server.home, args: ["--name", "Lab 3", "--port", String(server.port)] });
}

describe("on joining", () => {
  test("the last 20 lines are shown, also after a kill -9, and so is the line that was read last", async () => {
    await using stage = await openStage();
    const first = await stage.server({ args: ["--name", "Lab 3"] });
    const bobsHome = await stage.home();
    const alice = await stage.join("alice", first);
    const bob = await stage.join("bob", first, { home: bobsHome });
    await say(alice, "one", "two");
    await bob.next("said", { text: "two" });
    await leave(bob);
    await say(alice, ...Array.from({ length: 24 }, (_, index) => `line ${index + 3}`));
    await leave(alice);
    const second = await restart(stage, first);
    const again = await stage.join("bob", second, { home: bobsHome });
    const { entries, ...rest } = await again.next("history");
    expect(entries.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, i) => `line ${i + 7}`));
    expect(entries[0]).toMatchObject({ id: 7, from: "alice" });
    expect(rest).toEqual({ event: "history", cause: "joining", more: true, leftOff: 2 });
    const [welcome] = again.events;
    expect(welcome).toMatchObject({ event: "welcome", lastId: 26 });
  });

  test("--no-history shows no earlier line, and a client that reconnects misses none", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--no-history"] });
    const alice = await stage.join("alice", server);
    await say(alice, "secret plans");
    const carol = await stage.join("carol", server);
    carol.do({ do: "history", ref: "h" });
    expect(await carol.next("history", { ref: "h" })).toMatchObject({ entries: [], more: false });
    carol.do({ do: "search", words: "secret", ref: "s" });
    expect(await carol.next("history", { ref: "s" })).toMatchObject({ entries: [] });
  });
});

describe("on request", () => {
  test("older lines come page by page, and search finds words, also Chinese ones", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    const bob = await stage.join("bob", server);
    await say(alice, "the Build is green", "deployed on Friday", "我们明天开会吧", "nothing else");
    alice.do({ do: "whisper", to: "bob", text: "a green secret", ref: "w" });
    await alice.next("whispered", { ref: "w" });
    bob.do({ do: "history", before: 4, limit: 2, ref: "h" });
    const page = await bob.next("history", { ref: "h" });
    expect(page).toMatchObject({ cause: "history", more: true });
    expect(page.entries.map(({ id }) => id)).toEqual([2, 3]);
    const carol = await stage.join("carol", server);
    for (const [who, words, found] of [
      [bob, "GREEN", ["the Build is green", "a green secret"]],
      [carol, "GREEN", ["the Build is green"]],
      [carol, "deploy friday", ["deployed on Friday"]],
      [carol, "开会", ["我们明天开会吧"]],
      [carol, '"NEAR(* -', []],
    ] as const) {
      who.do({ do: "search", words, ref: words });
      const answer = await Promise.race([
        who.next("history", { ref: words }).then(({ entries }) => entries.map(({ text }) => text)),
      ]);
      expect(answer, words).toEqual([...found]);
    }
    carol.do({ do: "search", words: " ?! ", ref: "none" });
    expect(await carol.next("error", { ref: "none" })).toMatchObject({ code: "search-empty" });
  });
});

describe("a whisper to a member who is away", () => {
  test("waits for that member, survives a kill -9 and is shown once", async () => {
    await using stage = await openStage();
    const first = await stage.server({ args: ["--name", "Lab 3"] });
    const bobsHome = await stage.home();
    const alice = await stage.join("alice", first);
    await leave(await stage.join("bob", first, { home: bobsHome }));
    alice.do({ do: "whisper", to: "BOB", text: "call me", ref: "w" });
    expect(await alice.next("whispered", { ref: "w" })).toMatchObject({ to: "bob", away: true });
    const second = await restart(stage, first);
    await alice.next("connection", { state: "restored" });
    const stranger = await stage.join("bobby", second);
    const bob = await stage.join("bob", second, { home: bobsHome });
    const late = await bob.next("whispered");
    expect(late).toMatchObject({ from: "alice", to: "bob", text: "call me", late: true });
    await leave(bob);
    const again = await stage.join("bob", second, { home: bobsHome });
    await again.next("history");
    await say(alice, "a live line");
    await Promise.all([again.next("said"), stranger.next("said")]);
    for (const { events } of [again, stranger])
      expect(events.filter(({ event }) => event === "whispered")).toEqual([]);
    expect(JSON.stringify(stranger.events)).not.toContain("call me");
  });

  test("is not shown to another key that takes the name after its release", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--op", "alice"] });
    const alice = await stage.join("alice", server);
    await leave(await stage.join("bob", server));
    alice.do({ do: "whisper", to: "bob", text: "for your eyes only", ref: "w" });
    await alice.next("whispered", { ref: "w", away: true });
    alice.do({ do: "moderate", action: "release", name: "bob", ref: "m" });
    await alice.next("moderated", { ref: "m" });
    const impostor = await stage.join("bob", server);
    impostor.do({ do: "history", limit: 50, ref: "h" });
    expect((await impostor.next("history", { ref: "h" })).entries).toEqual([]);
    alice.do({ do: "whisper", to: "nobody", text: "hello?", ref: "n" });
    expect(await alice.next("error", { ref: "n" })).toMatchObject({ code: "no-such-name" });
  });
});

describe("the same program again", () => {
  const bobs = createKeyHolder();
  const hello = (client: RawClient, session: string) =>
    ({ type: "hello", protocol: 1, name: "bob", voice: false, session, ...client.signed(bobs) }) as const;

  test("replaces its old connection, and the others see it neither leave nor join", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    const at = { port: server.port, tls: true };
    using old = await connectRaw(at);
    old.send(hello(old, "one"));
    await old.next("welcome");
    await alice.next("joined", { name: "bob" });
    using back = await connectRaw(at);
    back.send(hello(back, "one"), { type: "say", text: "still me", ref: "1" });
    expect(await old.next("goodbye")).toMatchObject({ code: "replaced" });
    await old.closed;
    expect(await back.next("welcome")).toMatchObject({ you: "bob", members: ["alice"] });
    await alice.next("said", { from: "bob", text: "still me" });
    using other = await connectRaw(at);
    other.send(hello(other, "two"));
    expect(await other.next("goodbye")).toMatchObject({ code: "name-taken" });
    expect(alice.events.filter(({ event }) => event === "left" || event === "joined")).toHaveLength(1);
  });

  test("sends a line again, and the room says it once", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    const at = { port: server.port, tls: true };
    using first = await connectRaw(at);
    first.send(hello(first, "one"), { type: "say", text: "once", ref: "r1" });
    const { id } = await first.next("said", { ref: "r1" });
    first.vanish();
    using second = await connectRaw(at);
    second.send(hello(second, "one"), { type: "say", text: "once", ref: "r1" });
    expect(await second.next("said", { ref: "r1" })).toMatchObject({ id });
    second.send({ type: "say", text: "twice", ref: "r2" });
    await alice.next("said", { text: "twice" });
    const texts = alice.events.flatMap((event) => (event.event === "said" ? [event.text] : []));
    expect(texts).toEqual(["once", "twice"]);
  });
});
