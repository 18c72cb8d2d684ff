/** Shows that a file system without hard links, such as exFAT, keeps keys as safely as any other, also at two starts at once. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { link, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openStage } from "../support/holler.ts";
import { canRefuseLinks, withoutHardLinks } from "../support/no-hard-links.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasNoLinks = requireRig("a file system without hard links", canRefuseLinks, "scripts/install-rigs.sh");

describe.skipIf(!hasNoLinks)("without hard links", () => {
  test("of servers that start at once with a new data folder one serves, and keeps its identity", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const env = await withoutHardLinks(home.work);
    const starting = Array.from({ length: 4 }, () => stage.server({ home, env }).catch(() => undefined));
    const [first, ...more] = (await Promise.all(starting)).filter((server) => server !== undefined);
    expect(more).toEqual([]);
    await first?.kill9();
    const second = await stage.server({ home, env });
    expect(second.identity).toBe(first?.identity ?? "");
    expect((await readdir(home.data)).filter((name) => !name.startsWith("room.sqlite")).sort()).toEqual([
      "identity.pem",
      "server.lock",
    ]);
  });

  test("clients that start at once with a new home have one key, and are no guests", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const bob = await stage.join("bob", server);
    const home = await stage.home();
    const env = await withoutHardLinks(home.work);
    const names = ["p1", "p2", "p3", "p4", "p5"];
    const start = (name: string) =>
      stage.holler(["send", "--name", name, ...server.there, "hi"], { home, env });
    const done = { code: 0, output: "", errors: "" };
    for (const outcome of await Promise.all(names.map(start))) expect(outcome).toEqual(done);
    for (const _ of names) expect((await bob.next("said")).guest).toBeUndefined();
    for (const name of names) expect(await start(name)).toEqual(done);
    expect((await readdir(home.config)).sort()).toEqual([
      "client.lock",
      "key.pem",
      "known-servers.json",
      "settings.json",
    ]);
  });

  test("the programs of these tests really have none", async () => {
    await using stage = await openStage();
    const { work } = await stage.home();
    const env = await withoutHardLinks(work);
    await mkdir(join(work, "here"));
    const [from, to] = [join(work, "here", "a"), join(work, "here", "b")];
    await writeFile(from, "");
    const linked = Bun.spawnSync([process.execPath, "-e", `require("fs").linkSync("${from}", "${to}")`], {
      env: { ...env, PATH: "/usr/bin:/bin" },
      stderr: "pipe",
    });
    expect(linked.stderr.toString()).toContain("EPERM");
    await link(from, to);
  });
});
