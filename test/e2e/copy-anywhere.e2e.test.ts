/** The programs work wherever they are copied, and voice says in one sentence what a machine lacks for it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod, chown, copyFile, cp, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { rigAvailable, rigPackages } from "../support/audio-rig.ts";
import { clientBinary, type Home, openStage, type Stage } from "../support/holler.ts";
import { childrenOf, kill9 } from "../support/processes.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const isRoot = process.platform === "linux" && process.getuid?.() === 0;
const canMount = isRoot && Bun.spawnSync(["unshare", "--mount", "true"]).success;
const hasRig =
  requireRig("namespaces of mounts", canMount, "run as root on Linux") &&
  requireRig("ALSA", rigAvailable(), rigPackages) &&
  requireRig("python3", hasProgram("python3", "setpriv", "ldd"), "apt install python3 util-linux");

const portAudio = join(import.meta.dir, "../../build/native/libportaudio.so.2");
const withoutMemfd = ["python3", join(import.meta.dir, "../support/without-memfd.py")];
/** The user "nobody". */
const other = 65_534;

/** A microphone and a speaker of ALSA's own that need no sound server. */
async function nullDevices(home: Home): Promise<Record<string, string>> {
  const path = join(home.work, "alsa.conf");
  await Bun.write(path, 'pcm.!default { type null hint { show on description "default" } }\n');
  return { ALSA_CONFIG_PATH: path };
}

/** Lists the devices, which loads the addon. `how` comes before the program, in the current folder. */
async function listDevices(stage: Stage, home: Home, how: string[] = [], program = [clientBinary]) {
  const env = await nullDevices(home);
  return (await stage.start([...how, ...program, "devices", "--json"], { home, env })).result();
}

/** Runs what follows with this file system over its temporary folder. */
function mounted(home: Home, options: string): string[] {
  const script = `mount -t tmpfs -o ${options} none "$0" && exec "$@"`;
  return ["unshare", "--mount", "sh", "-c", script, home.env.TMPDIR ?? ""];
}

/** Lists the files in the temporary folder of this home. */
const temporaryFiles = (home: Home) => readdir(home.env.TMPDIR ?? "");

const listed = { code: 0, errors: "", output: expect.stringContaining('"name":"default"') };

describe.skipIf(!hasRig)("the temporary folder", () => {
  test("gets no file from voice, also when the helper is killed", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const server = await stage.server();
    expect(await listDevices(stage, home)).toEqual(listed);
    const alice = await stage.join("alice", server, { home, args: [], env: await nullDevices(home) });
    alice.do({ do: "record", seconds: 10 });
    await alice.next("recording");
    kill9(childrenOf(alice.pid));
    await alice.next("voice-ended");
    alice.do({ do: "quit" });
    expect(await alice.exit()).toBe(0);
    expect(await temporaryFiles(home)).toEqual([]);
  });

  test.each([
    ["mounted noexec", "noexec"],
    ["read-only", "ro"],
    ["full", "nr_inodes=1"],
  ])("may be %s: voice is loaded from memory", async (_, options) => {
    await using stage = await openStage();
    const home = await stage.home();
    expect(await listDevices(stage, home, mounted(home, options))).toEqual(listed);
  });

  test("may be missing: voice is loaded from memory", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    expect(await listDevices(stage, home, ["env", "TMPDIR=/nonexistent"])).toEqual(listed);
  });
});

describe.skipIf(!hasRig)("where Linux loads nothing from memory, voice", () => {
  test("is unpacked once, and reused", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    expect(await listDevices(stage, home, withoutMemfd)).toEqual(listed);
    const files = await temporaryFiles(home);
    expect(files).toHaveLength(2);
    expect(await listDevices(stage, home, withoutMemfd)).toEqual(listed);
    expect(await temporaryFiles(home)).toEqual(files);
  });

  test("ignores a file that another user has put there", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    await chmod(home.env.TMPDIR ?? "", 0o1777);
    await listDevices(stage, home, withoutMemfd);
    for (const file of await temporaryFiles(home)) {
      const path = join(home.env.TMPDIR ?? "", file);
      await Bun.write(path, "#!/bin/sh\n".padEnd(Bun.file(path).size));
      await chown(path, other, other);
    }
    expect(await listDevices(stage, home, withoutMemfd)).toEqual(listed);
  });

  test.each([
    ["mounted noexec", "noexec", "cannot be loaded from"],
    ["read-only", "ro", "cannot be unpacked into"],
    ["full", "nr_inodes=1", "cannot be unpacked into"],
  ])("names TMPDIR when the temporary folder is %s, and text works", async (_, options, why) => {
    await using stage = await openStage();
    const home = await stage.home();
    const server = await stage.server();
    const how = [...mounted(home, options), ...withoutMemfd, clientBinary];
    const env = await nullDevices(home);
    const doctor = await stage.start([...how, "doctor", "--json", ...server.there], { home, env });
    const { code, output } = await doctor.result();
    expect(code).toBe(1);
    const { message } = JSON.parse(output.trimEnd().split("\n").at(-1) ?? "");
    expect(message).toStartWith(`Voice ${why} ${home.env.TMPDIR}`);
    expect(message).toEndWith("set TMPDIR to a folder where you can write and programs can run.");
    const sent = await stage.start([...how, "send", "--name", "alice", ...server.there, "hello"], { home });
    expect(await sent.exit()).toBe(0);
  });
});

describe.skipIf(!hasRig)("the client, with its voice,", () => {
  test("starts by a relative path and through a symbolic link", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    await symlink(clientBinary, join(home.work, "link"));
    expect(await listDevices(stage, home, [], ["./link"])).toEqual(listed);
  });

  test("starts from a read-only folder", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
    const how = ["unshare", "--mount", "sh", "-c", script, dirname(clientBinary)];
    expect(await listDevices(stage, home, how)).toEqual(listed);
  });

  test("starts without PATH", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    expect(await listDevices(stage, home, ["env", "-u", "PATH"])).toEqual(listed);
  });

  test("starts as a user who owns neither the program nor the temporary folder", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    await chmod(dirname(home.env.HOME ?? ""), 0o711);
    const copy = join(home.work, "holler");
    await copyFile(clientBinary, copy);
    const how = ["setpriv", `--reuid=${other}`, `--regid=${other}`, "--clear-groups"];
    expect(await listDevices(stage, home, how, [copy])).toEqual(listed);
  });

  test.each([
    ["replaced", async (file: string) => Bun.write(file, "#!/bin/sh\nexit 7\n")],
    ["removed", async () => {}],
  ])("keeps its voice after its file was %s", async (_, write) => {
    await using stage = await openStage();
    const [server, home] = [await stage.server(), await stage.home()];
    const binary = join(home.work, "holler");
    await copyFile(clientBinary, binary);
    const env = await nullDevices(home);
    const alice = await stage.join("alice", server, { home, binary, env, args: [] });
    // Not written in place, which the system refuses while the file runs.
    await rename(binary, join(home.work, "old"));
    await rm(join(home.work, "old"));
    await write(binary);
    // Each recording has a helper of its own: the second one is started from now on. The server may stop a recording,
    // because this microphone is faster than speech.
    for (let recording = 1; recording <= 2; recording++) {
      alice.do({ do: "record", seconds: 1 });
      const { seconds, reason } = await alice.next("voice-ended");
      expect(seconds).toBeGreaterThan(0);
      expect(reason).not.toBe("device");
    }
  });

  test("says that ALSA is missing in a root folder with nothing but the C library, and text works", async () => {
    await using stage = await openStage();
    const [server, home] = [await stage.server(), await stage.home()];
    const root = join(home.work, "root");
    for (const folder of ["proc", "dev"]) await mkdir(join(root, folder), { recursive: true });
    const libraries = (await Bun.$`ldd ${clientBinary} ${portAudio}`.text()).match(/\/\S+(?= \(0x)/g) ?? [];
    for (const library of libraries)
      if (!library.includes("libasound")) await cp(library, join(root, library), { dereference: true });
    await Bun.write(join(root, "holler"), "");
    const script =
      'mount -t proc none "$0/proc" && mount --rbind /dev "$0/dev" && mount --bind "$1" "$0/holler" && shift && exec chroot "$0" /holler "$@"';
    const how = ["unshare", "--mount", "sh", "-c", script, root, clientBinary];
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
    const devices = await (await stage.start([...how, "devices"], { home, env })).result();
    expect(devices).toMatchObject({ code: 1, errors: expect.stringContaining("Voice needs ALSA") });
    const sent = await stage.start([...how, "send", "--name", "alice", ...server.there, "hello"], {
      home,
      env,
    });
    expect(await sent.exit()).toBe(0);
  });
});
