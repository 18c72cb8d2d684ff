/** Shows that a server says why it cannot use its data folder, and never advises what would cost its identity. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod, chown, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { canMount, mountDisk } from "../support/disks.ts";
import type { Home, Result, Stage } from "../support/holler.ts";
import { openStage, serverBinary } from "../support/holler.ts";
import { canDropPrivileges, otherUser, withoutAccount, withoutPrivileges } from "../support/privileges.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasDisk = requireRig("a small disk", canMount, "run as root on Linux");
const isRoot = requireRig(
  "programs without the privileges of root",
  canDropPrivileges,
  "run as root on Linux",
);

/** A server without the privileges of root that is expected to end by itself. */
async function run(stage: Stage, home: Home, args: string[] = []): Promise<Result> {
  const command = [...withoutPrivileges, serverBinary, "--no-advertise", "--port", "0", ...args];
  return (await stage.start(command, { home })).result();
}

/** The outcome of a server that ends with this sentence. */
function refused(sentence: string, code = 1): Result {
  return { code, output: "", errors: `holler-server: ${sentence}\n` };
}

describe.skipIf(!isRoot || !hasDisk)("a data folder that cannot be made", () => {
  test("is named with the reason, and with another folder as the way out", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const above = dirname(home.data);
    await chmod(above, 0o500);
    expect(await run(stage, home)).toEqual(
      refused(
        `The data folder ${home.data} cannot be used (the permissions of ${above} forbid it). Allow it with: chmod u+rwx "${above}"`,
      ),
    );
    await chmod(above, 0o700);
    await using _disk = await mountDisk(above, "ro");
    expect(await run(stage, home)).toEqual(
      refused(
        `The data folder ${home.data} cannot be used (the file system is read-only). Name another one with --data.`,
      ),
    );
  });

  test("is named with the part of its path that is in the way", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    await writeFile(home.data, "");
    expect(await run(stage, home)).toEqual(
      refused(`The data folder ${home.data} cannot be used (it is a file, not a folder).`),
    );
    const below = join(home.data, "below");
    expect(await run(stage, home, ["--data", below])).toEqual(
      refused(
        `The data folder ${below} cannot be used (${home.data} is a file, not a folder). Name another one with --data.`,
      ),
    );
    await rm(home.data);
    await symlink(join(home.work, "unplugged"), home.data);
    expect((await run(stage, home)).errors).toContain(
      `(it is a symbolic link to ${join(home.work, "unplugged")}, which does not exist).`,
    );
    expect(await readdir(home.work)).toEqual([]);
  });
});

describe.skipIf(!isRoot)("a file of the data folder that belongs to another user, as after sudo,", () => {
  test.each(["identity.pem", "room.sqlite", "server.lock", "."])(
    "ends the server with the owner and the command that helps: %s",
    async (name) => {
      await using stage = await openStage();
      const home = await stage.home();
      const first = await stage.server({ home });
      await first.stop();
      const path = join(home.data, name);
      await chown(path, otherUser, otherUser);
      const { code, errors } = await run(stage, home);
      expect(code).toBe(1);
      expect(errors).toMatch(/^holler-server: [^\n]+\n$/);
      expect(errors).toContain(`belongs to user ${otherUser}).`);
      expect(errors).toEndWith(` Take it back with: sudo chown -R "$(id -u)" "${home.data}"\n`);
      expect(errors).not.toMatch(/damaged|--data|remove/);
      await chown(path, 0, 0);
      const second = await stage.server({ home });
      expect(second.identity).toBe(first.identity);
    },
  );
});

test("an identity that a link promises, but that is not there, is not replaced by a new one", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  const first = await stage.server({ home });
  await first.stop();
  const path = join(home.data, "identity.pem");
  const stick = join(home.work, "stick.pem");
  await rename(path, stick);
  await symlink(stick, path);
  expect((await stage.server({ home })).identity).toBe(first.identity);
  const other = await stage.home();
  await mkdir(other.data, { recursive: true, mode: 0o700 });
  await symlink(join(other.work, "unplugged"), join(other.data, "identity.pem"));
  expect(await stage.runServer({ home: other })).toEqual(
    refused(
      `${join(other.data, "identity.pem")} cannot be used (it is a symbolic link to ${join(other.work, "unplugged")}, which does not exist).`,
    ),
  );
});

test("a file that a killed server left half written is removed at the next start", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  await mkdir(home.data, { recursive: true, mode: 0o700 });
  await writeFile(join(home.data, "identity.pem.1c5e.holler-new"), "-----BEGIN");
  await stage.server({ home });
  expect(await readdir(home.data)).not.toContain("identity.pem.1c5e.holler-new");
});

test("a relative XDG_DATA_HOME is ignored, which is logged, and nothing is written in the current folder", async () => {
  await using stage = await openStage();
  const server = await stage.server({ env: { XDG_DATA_HOME: "data" } });
  const usual = join(server.home.env.HOME ?? "", ".local", "share", "holler");
  const warning = await server.output.next((line) => line.includes("warning"), "a warning");
  expect(JSON.parse(warning)).toMatchObject({
    event: "data-elsewhere",
    message: `XDG_DATA_HOME is ignored: it is no absolute path. The data is in ${usual}.`,
  });
  expect(await readdir(server.home.work)).toEqual([]);
  expect(await readdir(usual)).toContain("identity.pem");
});

describe.skipIf(!isRoot)("a user without a home folder and without an account", () => {
  const start = (stage: Stage, ...args: string[]) => stage.start([...withoutAccount, serverBinary, ...args]);

  test.each(["--no-advertise", "export"])("is asked for a data folder: holler-server %s", async (word) => {
    await using stage = await openStage();
    expect(await (await start(stage, word)).result()).toEqual(
      refused(
        "There is no home folder: HOME names none, and this user has no account with one. Name a data folder with --data.",
        2,
      ),
    );
  });

  test("serves from the data folder that is named", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    await mkdir(home.data);
    await chown(home.data, 54_321, 54_321);
    const server = await start(
      stage,
      "--no-advertise",
      "--port",
      "0",
      "--data",
      home.data,
      "--log-format",
      "json",
    );
    await server.output.next((line) => line.includes('"listening"'), "the listening line");
    expect(await readdir(home.data)).toContain("identity.pem");
  });

  test.each(["--version", "--help"])("can read %s", async (option) => {
    await using stage = await openStage();
    const { code, output, errors } = await (await start(stage, option)).result();
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output).not.toBe("");
  });
});
