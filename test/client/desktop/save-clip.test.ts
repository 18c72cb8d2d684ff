/** Writing a clip to a file: the whole of it or nothing, where it was meant to be, and never over another. */
import { describe, expect, test } from "bun:test";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Folders, saveClip } from "../../../lib/client/desktop/save-clip.ts";
import { makeFolder } from "../../support/folder.ts";

const folder = makeFolder();
/** Opus: 20 ms of silence each. */
const packets = Array.from({ length: 3 }, () => Uint8Array.of(0xf8, 0xff, 0xfe));
const wavBytes = 44 + 3 * 960 * 2;

const folders: Folders = { current: folder, home: join(folder, "home") };
const save = (file: string) => saveClip(file, packets, folders);

async function sizeOf(...path: string[]): Promise<number> {
  return (await readFile(join(folder, ...path))).length;
}

describe("a clip is written", () => {
  test("as a WAV file, with nothing beside it", async () => {
    await mkdir(join(folder, "absolute"));
    expect(await save(join(folder, "absolute", "a.wav"))).toBeUndefined();
    expect(await readdir(join(folder, "absolute"))).toEqual(["a.wav"]);
    const file = await readFile(join(folder, "absolute", "a.wav"));
    expect([file.length, file.toString("latin1", 0, 4)]).toEqual([wavBytes, "RIFF"]);
  });

  test("from the current folder on, and from the home folder on", async () => {
    await mkdir(join(folder, "home"));
    expect(await save("here.wav")).toBeUndefined();
    expect(await save("~/bob said.wav")).toBeUndefined();
    expect(await sizeOf("here.wav")).toBe(wavBytes);
    expect(await sizeOf("home", "bob said.wav")).toBe(wavBytes);
  });
});

describe("a file is refused", () => {
  test("that is there already, and stays as it is", async () => {
    await mkdir(join(folder, "taken"));
    await writeFile(join(folder, "taken", "a.wav"), "a shopping list");
    expect(await save("taken/a.wav")).toEqual({
      code: "file-exists",
      message: "taken/a.wav is there already and stays as it is: choose another name.",
    });
    expect(await readFile(join(folder, "taken", "a.wav"), "utf8")).toBe("a shopping list");
    expect(await readdir(join(folder, "taken"))).toEqual(["a.wav"]);
  });

  test("by one of two who write to it at once", async () => {
    const outcomes = await Promise.all([save("twice.wav"), save("twice.wav")]);
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
    expect(outcomes.find((outcome) => outcome !== undefined)).toMatchObject({ code: "file-exists" });
    expect(await sizeOf("twice.wav")).toBe(wavBytes);
  });

  test.each([
    ["no-such-folder/a.wav", "save-failed"],
    ["absolute", "file-exists"],
    ["absolute/a.wav/b.wav", "save-failed"],
    [`${"x".repeat(300)}.wav`, "save-failed"],
    ["nul\0.wav", "save-failed"],
  ])("%j, in one sentence", async (file, code) => {
    const outcome = await save(file);
    expect(outcome).toEqual({ code, message: expect.stringMatching(/^[^\n]+\.$/) });
  });

  test("that cannot be written after all, and nothing of it stays", async () => {
    await mkdir(join(folder, "short"));
    // There is room for this name, and none for a longer one beside it.
    const outcome = await save(`short/${"x".repeat(251)}.wav`);
    expect(outcome).toMatchObject({ code: "save-failed" });
    expect(await readdir(join(folder, "short"))).toEqual([]);
  });
});
