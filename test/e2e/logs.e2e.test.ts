/** Shows that no line and no secret is in a log or on standard error, also when commands are wrong. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeFrame } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { type Client, openStage, type Program, serverBinary } from "../support/holler.ts";
import { connectRaw, joinRaw, type RawClient } from "../support/raw-client.ts";

setDefaultTimeout(120_000);
const stage = await openStage();
afterAll(() => stage[Symbol.asyncDispose]());

/** A word in everything that is said, and in no accepted name. */
const mark = "xyzzy";
const base64Payload = Buffer.alloc(30, 0x78).toString("base64");

const json = (kind: number, text: string) => encodeFrame(kind, new TextEncoder().encode(text));
const rejected: Uint8Array[] = [
  Buffer.from(`GET /${mark} HTTP/1.1\r\n\r\n`),
  json(1, `{"protocol":1,"name":"${mark} ${mark}","voice":true}`),
  json(1, `{"protocol":1,"name":"m","voice":"${mark}"}`),
  json(1, `{"protocol":1,"name":"m","voice":true,"key":"${mark}"}`),
  json(1, `{"protocol":99,"name":"m","voice":true,"client":"${mark}"}`),
  json(1, `{"protocol":1,"name":"ALICE","voice":true,"client":"${mark}"}`),
  json(2, `{"text":"${mark}","ref":"r"}`),
  json(1, `{"${mark}":`),
];

async function talk(alice: Client, bob: Client, mallory: RawClient): Promise<void> {
  alice.do({ do: "say", text: `hello ${mark}`, ref: mark });
  await bob.next("said");
  alice.do({ do: "whisper", to: "bob", text: `psst ${mark}` });
  await bob.next("whispered");
  bob.do({ do: "say", text: `\u001b[31m${mark}\n${mark}` });
  await alice.next("said", { from: "bob" });
  for (const to of [mark, "nobody"]) {
    alice.do({ do: "whisper", to, text: mark });
    await alice.next("error", { code: "no-such-name" });
  }
  alice.do({ do: "say", text: mark.repeat(limits.textCharsMax) });
  await alice.next("error", { code: "text-too-long" });
  alice.do({ do: "rename", name: `${mark} ${mark}` });
  await alice.next("error", { code: "name-invalid" });
  alice.do({ do: "search", words: mark });
  await alice.next("history", { cause: "search" });
  alice.write(`${mark}\n{"do":"${mark}"}\n`);
  for (const _ of [1, 2]) await alice.next("error");
  mallory.send({ type: "requestFloor", seconds: 5, ref: mark });
  const { stream } = await mallory.next("floorGranted");
  mallory.speak(stream, 20);
  mallory.send({ type: "releaseFloor", stream, reason: "done" });
  const { clip = 0 } = await mallory.next("voiceEnded");
  mallory.send(
    { type: "fetch", clip, first: 0, ref: mark },
    { type: "fetch", clip: 99, first: 0, ref: mark },
  );
  await mallory.next("clip");
  await mallory.next("error", { code: "no-such-clip" });
}

/** A long session; returns the log and the error output of the server and the clients. */
async function session(format: "pretty" | "json", tls: boolean): Promise<{ log: string; errors: string[] }> {
  const home = await stage.home();
  const options = ["--log-format", format, "--port", "0", "--no-advertise", ...(tls ? [] : ["--plaintext"])];
  const server = await stage.start([serverBinary, ...options], { home });
  const port = await portOf(server);
  const there = ["--server", `127.0.0.1:${port}`, ...(tls ? [] : ["--plaintext"])];
  const [alice, bob] = [await stage.join("alice", there), await stage.join("bob", there)];
  using mallory = await joinRaw({ port, tls }, "mallory");
  await talk(alice, bob, mallory);
  for (const bytes of rejected) {
    using stranger = await connectRaw({ port, tls });
    await stranger.write(bytes);
    await stranger.next("goodbye");
  }
  await mallory.write(json(2, `{"text":"${mark}",`));
  await mallory.next("goodbye", { code: "bad-message" });
  bob.signal("SIGKILL");
  alice.do({ do: "whisper", to: "bob", text: `later, ${mark}` });
  await alice.next("whispered");
  alice.do({ do: "quit" });
  await alice.exit();
  server.signal("SIGTERM");
  expect(await server.exit()).toBe(0);
  const secrets = [
    await readFile(join(alice.home.config, "key.pem"), "utf8"),
    tls ? await readFile(join(home.data, "identity.pem"), "utf8") : "",
  ];
  const log = server.output.items.join("\n");
  for (const line of secrets.flatMap((text) => text.split("\n")).filter((text) => text.length > 30))
    expect(log).not.toContain(line);
  return { log, errors: [server, alice, bob].map(({ errors }) => errors.items.join("\n")) };
}

async function portOf(server: Program): Promise<number> {
  const line = await server.output.next((text) => /port/i.test(text), "the port");
  return Number(/port\W+(\d+)/i.exec(line)?.[1]);
}

for (const format of ["pretty", "json"] as const) {
  test(`the ${format} log has who joined and left, and nothing that was said`, async () => {
    const { log, errors } = await session(format, true);
    for (const seen of ["alice", "bob", "mallory", "name-taken", "bad-message"]) expect(log).toContain(seen);
    expect(log).not.toContain(mark);
    expect(log).not.toContain(base64Payload);
    expect(log).not.toContain("xxxxxxxx");
    expect(errors).toEqual(["", "", ""]);
  });
}

test.each(["pretty", "json"])(
  "the %s log names the file of a new passphrase, and never the passphrase",
  async (format) => {
    const home = await stage.home();
    const options = ["--log-format", format, "--port", "0", "--no-advertise", "--new-passphrase"];
    const server = await stage.start([serverBinary, ...options], { home });
    await server.output.next((text) => text.includes("new passphrase"), "where it is");
    server.signal("SIGTERM");
    await server.exit();
    const file = join(home.data, "passphrase");
    const passphrase = (await readFile(file, "utf8")).trim();
    const printed = [...server.output.items, ...server.errors.items].join("\n");
    expect(passphrase.split(" ")).toHaveLength(4);
    expect(printed).not.toContain(passphrase);
    expect(printed).toContain(file);
  },
);

test("every line of the json log about a member names its connection", async () => {
  const { log } = await session("json", false);
  const lines: Record<string, unknown>[] = log.split("\n").map((line) => JSON.parse(line));
  const about = lines.filter((line) => "name" in line || "address" in line);
  expect(about.length).toBeGreaterThan(10);
  for (const line of about)
    expect(line).toMatchObject({ connection: expect.any(Number), address: "127.0.0.1" });
  const joined = about.filter(({ event }) => event === "joined").map(({ connection }) => connection);
  expect(new Set(joined).size).toBe(3);
});
