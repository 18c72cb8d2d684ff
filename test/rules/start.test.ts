/** A start loads no module that it does not need: no sound, no codecs, no certificates. */
import { expect, test } from "bun:test";
import type { Import } from "./sources.ts";
import { entries, readSource, readSources } from "./sources.ts";

const sources = [...readSources("lib/**/*.ts"), ...entries.flatMap((entry) => readSources(entry))];
const byPath = new Map(sources.map((source) => [source.path, source]));

/** The packages that are loaded together with these files. */
function loadedBy(...paths: string[]): string[] {
  const packages = new Set<string>();
  const reached = new Set<string>();
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const { target, isPackage, isLater } of byPath.get(path)?.imports ?? []) {
      if (isLater) continue;
      if (isPackage) packages.add(target);
      else paths.push(target);
    }
  }
  return [...packages].filter((name) => !/^(node|bun):/.test(name)).sort();
}

test("--version and --help load the argument parser only", () => {
  expect(loadedBy("client.ts")).toEqual([]);
  expect(loadedBy("client.ts", "lib/cli/client-args.ts")).toEqual(["citty"]);
  expect(loadedBy("server.ts")).toEqual(["citty"]);
});

test("joining loads no sound, no codec and no resampler", () => {
  expect(
    loadedBy("lib/client/app.ts", "lib/frontends/terminal/terminal.ts", "lib/frontends/scripts/json.ts"),
  ).toEqual(["bonjour-service", "citty", "valibot"]);
});

test("serving loads no package that makes keys", () => {
  expect(loadedBy("lib/server/serve.ts")).toEqual(["bidi-js", "bonjour-service", "citty", "valibot"]);
});

test("imports that are dynamic or of types are told from the others", () => {
  const { imports } = readSource(
    "lib/server/room/example.ts",
    [
      'import a from "a";',
      'import type { B } from "b";',
      'const c = await import("c");',
      "import {",
      "  d,",
      '} from "d";',
      'export type { E } from "e";',
      'import { type F, f } from "f";',
      'const g = Buffer.from("none");',
    ].join("\n"),
  );
  const later = ({ target, isLater }: Import) => [target, isLater];
  expect(imports.map(later)).toEqual([
    ["a", false],
    ["b", true],
    ["c", true],
    ["d", false],
    ["e", true],
    ["f", false],
  ]);
});
