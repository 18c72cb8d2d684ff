/** Shows that moderation holds against clients that speak the bare protocol, and after a kill -9 of the server. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import type { ClientMessage, ClientMessageOf } from "../../lib/protocol/messages.ts";
import type { Server, Stage } from "../support/holler.ts";
import { openStage } from "../support/holler.ts";
import type { KeyHolder } from "../support/keys.ts";
import { createKeyHolder } from "../support/keys.ts";
import { connectRaw, joinRaw, type RawClient } from "../support/raw-client.ts";

setDefaultTimeout(120_000);

type Action = Omit<ClientMessageOf<"moderate">, "type" | "ref">;

const operator = createKeyHolder();
const [bobs, carols] = [createKeyHolder(), createKeyHolder()];

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

function join(server: Server, name: string, holder?: KeyHolder): Promise<RawClient> {
  return joinRaw({ port: server.port, tls: true }, name, true, holder);
}

/** The code with which a client is refused. */
async function refusedAs(server: Server, name: string, holder?: KeyHolder): Promise<string | undefined> {
  using client = await connectRaw({ port: server.port, tls: true });
  const signed = holder === undefined ? {} : client.signed(holder);
  client.send({ type: "hello", protocol: 1, name, voice: false, ...signed });
  await client.closed;
  const last = client.messages.at(-1);
  return last?.type === "goodbye" ? last.code : undefined;
}

/** Takes a moderation action, and waits for its confirmation. */
async function moderate(client: RawClient, action: Action) {
  const ref = crypto.randomUUID();
  client.send({ type: "moderate", ...action, ref });
  return client.next("moderated", { ref });
}

const say = (client: RawClient, text: string) => client.send({ type: "say", text, ref: crypto.randomUUID() });

test("a kicked member leaves with the reason, and a banned one stays out, also after a kill -9", async () => {
  const home = await stage.home();
  const first = await stage.server({ home, args: ["--op", "alice"] });
  using alice = await join(first, "alice", operator);
  using bob = await join(first, "bob", bobs);
  using guest = await join(first, "guest");
  await moderate(alice, { action: "kick", name: "bob", reason: "too loud" });
  expect(await bob.next("goodbye")).toMatchObject({ code: "kicked", name: "alice", reason: "too loud" });
  await bob.closed;
  expect(await guest.next("left", { name: "bob" })).toMatchObject({ reason: "kicked" });
  using back = await join(first, "bob", bobs);
  await moderate(alice, { action: "op", name: "bob" });
  await moderate(back, { action: "ban", name: "guest" });
  expect(await guest.next("goodbye")).toMatchObject({ code: "banned", name: "bob" });
  await first.kill9();

  const second = await stage.server({ home, args: ["--port", String(first.port)] });
  expect(await refusedAs(second, "guest")).toBe("banned");
  expect(await refusedAs(second, "other", createKeyHolder())).toBe("banned");
  expect(await refusedAs(second, "bob", carols)).toBe("banned");
  using again = await join(second, "bob", bobs);
  expect(again.messages[0]).toMatchObject({ type: "welcome", operator: true });
  expect(await moderate(again, { action: "bans" })).toMatchObject({ names: ["guest"] });
  await moderate(again, { action: "unban", name: "guest" });
  using _guest = await join(second, "guest");
  expect(await refusedAs(second, "alice", carols), "alice is whose it was").toBe("name-taken");
  // She is no operator any more: the server was not told so this time.
  using former = await join(second, "alice", operator);
  expect(former.messages[0]).not.toHaveProperty("operator");
});

describe("in a room with an operator,", () => {
  let server: Server;
  let alice: RawClient;
  let bob: RawClient;
  let carol: RawClient;

  beforeAll(async () => {
    server = await stage.server({ args: ["--op", "alice"] });
    alice = await join(server, "alice", operator);
    bob = await join(server, "bob", bobs);
    carol = await join(server, "carol", carols);
  });
  afterAll(() => {
    for (const one of [alice, bob, carol]) one.vanish();
  });

  test("a silenced member is not heard until the silence is lifted", async () => {
    await moderate(alice, { action: "silence", name: "bob", minutes: 5, reason: "spam" });
    await bob.next("moderated", { action: "silence", by: "alice", minutes: 5, reason: "spam" });
    say(bob, "unread");
    expect(await bob.next("error", { code: "silenced" })).toMatchObject({ seconds: 300 });
    await moderate(alice, { action: "unsilence", name: "bob" });
    say(bob, "hello again");
    await carol.next("said", { text: "hello again" });
    expect(JSON.stringify(carol.messages)).not.toContain("unread");
  });

  test("new people are refused while the room is locked", async () => {
    await moderate(alice, { action: "lock", on: true });
    await carol.next("moderated", { action: "lock", on: true });
    expect(await refusedAs(server, "dave", createKeyHolder())).toBe("room-locked");
    await moderate(alice, { action: "lock", on: false });
    using _dave = await join(server, "dave", createKeyHolder());
  });

  test("only operators speak in moderated mode, and members who were given the floor", async () => {
    await moderate(alice, { action: "announce", on: true });
    say(bob, "a question");
    await bob.next("error", { code: "announce-only" });
    bob.send({ type: "whisper", to: "alice", text: "a question", ref: "w" });
    await alice.next("whispered", { text: "a question" });
    await moderate(alice, { action: "floor", name: "bob" });
    bob.send({ type: "requestFloor", seconds: 5, ref: "t" });
    const { stream } = await bob.next("floorGranted");
    bob.speak(stream, 10);
    await carol.next("voiceStarted", { from: "bob" });
    await moderate(alice, { action: "floor" });
    expect(await carol.next("voiceEnded", { stream })).toMatchObject({ reason: "stopped" });
    await moderate(alice, { action: "announce", on: false });
    say(bob, "an answer");
    await carol.next("said", { text: "an answer" });
  });

  test("moderation actions are in the log with their operators, without their reasons", async () => {
    await moderate(alice, { action: "silence", name: "bob", minutes: 1, reason: "unmentionable" });
    const line = await server.output.next((text) => text.includes("silence for 1 min"), "the log of it");
    expect(JSON.parse(line)).toMatchObject({ event: "moderated", name: "bob", by: "alice" });
    expect(server.output.items.join("\n")).not.toContain("unmentionable");
    await moderate(alice, { action: "unsilence", name: "bob" });
  });
});

describe("a client that sends too much", () => {
  test("is told how long to wait, and its lines stay in order", async () => {
    const server = await stage.server();
    using bob = await join(server, "bob", bobs);
    using carol = await join(server, "carol", carols);
    const lines = limits.linesBurst + 200;
    bob.send(
      ...Array.from(
        { length: lines },
        (_, line): ClientMessage => ({ type: "say", text: `${line}`, ref: `${line}` }),
      ),
    );
    const { seconds = 0 } = await bob.next("error", { code: "too-fast" });
    bob.send({ type: "who" });
    await bob.next("members");
    const said = carol.messages.flatMap((one) => (one.type === "said" ? [one.text] : []));
    expect(said).toEqual(Array.from({ length: said.length }, (_, line) => `${line}`));
    expect(said.length).toBeLessThan(lines);
    await Bun.sleep(seconds * 1_000);
    bob.send({ type: "say", text: "after the wait", ref: "p" });
    await carol.next("said", { text: "after the wait" });
  });

  test("is cut off when it sends far too much, and the others are not", async () => {
    const server = await stage.server();
    using bob = await join(server, "bob", bobs);
    using carol = await join(server, "carol", carols);
    bob.send(
      ...Array.from({ length: 2 * limits.messagesBurst }, (): ClientMessage => ({ type: "ping", sent: 1 })),
    );
    expect(await bob.next("goodbye")).toMatchObject({ code: "flooded" });
    await carol.next("left", { name: "bob", reason: "lost" });
    say(carol, "calm");
    await carol.next("said", { text: "calm" });
  });
});
