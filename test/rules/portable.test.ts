/** The parts that tsconfig.portable.json lists run in a browser: they touch neither Bun nor Node, and import only each other. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findAll, readSource, readSources, type Source } from "./sources.ts";

const path = join(import.meta.dir, "../../tsconfig.portable.json");
const { include } = Bun.JSONC.parse(readFileSync(path, "utf8")) as { include: string[] };

/** Packages that run in a browser as they are. */
const portablePackages = [
  "valibot",
  "bidi-js",
  "libopus-wasm",
  "@serenity-kit/opaque",
  "@scure/bip39/wordlists/english.js",
];

const portable = include.flatMap((entry) => readSources(entry.endsWith(".ts") ? entry : `${entry}/**/*.ts`));

/** Globals that no browser has, also where the types of some package bring them into reach. */
const foreign =
  /\b(?:Bun\.|Buffer\b|Timer\b|NodeJS\b|setImmediate\b|__dirname\b|require\()|(?<![\w.])process\.|\bimport\.meta\.dir/g;

function complaints(sources: readonly Source[]): string[] {
  const inside = new Set(sources.map((source) => source.path));
  return sources.flatMap((source) => [
    ...findAll(source, foreign),
    ...source.imports
      .filter(({ target, isPackage }) =>
        isPackage ? !portablePackages.includes(target) : !inside.has(target),
      )
      .map(({ target, line }) => `${source.path}:${line} imports ${target}`),
  ]);
}

test("the portable parts touch no global of Bun or Node, and import only each other", () => {
  expect(portable.length).toBeGreaterThan(20);
  expect(complaints(portable)).toEqual([]);
});

test("a global of Node, a module of Bun and an import from outside are found", () => {
  const text = 'import { Database } from "bun:sqlite";\nimport "../server/serve.ts";\nBuffer.from("a");\n';
  expect(complaints([readSource("lib/base/example.ts", text)])).toEqual([
    "lib/base/example.ts:3 Buffer",
    "lib/base/example.ts:1 imports bun:sqlite",
    "lib/base/example.ts:2 imports lib/server/serve.ts",
  ]);
});
