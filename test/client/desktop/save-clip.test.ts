/** Tests writing a clip to a file: whole or not at all, at the right place, and never over another file. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SaveError } from "../../../lib/client/api.ts";
import { type Folders, saveClip } from "../../../lib/client/desktop/save-clip.ts";
import { makeFolder } from "../../support/folder.ts";

const folder = makeFolder();
/** Opus: 20 ms of silence each. */
const packets = Array.from({ length: 3 }, () => Uint8Array.of(0xf8, 0xff, 0xfe));
const wavBytes = 44 + 3 * 960 * 2;

const folders: Folders = { current: () => folder, home: () => join(folder, "home") };
const save = (file: string) => saveClip(file, packets, folders);

async function sizeOf(...path: string[]): Promise<number> {
  return (await readFile(join(folder, ...path))).length;
}

describe("a clip", () => {
  test("a clip is written as a WAV file, and no other file stays", async () => {
    await mkdir(join(folder, "absolute"));
    expect(await save(join(folder, "absolute", "a.wav"))).toBeUndefined();
    expect(await readdir(join(folder, "absolute"))).toEqual(["a.wav"]);
    const file = await readFile(join(folder, "absolute", "a.wav"));
    expect([file.length, file.toString("latin1", 0, 4)]).toEqual([wavBytes, "RIFF"]);
  });

  test("a path begins in the current folder, or with `~/` in the home folder", async () => {
    await mkdir(join(folder, "home"));
    expect(await save("here.wav")).toBeUndefined();
    expect(await save("~/bob said.wav")).toBeUndefined();
    expect(await sizeOf("here.wav")).toBe(wavBytes);
    expect(await sizeOf("home", "bob said.wav")).toBe(wavBytes);
  });
});

describe("a file that cannot be written", () => {
  test("a path in a home folder that is not known is refused with the reason", async () => {
    const home = (): string => {
      throw new Error("no home folder");
    };
    const outcome = await saveClip("~/a.wav", packets, { ...folders, home });
    expect(outcome).toEqual({ code: "save-failed", file: "~/a.wav", detail: "no home folder" });
  });

  test("an existing file is refused and stays as it is", async () => {
    await mkdir(join(folder, "taken"));
    await writeFile(join(folder, "taken", "a.wav"), "a shopping list");
    expect(await save("taken/a.wav")).toEqual({ code: "file-exists", file: "taken/a.wav" });
    expect(await readFile(join(folder, "taken", "a.wav"), "utf8")).toBe("a shopping list");
    expect(await readdir(join(folder, "taken"))).toEqual(["a.wav"]);
  });

  test("of two clips that are saved to one file at once, one is refused", async () => {
    const outcomes = await Promise.all([save("twice.wav"), save("twice.wav")]);
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
    expect(outcomes.find((outcome) => outcome !== undefined)).toMatchObject({ code: "file-exists" });
    expect(await sizeOf("twice.wav")).toBe(wavBytes);
  });

  test.each([
    ["no-such-folder/a.wav", { code: "save-failed", cause: "no-folder" }],
    ["absolute", { code: "file-exists" }],
    ["absolute/a.wav/b.wav", { code: "save-failed", cause: "no-folder" }],
    [`${"x".repeat(300)}.wav`, { code: "save-failed", detail: expect.any(String) }],
    ["nul\0.wav", { code: "save-failed", detail: expect.any(String) }],
  ])("%j is refused with its cause", async (file, error) => {
    expect(await save(file)).toEqual({ file, ...error } as SaveError);
  });

  test("nothing stays of a file that fails after it was begun", async () => {
    await mkdir(join(folder, "short"));
    // Often, because it is removed while another removal fails.
    for (let attempt = 0; attempt < 50; attempt += 1) {
      // There is room for this name, and none for a longer one beside it.
      const outcome = await save(`short/${"x".repeat(251)}.wav`);
      expect(outcome).toMatchObject({ code: "save-failed" });
      expect(readdirSync(join(folder, "short"))).toEqual([]);
    }
  });
});
