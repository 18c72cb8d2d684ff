/** Shows that a passphrase that is not what was meant is refused with the reason, on both sides, before a room is open. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Home, Stage } from "../support/holler.ts";
import { openStage, serverBinary } from "../support/holler.ts";

setDefaultTimeout(120_000);

const unusable: [string, string][] = [
  ["", "it is empty"],
  [" \t ", "it is empty"],
  ["x".repeat(201), "it has more than 200 characters"],
  ["loyal\u001b[Aafford", "it has characters that cannot be typed"],
];
const advice = "Set it to the passphrase of the room, or unset it.";

describe("an unusable HOLLER_PASSPHRASE", () => {
  test.each(unusable)("ends a client with status 2, which joins no open room: %j", async (given, problem) => {
    await using stage = await openStage();
    const server = await stage.server();
    const env = { HOLLER_PASSPHRASE: given };
    for (const words of [["send", "hi"], ["--json"], []]) {
      expect(await stage.holler([...words, ...server.there], { env })).toEqual({
        code: 2,
        output: "",
        errors: `holler: HOLLER_PASSPHRASE cannot be used (${problem}). ${advice}\n`,
      });
    }
    await server.stop();
    expect(server.output.items.filter((line) => line.includes("joined"))).toEqual([]);
  });

  test.each(unusable)(
    "ends a server with status 2, which is not open without a word: %j",
    async (given, problem) => {
      await using stage = await openStage();
      expect(await stage.runServer({ env: { HOLLER_PASSPHRASE: given } })).toEqual({
        code: 2,
        output: "",
        errors: `holler-server: HOLLER_PASSPHRASE cannot be used (${problem}). ${advice}\n`,
      });
    },
  );

  test("in Latin-1 ends a server with status 2", async () => {
    await using stage = await openStage();
    const started = await stage.start([
      "sh",
      "-c",
      `HOLLER_PASSPHRASE=$(printf 'caf\\351') exec ${serverBinary}`,
    ]);
    const { code, errors } = await started.result();
    expect({ code, errors }).toEqual({
      code: 2,
      errors: `holler-server: HOLLER_PASSPHRASE cannot be used (it is not in UTF-8). ${advice}\n`,
    });
  });

  test("does not matter to commands that join no room", async () => {
    await using stage = await openStage();
    const { code, errors } = await stage.holler(["devices", "--help"], { env: { HOLLER_PASSPHRASE: "" } });
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
  });
});

test("HOLLER_PASSPHRASE and --new-passphrase exclude each other, as it would precede the new one", async () => {
  await using stage = await openStage();
  const args = ["--new-passphrase"];
  expect(await stage.runServer({ args, env: { HOLLER_PASSPHRASE: "loyal afford" } })).toEqual({
    code: 2,
    output: "",
    errors: "holler-server: HOLLER_PASSPHRASE and --new-passphrase exclude each other.\n",
  });
});

async function refusalOf(stage: Stage, path: string, home?: Home): Promise<string> {
  const options = home === undefined ? {} : { home };
  const { code, output, errors } = await stage.runServer({ args: ["--passphrase-file", path], ...options });
  expect({ code, output }).toEqual({ code: 2, output: "" });
  return errors.replace(`holler-server: ${path} `, "");
}

describe("a passphrase file", () => {
  test("in UTF-8 with a byte order mark and line ends of Windows lets people in", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const path = join(home.work, "passphrase");
    await writeFile(path, "\ufeffloyal café\r\n", { mode: 0o600 });
    const server = await stage.server({ home, args: ["--passphrase-file", path] });
    const env = { HOLLER_PASSPHRASE: "loyal café" };
    expect(await stage.holler(["send", ...server.there, "hi"], { env })).toMatchObject({ code: 0 });
  });

  test("in another encoding, or without a passphrase in it, is refused with the reason", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const path = join(home.work, "passphrase");
    const contents: [string | Uint8Array, string][] = [
      [Buffer.from("\ufeffloyal", "utf16le"), "cannot be read (it is in UTF-16; save it as UTF-8).\n"],
      [Buffer.from("loyal", "utf16le"), "cannot be read (it has NUL characters; save it as UTF-8).\n"],
      [
        Buffer.from("café", "latin1"),
        "cannot be read (it is not in UTF-8, perhaps in Latin-1; save it as UTF-8).\n",
      ],
      ["loyal\0", "cannot be read (it has NUL characters; save it as UTF-8).\n"],
      ["", "cannot be used (it is empty).\n"],
      ["\r\n", "cannot be used (it is empty).\n"],
      ["x".repeat(201), "cannot be used (it has more than 200 characters).\n"],
      ["x".repeat(100_000), "cannot be read (it has more than 4096 bytes).\n"],
    ];
    for (const [content, refusal] of contents) {
      await writeFile(path, content, { mode: 0o600 });
      expect(await refusalOf(stage, path, home)).toBe(refusal);
    }
  });

  test("that is none, or has no end, is refused with the reason", async () => {
    await using stage = await openStage();
    const { work } = await stage.home();
    expect(await refusalOf(stage, join(work, "nothing"))).toBe("cannot be read (it does not exist).\n");
    expect(await refusalOf(stage, work)).toBe("cannot be read (it is a folder).\n");
    expect(await refusalOf(stage, "/dev/zero")).toBe("cannot be read (it has more than 4096 bytes).\n");
    const pipe = join(work, "pipe");
    Bun.spawnSync(["mkfifo", pipe]);
    expect(await refusalOf(stage, pipe)).toBe("cannot be read (its end has not come within 10 s).\n");
  });

  test("may be a pipe, as of another program's output", async () => {
    await using stage = await openStage();
    const home = await stage.home();
    const pipe = join(home.work, "pipe");
    Bun.spawnSync(["mkfifo", pipe]);
    const starting = stage.server({ home, args: ["--passphrase-file", pipe] });
    await writeFile(pipe, "loyal afford\n");
    const server = await starting;
    const env = { HOLLER_PASSPHRASE: "loyal afford" };
    expect(await stage.holler(["send", ...server.there, "hi"], { env })).toMatchObject({ code: 0 });
  });
});

test("a kept passphrase that is out of reach ends the server: without it the room would be open", async () => {
  await using stage = await openStage();
  const home = await stage.home();
  await mkdir(home.data, { recursive: true, mode: 0o700 });
  const path = join(home.data, "passphrase");
  await symlink(join(home.work, "unplugged"), path);
  expect(await stage.runServer({ home })).toEqual({
    code: 1,
    output: "",
    errors: `holler-server: ${path} cannot be read (it is a symbolic link to ${join(home.work, "unplugged")}, which does not exist).\n`,
  });
});
