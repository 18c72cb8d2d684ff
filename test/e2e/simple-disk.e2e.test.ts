/** Shows that a file system without hard links and permissions, such as exFAT, keeps keys as safely as it can. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { link, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openStage } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";
import { canSimplify, simpleDisk } from "../support/simple-disk.ts";

setDefaultTimeout(120_000);
const hasSimpleDisk = requireRig("a simple file system", canSimplify, "scripts/install-rigs.sh");

describe.skipIf(!hasSimpleDisk)("without hard links", () => {
  test("of servers that start at once with a new data folder one serves, and keeps its identity", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const env = await simpleDisk(home.work);
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
    const env = await simpleDisk(home.work);
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
});

describe.skipIf(!hasSimpleDisk)("without permissions", () => {
  test("folders that others can read work, and both programs say that they can", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const env = await simpleDisk(home.work, "055");
    const server = await stage.server({ home, env });
    const warning = await server.output.next((line) => line.includes("warning"), "a warning");
    expect(JSON.parse(warning)).toMatchObject({
      event: "data-open",
      message: `The file system of ${home.data} keeps no permissions: other users of this machine can read the keys and the history.`,
    });
    const bob = await stage.join("bob", server);
    for (const _ of ["first", "again"]) {
      const outcome = await stage.holler(["send", "--name", "al", ...server.there, "hi"], { home, env });
      expect(outcome).toEqual({
        code: 0,
        output: "",
        errors: `holler: The file system of ${home.config} keeps no permissions: other users of this machine can read your key.\n`,
      });
      expect((await bob.next("said")).guest).toBeUndefined();
    }
    await server.stop();
    expect((await stage.server({ home, env })).identity).toBe(server.identity);
  });

  test("folders in which others can write are refused, with what closes them", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const home = await stage.home();
    const env = await simpleDisk(home.work, "077");
    const refused = (folder: string) =>
      `${folder} is open to other users of this machine, who may have changed or read it. Its file system keeps no permissions: mount it so that only you can write, for example with umask=077.\n`;
    expect(await stage.holler(["send", ...server.there, "hi"], { home, env })).toEqual({
      code: 1,
      output: "",
      errors: `holler: ${refused(home.config)}`,
    });
    expect(await stage.runServer({ home, env })).toEqual({
      code: 1,
      output: "",
      errors: `holler-server: ${refused(home.data)}`,
    });
  });
});

test.skipIf(!hasSimpleDisk)("the programs of these tests really meet such a file system", async () => {
  await using stage = await openStage();
  const { work } = await stage.home();
  await mkdir(join(work, "here"));
  const [from, to] = [join(work, "here", "a"), join(work, "here", "b")];
  await writeFile(from, "", { mode: 0o600 });
  const script = `
    const { chmodSync, linkSync, statSync } = require("fs");
    chmodSync("${from}", 0o600);
    console.log((statSync("${from}").mode & 0o777).toString(8));
    linkSync("${from}", "${to}");
  `;
  const run = Bun.spawnSync([process.execPath, "-e", script], {
    env: { ...(await simpleDisk(work, "055")), PATH: "/usr/bin:/bin" },
    stderr: "pipe",
  });
  expect(run.stdout.toString()).toBe("655\n");
  expect(run.stderr.toString()).toContain("EPERM");
  expect(((await stat(from)).mode & 0o777).toString(8)).toBe("600");
  await link(from, to);
});
