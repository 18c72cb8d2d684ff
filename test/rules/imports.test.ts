/** Which part may import which, and that every file is used. */
import { describe, expect, test } from "bun:test";
import type { Import, Source } from "./sources.ts";
import { entries, readSource, readSources } from "./sources.ts";

/**
 * Each part of the program with the parts that it may import. A part is a folder, or a file that joins others. A part
 * may import only what stands above it, so the table itself has no cycle. A file belongs to the longest matching part.
 */
const mayImport: Record<string, string[]> = {
  "lib/base": [],
  "lib/protocol": ["lib/base"],
  "lib/files": ["lib/base"],
  "lib/system": ["lib/base"],
  "lib/transport": ["lib/base", "lib/protocol"],
  "lib/discovery": ["lib/base", "lib/protocol"],
  "lib/cli": ["lib/base", "lib/protocol"],
  "lib/terminal": [],

  "lib/audio/dsp": ["lib/base", "lib/protocol"],
  "lib/audio": ["lib/base", "lib/audio/dsp"],
  "lib/audio/codec": ["lib/audio/dsp", "lib/audio"],
  "lib/audio/capture": ["lib/base", "lib/audio/dsp", "lib/audio", "lib/audio/codec"],
  "lib/audio/playback": ["lib/base", "lib/audio/dsp", "lib/audio", "lib/audio/codec"],
  "lib/audio/devices": [
    "lib/base",
    "lib/protocol",
    "lib/system",
    "lib/audio/dsp",
    "lib/audio",
    "lib/audio/codec",
  ],
  "lib/audio/helper": [
    "lib/base",
    "lib/system",
    "lib/audio/dsp",
    "lib/audio",
    "lib/audio/codec",
    "lib/audio/capture",
    "lib/audio/playback",
    "lib/audio/devices",
  ],

  "lib/client/api.ts": ["lib/protocol"],
  "lib/client/core": ["lib/base", "lib/protocol", "lib/transport", "lib/audio", "lib/client/api.ts"],
  "lib/client/session": [
    "lib/base",
    "lib/protocol",
    "lib/transport",
    "lib/audio",
    "lib/client/api.ts",
    "lib/client/core",
  ],
  "lib/client/desktop": [
    "lib/base",
    "lib/protocol",
    "lib/system",
    "lib/transport",
    "lib/files",
    "lib/discovery",
    "lib/audio",
    "lib/audio/codec",
    "lib/audio/devices",
    "lib/audio/helper",
    "lib/client/api.ts",
    "lib/client/session",
  ],
  "lib/frontends/text": ["lib/base", "lib/protocol", "lib/client/api.ts"],
  "lib/frontends": ["lib/protocol", "lib/client/api.ts", "lib/frontends/text"],
  "lib/frontends/scripts": ["lib/protocol", "lib/client/api.ts", "lib/frontends/text", "lib/frontends"],
  "lib/frontends/plain": [
    "lib/base",
    "lib/protocol",
    "lib/terminal",
    "lib/client/api.ts",
    "lib/frontends/text",
    "lib/frontends",
  ],
  "lib/frontends/terminal": [
    "lib/base",
    "lib/protocol",
    "lib/terminal",
    "lib/client/api.ts",
    "lib/frontends/text",
    "lib/frontends",
    "lib/frontends/plain",
  ],
  "lib/client/doctor": [
    "lib/base",
    "lib/protocol",
    "lib/discovery",
    "lib/audio/dsp",
    "lib/audio",
    "lib/audio/helper",
    "lib/client/session",
    "lib/client/desktop",
    "lib/frontends/text",
  ],
  "lib/client/app.ts": [
    "lib/base",
    "lib/protocol",
    "lib/system",
    "lib/terminal",
    "lib/cli",
    "lib/audio/helper",
    "lib/client/api.ts",
    "lib/client/session",
    "lib/client/desktop",
    "lib/client/doctor",
    "lib/frontends/text",
    "lib/frontends/scripts",
    "lib/frontends/terminal",
  ],

  "lib/server/session": ["lib/base", "lib/protocol"],
  "lib/server/room": ["lib/base", "lib/protocol", "lib/server/session"],
  "lib/server/core.ts": ["lib/base", "lib/protocol", "lib/server/session", "lib/server/room"],
  "lib/server/admin": [
    "lib/base",
    "lib/protocol",
    "lib/files",
    "lib/system",
    "lib/terminal",
    "lib/server/core.ts",
    "lib/server/storage",
  ],
  "lib/server/runtime": [
    "lib/base",
    "lib/protocol",
    "lib/transport",
    "lib/server/session",
    "lib/server/room",
    "lib/server/core.ts",
  ],
  "lib/server/storage": [
    "lib/base",
    "lib/protocol",
    "lib/files",
    "lib/server/session",
    "lib/server/room",
    "lib/server/core.ts",
    "lib/server/runtime",
  ],
  "lib/server/admission": ["lib/base", "lib/protocol", "lib/server/runtime"],
  "lib/server/auth": ["lib/base", "lib/protocol", "lib/files", "lib/server/runtime", "lib/server/admission"],
  "lib/server": [
    "lib/base",
    "lib/protocol",
    "lib/system",
    "lib/files",
    "lib/transport",
    "lib/cli",
    "lib/discovery",
    "lib/server/session",
    "lib/server/room",
    "lib/server/core.ts",
    "lib/server/runtime",
    "lib/server/storage",
    "lib/server/admission",
    "lib/server/auth",
    "lib/server/admin",
  ],
  "server.ts": ["lib/base", "lib/cli", "lib/server", "lib/server/admin"],
  "client.ts": ["lib/base", "lib/cli", "lib/audio/helper", "lib/client/app.ts"],
};

/** Files outside every part that are not code, and the file that may read them. */
const otherFiles: Record<string, string> = { "package.json": "lib/cli/command.ts" };

/** scripts/native.ts bundles it in place of a package of naudiodon's. */
const bundledInstead = "lib/audio/devices/native-addon.ts";

const sources = [...readSources("lib/**/*.ts"), ...entries.flatMap((entry) => readSources(entry))];
const parts = Object.keys(mayImport).sort((a, b) => b.length - a.length);

/** The part that a file belongs to; the file itself where no part has it. */
function partOf(path: string): string {
  return parts.find((part) => path === part || path.startsWith(`${part}/`)) ?? path;
}

/** The sentence about an import that breaks the table. */
function complaint({ path }: Source, { target, isPackage }: Import): string | undefined {
  const [from, to] = [partOf(path), partOf(target)];
  if (isPackage || from === to || otherFiles[target] === path) return undefined;
  const allowed = mayImport[from] ?? [];
  return allowed.includes(to) ? undefined : `${from} may import only ${allowed.join(", ") || "nothing"}`;
}

function complaints(source: Source): string[] {
  return source.imports.flatMap((one) => {
    const why = complaint(source, one);
    return why === undefined ? [] : [`${source.path}:${one.line} imports ${one.target}: ${why}`];
  });
}

describe("imports", () => {
  test("follow the table", () => expect(sources.flatMap(complaints)).toEqual([]));

  test("are of parts that have files", () => {
    const used = new Set(sources.map(({ path }) => partOf(path)));
    expect(parts.filter((part) => !used.has(part))).toEqual([]);
  });

  test("are found in every form, with their lines", () => {
    const source = readSource(
      "lib/server/room/example.ts",
      [
        '// import "../runtime/commented.ts";',
        'import { a } from "../../protocol/text.ts";',
        "import {",
        "  b,",
        '} from "../runtime/host.ts";',
        'type C = typeof import("../../../scripts/build.ts");',
        'const d = await import("../../../test/support/random.ts"); /* from "../client/app.ts" */',
        'export type { e } from "../../../server.ts";',
      ].join("\n"),
    );
    const only = "lib/server/room may import only lib/base, lib/protocol, lib/server/session";
    expect(complaints(source)).toEqual([
      `lib/server/room/example.ts:5 imports lib/server/runtime/host.ts: ${only}`,
      `lib/server/room/example.ts:6 imports scripts/build.ts: ${only}`,
      `lib/server/room/example.ts:7 imports test/support/random.ts: ${only}`,
      `lib/server/room/example.ts:8 imports server.ts: ${only}`,
    ]);
  });
});

test("every file is reached from one of the two programs", () => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const toVisit = [...entries, bundledInstead];
  for (let path = toVisit.pop(); path !== undefined; path = toVisit.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    toVisit.push(...(byPath.get(path)?.imports ?? []).map(({ target }) => target));
  }
  expect(sources.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
});
