/** Shows that the files of both programs are readable by their owner alone, and that another mode of a key ends them in one sentence. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmod, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { openStage } from "../support/holler.ts";

setDefaultTimeout(120_000);

async function modesIn(folder: string): Promise<Record<string, string>> {
  const names = [".", ...(await readdir(folder)).sort()];
  const modes = names.map(async (name) => {
    const { mode } = await stat(join(folder, name));
    return [name, (mode & 0o777).toString(8)];
  });
  return Object.fromEntries(await Promise.all(modes));
}

test("folders have mode 700 and files 600 with any umask, temporary files included", async () => {
  const usual = process.umask(0o002);
  try {
    await using stage = await openStage();
    const server = await stage.server();
    const alice = await stage.join("alice", server);
    alice.do({ do: "say", text: "hi" });
    await alice.next("said");
    const own = "600";
    const beside = { "room.sqlite-shm": own, "room.sqlite-wal": own };
    const kept = { ".": "700", "identity.pem": own, "room.sqlite": own, "server.lock": own };
    expect(await modesIn(server.home.data)).toEqual({ ...kept, ...beside });
    alice.do({ do: "quit" });
    await alice.exit();
    expect(await modesIn(alice.home.config)).toEqual({
      ".": "700",
      "client.lock": own,
      "key.pem": own,
      "known-servers.json": own,
      "seen.json": own,
      "settings.json": own,
    });
  } finally {
    process.umask(usual);
  }
});

test("a key that others can read ends the server and the client with advice", async () => {
  await using stage = await openStage();
  const server = await stage.server();
  const alice = await stage.join("alice", server);
  alice.do({ do: "quit" });
  await alice.exit();
  const secret = join(alice.home.config, "key.pem");
  await chmod(secret, 0o640);
  const send = ["send", ...server.there, "hi"];
  const client = await stage.holler(send, { home: alice.home });
  expect(client).toEqual({ code: 1, output: "", errors: expect.stringMatching(/^holler: [^\n]+\n$/) });
  expect(client.errors).toContain(`chmod 600 "${secret}"`);
  const json = await stage.holler(["--json", ...server.there], { home: alice.home });
  expect(JSON.parse(json.output)).toMatchObject({ event: "error", code: "not-private" });
  await chmod(secret, 0o600);
  expect((await stage.holler(send, { home: alice.home })).code).toBe(0);

  await server.stop();
  const key = join(server.home.data, "identity.pem");
  await chmod(key, 0o604);
  const refused = await stage.runServer({ home: server.home });
  expect(refused).toEqual({
    code: 1,
    output: "",
    errors: expect.stringMatching(/^holler-server: [^\n]+\n$/),
  });
  expect(refused.errors).toContain(`chmod 600 "${key}"`);
  await chmod(key, 0o600);
  await stage.server({ home: server.home });
});
