/** Shows that a client says once why its config folder cannot be used, goes on where that is safe, and delivers the line. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod, chown, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { canMount, fill, mountDisk } from "../support/disks.ts";
import type { Home, Result, Server, Stage, Start } from "../support/holler.ts";
import { clientBinary, openStage } from "../support/holler.ts";
import { canDropPrivileges, otherUser, withoutAccount, withoutPrivileges } from "../support/privileges.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { closeTerminals, openTmux } from "../support/tmux.ts";

setDefaultTimeout(120_000);
const hasDisk = requireRig("a small disk", canMount, "run as root on Linux");
const isRoot = requireRig(
  "programs without the privileges of root",
  canDropPrivileges,
  "run as root on Linux",
);
const hasTmux = requireRig("tmux", hasProgram("tmux"), "scripts/install-rigs.sh");
afterEach(closeTerminals);

/** Sends a line as a program without the privileges of root. */
async function send(stage: Stage, { there }: Server, options: Start = {}): Promise<Result> {
  const args = options.args ?? ["--name", "alice"];
  const program = await stage.start(
    [...withoutPrivileges, clientBinary, "send", ...args, ...there, "hi"],
    options,
  );
  program.close();
  return program.result();
}

/** A room with bob in it, who sees what arrives; and a home for alice. */
async function scene(stage: Stage) {
  const server = await stage.server();
  const bob = await stage.join("bob", server);
  const home = await stage.home();
  return { server, bob, home };
}

describe.skipIf(!isRoot || !hasDisk)("a config folder that cannot be made or written", () => {
  const cases: [string, (home: Home) => Promise<AsyncDisposable | undefined>, (home: Home) => string][] = [
    [
      "is in a folder that does not let it",
      async ({ config }) => {
        await chmod(dirname(config), 0o500);
        return undefined;
      },
      ({ config }) =>
        `the permissions of ${dirname(config)} forbid it). Nothing is remembered, and you are a guest. ` +
        `Allow it with: chmod u+rwx "${dirname(config)}"`,
    ],
    [
      "is in a folder of another user",
      async ({ config }) => {
        await chown(dirname(config), otherUser, otherUser);
        return undefined;
      },
      ({ config }) =>
        `${config} does not exist, and ${dirname(config)} belongs to user ${otherUser}). ` +
        "Nothing is remembered, and you are a guest. " +
        `Take it back with: sudo chown -R "$(id -u)" "${dirname(config)}"`,
    ],
    [
      "is on a read-only file system",
      ({ config }) => mountDisk(dirname(config), "ro"),
      () => "the file system is read-only). Nothing is remembered, and you are a guest.",
    ],
    [
      "is on a full disk",
      async ({ config }) => {
        const disk = await mountDisk(dirname(config), "size=8k");
        fill(join(dirname(config), "ballast"));
        return disk;
      },
      () => "no space is left on the disk). Nothing is remembered, and you are a guest.",
    ],
    [
      "is a file",
      async ({ config }) => {
        await writeFile(config, "");
        return undefined;
      },
      () => "it is a file, not a folder). Nothing is remembered, and you are a guest.",
    ],
  ];

  test.each(cases)("%s: it is said once, and the line of a guest arrives", async (_, prepare, reason) => {
    await using stage = await openStage();
    const { server, bob, home } = await scene(stage);
    await using _disk = await prepare(home);
    expect(await send(stage, server, { home })).toEqual({
      code: 0,
      output: "",
      errors: `holler: ${home.config} cannot be written (${reason(home)}\n`,
    });
    expect(await bob.next("said", { from: "alice" })).toMatchObject({ text: "hi", guest: true });
  });

  test("still has its key and what is known: it is said once, and the line of its person arrives", async () => {
    await using stage = await openStage();
    const { server, bob, home } = await scene(stage);
    expect(await send(stage, server, { home })).toEqual({ code: 0, output: "", errors: "" });
    await bob.next("said");
    await chmod(home.config, 0o500);
    const args = ["--name", "alicia"];
    expect(await send(stage, server, { home, args })).toEqual({
      code: 0,
      output: "",
      errors: `holler: ${home.config} cannot be written (its permissions forbid it). Nothing new is remembered. Allow it with: chmod u+rwx "${home.config}"\n`,
    });
    expect((await bob.next("said", { from: "alicia" })).guest).toBeUndefined();
    // A changed server is refused as ever.
    await server.stop();
    const other = await stage.server({ args: ["--port", String(server.port)] });
    expect(await send(stage, other, { home })).toMatchObject({ code: 5 });
  });

  test.skipIf(!hasTmux)("does not throw a person out at a terminal", async () => {
    await using stage = await openStage();
    const { server, bob, home } = await scene(stage);
    await chmod(dirname(home.config), 0o500);
    const command = [...withoutPrivileges, clientBinary, "--no-voice", "--name", "alice", ...server.there];
    const { env, work: cwd } = home;
    await using terminal = await openTmux(command, { env, cwd, width: 200 });
    await bob.next("joined", { name: "alice" });
    await terminal.type("hello");
    await terminal.press("Enter");
    await bob.next("said", { from: "alice", text: "hello" });
    const rows = await terminal.everything();
    expect(rows.filter((row) => row.includes("cannot be written"))).toHaveLength(1);
  });
});

describe.skipIf(!isRoot)("files of another user, as after sudo,", () => {
  test.each(["key.pem", "known-servers.json", "."])(
    "end the client with the owner and the command that helps: %s",
    async (name) => {
      await using stage = await openStage();
      const { server, bob, home } = await scene(stage);
      await send(stage, server, { home });
      await bob.next("said");
      const path = join(home.config, name);
      await chown(path, otherUser, otherUser);
      const { code, output, errors } = await send(stage, server, { home });
      expect({ code, output }).toEqual({ code: 1, output: "" });
      expect(errors).toMatch(/^holler: [^\n]+\n$/);
      expect(errors).toContain(`belongs to user ${otherUser}).`);
      expect(errors).toEndWith(` Take it back with: sudo chown -R "$(id -u)" "${home.config}"\n`);
      expect(errors).not.toContain("damaged");
      await chown(path, 0, 0);
      expect(await send(stage, server, { home })).toEqual({ code: 0, output: "", errors: "" });
    },
  );

  test("that nothing depends on are reported, stay as they are, and the line arrives", async () => {
    await using stage = await openStage();
    const { server, bob, home } = await scene(stage);
    await send(stage, server, { home });
    const path = join(home.config, "settings.json");
    await chown(path, otherUser, otherUser);
    expect(await send(stage, server, { home, args: ["--name", "alicia"] })).toEqual({
      code: 0,
      output: "",
      errors: `holler: ${path} cannot be read (it belongs to user ${otherUser}). Take it back with: sudo chown -R "$(id -u)" "${home.config}"\n`,
    });
    await bob.next("said", { from: "alicia" });
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ name: "alice" });
  });
});

test("a key or known servers that a link promises, but that are not there, end the client", async () => {
  await using stage = await openStage();
  const { server, home } = await scene(stage);
  const start = () => stage.holler(["send", "--name", "alice", ...server.there, "hi"], { home });
  expect(await start()).toEqual({ code: 0, output: "", errors: "" });
  const unplugged = join(home.work, "unplugged");
  for (const path of [join(home.config, "key.pem"), join(home.config, "known-servers.json"), home.config]) {
    const kept = `${path}.kept`;
    await rename(path, kept);
    await symlink(unplugged, path);
    const { code, errors } = await start();
    expect(code).toBe(1);
    expect(errors).toMatch(/^holler: [^\n]+\n$/);
    expect(errors).toContain(`is a symbolic link to ${unplugged}, which does not exist`);
    await rm(path);
    await rename(kept, path);
  }
  expect(await start()).toEqual({ code: 0, output: "", errors: "" });
});

test("a folder or a pipe in the place of known servers ends the client at once", async () => {
  await using stage = await openStage();
  const { server, home } = await scene(stage);
  const path = join(home.config, "known-servers.json");
  await mkdir(home.config, { mode: 0o700 });
  for (const [command, what] of [
    ["mkdir", "it is a folder"],
    ["mkfifo", "it is not a regular file"],
  ] as const) {
    Bun.spawnSync([command, path]);
    expect(await stage.holler(["send", ...server.there, "hi"], { home })).toEqual({
      code: 1,
      output: "",
      errors: `holler: ${path} cannot be read (${what}).\n`,
    });
    await rm(path, { recursive: true });
  }
});

test("a relative XDG_CONFIG_HOME is ignored, which is said, and nothing is written in the current folder", async () => {
  await using stage = await openStage();
  const { server, home } = await scene(stage);
  const env = { XDG_CONFIG_HOME: "config" };
  const usual = join(home.env.HOME ?? "", ".config", "holler");
  expect(await stage.holler(["send", ...server.there, "hi"], { home, env })).toEqual({
    code: 0,
    output: "",
    errors: `holler: XDG_CONFIG_HOME is ignored: it is no absolute path. Your files are in ${usual}.\n`,
  });
  expect(await readdir(home.work)).toEqual([]);
  expect(await readdir(usual)).toContain("key.pem");
});

describe.skipIf(!isRoot)("a user without a home folder and without an account", () => {
  test("is told so in one sentence, and the line of a guest arrives", async () => {
    await using stage = await openStage();
    const { server, bob, home } = await scene(stage);
    const program = await stage.start([...withoutAccount, clientBinary, "send", ...server.there, "hi"], {
      home,
    });
    program.close();
    expect(await program.result()).toEqual({
      code: 0,
      output: "",
      errors:
        "holler: There is no home folder: HOME names none, and this user has no account with one. " +
        "Nothing is remembered, and you are a guest.\n",
    });
    expect(await bob.next("said")).toMatchObject({ from: "guest", text: "hi", guest: true });
    expect(await readdir(home.work)).toEqual([]);
  });

  test.each(["--version", "--help"])("can read %s", async (option) => {
    await using stage = await openStage();
    const program = await stage.start([...withoutAccount, clientBinary, option]);
    const { code, output, errors } = await program.result();
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output).not.toBe("");
  });
});
