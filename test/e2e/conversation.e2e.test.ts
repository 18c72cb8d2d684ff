/** Shows that everyone in a room reads the same conversation, and that whispers stay between two people. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { startFakeServer } from "../support/fake-server.ts";
import { type Client, clientBinary, openStage } from "../support/holler.ts";

setDefaultTimeout(120_000);

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** Alice, then bob, then carol; returned when each knows of the others. */
async function threeIn(stage: Awaited<ReturnType<typeof openStage>>) {
  const server = await stage.server({ args: ["--name", "Lab 3"] });
  const alice = await stage.join("alice", server);
  const bob = await stage.join("bob", server);
  const carol = await stage.join("carol", server);
  await Promise.all([alice.next("joined", { name: "carol" }), bob.next("joined", { name: "carol" })]);
  return { server, alice, bob, carol };
}

const heard = (client: Client) =>
  client.events.filter(({ event }) => event === "said" || event === "whispered");

describe("three people in --json", () => {
  test("are welcomed and told of each other", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    expect(alice.events).toEqual([
      { event: "welcome", you: "alice", room: "Lab 3", members: [], lastId: 0 },
      { event: "joined", name: "bob" },
      { event: "joined", name: "carol" },
    ]);
    expect(carol.events).toEqual([
      { event: "welcome", you: "carol", room: "Lab 3", members: ["alice", "bob"], lastId: 0 },
    ]);
    bob.do({ do: "quit" });
    expect(await bob.exit()).toBe(0);
    expect(await alice.next("left")).toEqual({ event: "left", name: "bob", reason: "quit" });
    carol.close();
    expect(await carol.exit()).toBe(0);
    expect(await alice.next("left")).toEqual({ event: "left", name: "carol", reason: "quit" });
    alice.signal("SIGTERM");
    expect(await alice.exit()).toBe(0);
  });

  test("read the lines in one order, and only the author gets the reference", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    const people = [alice, bob, carol];
    for (let round = 0; round < 30; round += 1)
      for (const [index, one] of people.entries())
        one.do({ do: "say", text: `${round} of ${index}`, ref: `${index}-${round}` });
    for (const one of people) await one.next("said", { id: 90 });
    const [first, ...others] = people.map((one) => heard(one).map((event) => ({ ...event, ref: undefined })));
    for (const other of others) expect(other).toEqual(first ?? []);
    for (const [index, one] of people.entries()) {
      const refs = one.events.flatMap((event) => ("ref" in event ? [event.ref] : []));
      expect(refs).toEqual(Array.from({ length: 30 }, (_, round) => `${index}-${round}`));
    }
    alice.do({ do: "say", text: "hi", ref: "r1" });
    const said = { event: "said" as const, id: 91, from: "alice", text: "hi", at: time };
    expect(await alice.next("said")).toEqual({ ...said, ref: "r1" });
    expect(await bob.next("said")).toEqual(said);
  });

  test("whisper to one person, and the third reads nothing", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    alice.do({ do: "whisper", to: "BOB", text: "psst", ref: "r2" });
    alice.do({ do: "say", text: "done" });
    const whispered = {
      event: "whispered" as const,
      id: 1,
      from: "alice",
      to: "bob",
      text: "psst",
      at: time,
    };
    expect(await bob.next("whispered")).toEqual(whispered);
    expect(await alice.next("whispered")).toEqual({ ...whispered, ref: "r2" });
    await carol.next("said", { text: "done" });
    expect(heard(carol)).toHaveLength(1);
  });

  test("see who is there, and read of a new name", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    bob.do({ do: "rename", name: "robert" });
    for (const one of [alice, bob, carol])
      expect(await one.next("renamed")).toEqual({ event: "renamed", from: "bob", to: "robert" });
    alice.do({ do: "who" });
    const members = await alice.next("members");
    expect(members).toEqual({
      event: "members",
      names: expect.arrayContaining(["alice", "carol", "robert"]),
    });
    expect(members.names).toHaveLength(3);
    alice.do({ do: "whisper", to: "robert", text: "new name" });
    await bob.next("whispered", { to: "robert" });
  });

  test("are told which command was refused, with its reference, and go on", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const refused = async (code: string, ref?: string) =>
      expect(await alice.next("error")).toEqual({
        event: "error",
        code,
        message: expect.stringMatching(/^\S.*\.$/),
        ...(ref === undefined ? {} : { ref }),
      });
    alice.do({ do: "whisper", to: "dave", text: "there?", ref: "r1" });
    await refused("no-such-name", "r1");
    alice.do({ do: "say", text: " \u001b ", ref: "r2" });
    await refused("text-empty", "r2");
    alice.do({ do: "say", text: "x".repeat(4_001), ref: "r3" });
    await refused("text-too-long", "r3");
    alice.do({ do: "rename", name: "Bob", ref: "r4" });
    await refused("name-taken", "r4");
    alice.do({ do: "rename", name: "a b", ref: "r5" });
    await refused("name-invalid", "r5");
    alice.write("{ this is not JSON\n");
    await refused("bad-command");
    alice.do({ do: "say", text: '"'.repeat(30_000), ref: "r8" });
    await refused("text-too-long", "r8");
    alice.do({ do: "whisper", to: "x".repeat(5_000), text: "hi", ref: "r9" });
    await refused("no-such-name", "r9");
    alice.do({ do: "rename", name: "x".repeat(5_000), ref: "r10" });
    await refused("name-invalid", "r10");
    alice.write('{"do":"fly","ref":"r6"}\n');
    await refused("bad-command", "r6");
    alice.write('{"do":"say","ref":"r7"}\n');
    await refused("bad-command", "r7");
    alice.write(`${"x".repeat(70_000)}\n`);
    await refused("bad-command");
    alice.do({ do: "say", text: "still here" });
    await bob.next("said", { text: "still here" });
  });
});

describe("coming in", () => {
  test("ends with 4 for a taken name or a full room, and with 2 for an invalid name", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--max-clients", "1"] });
    await stage.join("Zoë", server);
    const taken = await stage.client("ZOË", server);
    expect(await taken.next("error")).toMatchObject({ code: "name-taken" });
    expect(await taken.exit()).toBe(4);
    expect(taken.events).toHaveLength(1);
    const full = await stage.client("bob", server);
    expect(await full.next("error")).toMatchObject({ code: "room-full" });
    expect(await full.exit()).toBe(4);
    for (const name of ["a b", "x".repeat(25), "-\u202e", "ann\u0007"]) {
      const { code, output, errors } = await stage.holler(["--json", "--name", name, ...server.there]);
      expect({ code, output, lines: errors.split("\n").length }).toEqual({ code: 2, output: "", lines: 2 });
      expect(errors).toContain("--name");
    }
  });

  test("ends with 4 under a name that looks like another, before and after a restart, and says which", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const refused = async (server: Awaited<ReturnType<typeof stage.server>>) => {
      for (const name of ["\u0430lice", "\uff41lice", "a\u0332lice", "aIice"]) {
        const { code, errors } = await stage.holler(["--name", name, ...server.there]);
        const sentence = `The name ${name} looks like Alice, which is taken; choose another.`;
        expect({ code, errors }).toMatchObject({ code: 4, errors: expect.stringContaining(sentence) });
      }
    };
    const first = await stage.server({ home });
    const alice = await stage.join("Alice", first);
    await refused(first);
    alice.do({ do: "quit" });
    expect(await alice.exit()).toBe(0);
    await first.stop();
    const second = await stage.server({ home });
    await refused(second);
    for (const name of [
      "\u041a\u0438\u0440\u0438\u043b\u043b",
      "\u7530\u4e2d",
      "\u0623\u062d\u0645\u062f",
      "\u0410lex",
    ])
      await stage.join(name, second);
  });

  test("uses the next free name in a script that gave none", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const elsewhere = await stage.server();
    const alice = await stage.join("alice", server);
    const home = await stage.home();
    expect(await stage.holler(["--name", "bob", ...elsewhere.there], { home })).toMatchObject({ code: 0 });
    await stage.join("bob", server);
    await stage.holler(server.there, { home, input: "hello\n" });
    await alice.next("said", { from: "bob-2", text: "hello" });
  });

  test("shows the message of the day in the welcome", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--motd", "Be kind."] });
    const alice = await stage.client("alice", server);
    expect(await alice.next("welcome")).toMatchObject({ motd: "Be kind." });
  });
});

describe("scripts", () => {
  test("send each piped line as it stands, escapes included, and end when all are confirmed", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    const lines = Array.from({ length: 300 }, (_, index) => `line ${index}`);
    const input = ["@@bob", "//etc", "!!bang", "@alice psst", ...lines, "last, unended"].join("\n");
    const { code, errors } = await stage.holler(["--name", "bob", ...server.there], { input });
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    await alice.next("left", { name: "bob" });
    const texts = heard(alice).map((event) => ("text" in event ? event.text : ""));
    expect(texts).toEqual(["@bob", "/etc", "!bang", "psst", ...lines, "last, unended"]);
  });

  test("end with 1 after a refused line, once the other lines are sent", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    const { code, errors } = await stage.holler(["--name", "bob", ...server.there], {
      input: "@nobody hi\nafter\n",
    });
    expect(code).toBe(1);
    expect(errors).toContain("There is no nobody here.");
    await alice.next("said", { text: "after" });
  });

  test("say one line with holler send, to everyone or to one person, from arguments or input", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    const carol = await stage.join("carol", server);
    const silent = { code: 0, output: "", errors: "" };
    const as = ["--name", "bob", ...server.there];
    const home = await stage.home();
    expect(await stage.holler(["send", ...as, "two", "words"], { home })).toEqual(silent);
    expect(await stage.holler(["send", ...as], { home, input: "from a pipe\n" })).toEqual(silent);
    expect(await stage.holler(["send", "--to", "alice", ...as, "for you"], { home })).toEqual(silent);
    await alice.next("said", { from: "bob", text: "two words" });
    await alice.next("said", { text: "from a pipe" });
    await alice.next("whispered", { from: "bob", to: "alice", text: "for you" });
    const missed = await stage.holler(["send", "--to", "dave", ...as, "hello?"], { home });
    expect(missed).toEqual({ code: 1, output: "", errors: "holler: There is no dave here.\n" });
    expect(await stage.holler(["send", ...as], { input: " \n" })).toMatchObject({ code: 2, output: "" });
    expect(heard(carol)).toHaveLength(2);
  });

  test("get one error for a line of any length, and the next line is sent", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    const as = ["--name", "bob", ...server.there];
    const home = await stage.home();
    const { code, errors } = await stage.holler(as, { home, input: `${'"'.repeat(40_000)}\nafter\n` });
    expect({ code, lines: errors.split("\n").length }).toEqual({ code: 1, lines: 2 });
    await alice.next("said", { text: "after" });
    expect(await stage.holler(["send", ...as], { home, input: "x".repeat(70_000) })).toEqual({
      code: 1,
      output: "",
      errors: "holler: A line may have 4000 characters at most; this one was not sent.\n",
    });
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "end with 1 on %s before their line is confirmed",
    async (signal) => {
      await using stage = await openStage();
      using silent = await startFakeServer((message) => message.type === "hello" && reached.resolve());
      const reached = Promise.withResolvers<void>();
      const sending = await stage.start([clientBinary, "send", ...silent.there, "hi"]);
      await reached.promise;
      sending.signal(signal);
      expect(await sending.result()).toMatchObject({ code: 1, output: "" });
    },
  );

  test("carry the lines of every writing system unchanged", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--name", "Größe 日本"] });
    const alice = await stage.client("Zoë", server);
    expect(await alice.next("welcome")).toMatchObject({ room: "Größe 日本", you: "Zoë" });
    const bob = await stage.join("Владимир", server);
    const texts = [
      "日本語 한국어",
      "👩‍👩‍👧 👍🏽 🇨🇭",
      "שלום עולם",
      "می‌خواهم",
      "e\u0301 ﬁ ∑",
      '"quoted" \\ {"do":"quit"}',
    ];
    for (const text of texts) {
      bob.do({ do: "say", text });
      expect((await alice.next("said", { from: "Владимир" })).text).toBe(text);
    }
    alice.do({ do: "whisper", to: "владимир", text: "привет" });
    await bob.next("whispered", { from: "Zoë", to: "Владимир", text: "привет" });
  });
});
