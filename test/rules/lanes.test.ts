/** Every test runs in one lane, and a unit test stays one: it needs no build, no rig and no waiting. */
import { expect, test } from "bun:test";
import { type Lane, laneOf, testFiles } from "../../scripts/lanes.ts";
import { findAll, readSources, type Source } from "./sources.ts";

/** Support files that start compiled programs, sound servers, networks or terminals. */
const rigs = ["audio-rig", "avahi", "doctor", "holler", "link", "netns", "rigs", "tmux", "voice-program"].map(
  (name) => `test/support/${name}.ts`,
);

/** Tests that break one of these rules still; the list only becomes shorter. */
const notYet: string[] = [];

const sources = readSources("test/**/*.ts");
const byPath = new Map(sources.map((source) => [source.path, source]));
const unitTests = sources.filter(({ path }) => laneOf(path) === "unit" && !path.startsWith("test/rules/"));

/** The files under test/ that this one loads, itself included; imports of types alone load nothing. */
function loadedBy(source: Source): Source[] {
  const loaded = new Set<Source>();
  const toVisit = [source];
  for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    for (const { target, isLater } of next.imports) {
      const found = isLater ? undefined : byPath.get(target);
      if (found !== undefined) toVisit.push(found);
    }
  }
  return [...loaded];
}

test("every file that declares tests is named so that one lane runs it", () => {
  const declaring = /\bimport\s*\{[^}]*\btest\b[^}]*\}\s*from\s*"bun:test"/;
  const nowhere = sources.filter(({ path, code }) => declaring.test(code) && laneOf(path) === undefined);
  expect(nowhere.map(({ path }) => path)).toEqual([]);
});

test("the three lanes together are all test files, and no lane is empty", () => {
  const lanes: Lane[] = ["unit", "sim", "e2e"];
  const all = lanes.map((lane) => testFiles([lane]));
  for (const files of all) expect(files).not.toEqual([]);
  expect(all.flat().sort()).toEqual(testFiles(lanes));
  expect(all.flat()).toHaveLength(sources.filter(({ path }) => path.endsWith(".test.ts")).length);
});

test("no unit test loads a rig or a compiled program", () => {
  const strays = unitTests.flatMap((source) =>
    loadedBy(source).flatMap(({ path, code }) => [
      ...(rigs.includes(path) ? [`${source.path} loads ${path}`] : []),
      ...(/["'/]dist\//.test(code) ? [`${source.path} loads ${path}, which names dist/`] : []),
    ]),
  );
  expect(strays.filter((stray) => !notYet.includes(stray))).toEqual([]);
});

test("no unit test sleeps: it awaits an event, or moves a clock of its own", () => {
  const sleeping =
    /\bBun\.sleep(?:Sync)?\b|\bsetTimeout\((\w+), *\d|\(\w+\) => setTimeout\(|["']node:timers\/promises["']/g;
  const strays = new Set(unitTests.flatMap(loadedBy).flatMap((source) => findAll(source, sleeping)));
  expect([...strays].filter((stray) => !notYet.includes(stray))).toEqual([]);
});
