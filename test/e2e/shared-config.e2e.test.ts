/** Shows that clients of one person that run at once share their files: nothing is forgotten, and no file is ever half. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { createPrivateKey } from "node:crypto";
import { mkdirSync, watch } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { clientBinary, type Home, openStage, type Server } from "../support/holler.ts";

setDefaultTimeout(300_000);

async function read(home: Home, file: string): Promise<string> {
  return Bun.file(join(home.config, file)).text();
}

function pinOf({ identity }: Server): string {
  return identity.replace("SHA256:", "");
}

test("clients that start at once with a new home remember every server, so that a changed one is refused", async () => {
  await using stage = await openStage();
  const servers = await Promise.all(Array.from({ length: 4 }, () => stage.server()));
  const home = await stage.home();
  const sends = servers.flatMap(({ there }) =>
    ["p1", "p2", "p3", "p4", "p5"].map((name) => ["send", "--name", name, ...there, "hi"]),
  );
  const done = { code: 0, output: "", errors: "" };
  const outcomes = await Promise.all(sends.map((send) => stage.holler(send, { home })));
  expect(outcomes.filter(({ code }) => code !== 0)).toEqual([]);

  expect(JSON.parse(await read(home, "known-servers.json"))).toEqual(
    Object.fromEntries(servers.map((server) => [`server:127.0.0.1:${server.port}`, [pinOf(server)]])),
  );
  // All had one key: each name is still theirs.
  for (const send of sends) expect(await stage.holler(send, { home })).toEqual(done);
  expect((await readdir(home.config)).sort()).toEqual([
    "client.lock",
    "key.pem",
    "known-servers.json",
    "settings.json",
  ]);
  for (const server of servers) {
    await server.stop();
    await stage.server({ args: ["--port", String(server.port)] });
    expect(await stage.holler(["send", ...server.there, "secret"], { home })).toMatchObject({ code: 5 });
  }
});

test("a client that is killed at any of its changes leaves every file whole", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  mkdirSync(home.config, { recursive: true, mode: 0o700 });
  for (let round = 1; round <= 16; round += 1) {
    const server = await stage.server();
    // A new server and a new name: everything is written.
    const client = await stage.start(
      [clientBinary, "--json", "--no-voice", "--name", `p${round}`, ...server.there],
      { home },
    );
    let changes = 0;
    const watcher = watch(home.config, () => {
      changes += 1;
      if (changes === round) client.signal("SIGKILL");
    });
    client.write('{"do":"say","text":"hi"}\n{"do":"quit"}\n');
    client.close();
    await client.exit();
    watcher.close();

    const files = await readdir(home.config);
    for (const file of files.filter((name) => name.endsWith(".json"))) JSON.parse(await read(home, file));
    if (files.includes("key.pem")) createPrivateKey(await read(home, "key.pem"));
    await server.stop();
  }
  const server = await stage.server();
  const outcome = await stage.holler(["send", "--name", "last", ...server.there, "hi"], { home });
  expect(outcome).toEqual({ code: 0, output: "", errors: "" });
  expect((await readdir(home.config)).sort()).toEqual([
    "client.lock",
    "key.pem",
    "known-servers.json",
    "seen.json",
    "settings.json",
  ]);
});
