/** Who may import whom, and that nothing is there in vain. */
import { describe, expect, test } from "bun:test";
import type { Import, Source } from "./sources.ts";
import { entries, folderOf, readSource, readSources } from "./sources.ts";

/** Each folder and entry with the folders it may import. Those stand above it, so there can be no circle. */
const mayImport: Record<string, string[]> = {
  protocol: [],
  room: ["protocol"],
  files: ["protocol"],
  discovery: ["protocol"],
  voice: ["protocol"],
  terminal: ["protocol"],
  cli: ["protocol"],
  server: ["protocol", "room", "files", "discovery", "cli"],
  client: ["protocol", "files", "discovery", "voice", "terminal", "cli"],
  "server.ts": ["protocol", "cli", "server"],
  "client.ts": ["protocol", "voice", "cli", "client"],
};

/** Files outside every folder that are no code of ours, and who may read them. */
const besides: Record<string, string> = { "package.json": "lib/cli/command.ts" };
/** Of each program only the one file that is given what was asked for knows the command line. */
const knowsCommandLine: Record<string, string> = {
  client: "lib/client/app.ts",
  server: "lib/server/serve.ts",
};

const sources = [...readSources("lib/**/*.ts"), ...entries.flatMap((entry) => readSources(entry))];

/** What is wrong with an import, in words. */
function complaint({ path }: Source, { target, isPackage }: Import): string | undefined {
  const [from, to] = [folderOf(path), folderOf(target)];
  if (isPackage || from === to || besides[target] === path) return undefined;
  const allowed = mayImport[from] ?? [];
  if (!allowed.includes(to)) return `${from} may import only ${allowed.join(", ") || "nothing"}`;
  const only = knowsCommandLine[from];
  if (to === "cli" && only !== undefined && path !== only) return `only ${only} may import cli`;
  return undefined;
}

function complaints(source: Source): string[] {
  return source.imports.flatMap((one) => {
    const why = complaint(source, one);
    return why === undefined ? [] : [`${source.path}:${one.line} imports ${one.target}: ${why}`];
  });
}

describe("imports", () => {
  test("follow the table", () => expect(sources.flatMap(complaints)).toEqual([]));

  test("of the table go upwards only", () => {
    const order = Object.keys(mayImport);
    for (const [from, allowed] of Object.entries(mayImport)) {
      for (const to of allowed) expect(order.indexOf(to)).toBeLessThan(order.indexOf(from));
    }
  });

  test("are of folders that the table knows, and the table of folders that are there", () => {
    const there = new Set(sources.map(({ path }) => folderOf(path)));
    expect([...there].sort()).toEqual(Object.keys(mayImport).sort());
  });

  test("are found in whatever form they come, and their lines named", () => {
    const source = readSource(
      "lib/room/example.ts",
      [
        '// import "../server/commented.ts";',
        'import { a } from "../protocol/text.ts";',
        "import {",
        "  b,",
        '} from "../server/host.ts";',
        'type C = typeof import("../../scripts/build.ts");',
        'const d = await import("../../test/support/random.ts"); /* from "../client/app.ts" */',
        'export type { e } from "../../server.ts";',
      ].join("\n"),
    );
    const only = "room may import only protocol";
    expect(complaints(source)).toEqual([
      `lib/room/example.ts:5 imports lib/server/host.ts: ${only}`,
      `lib/room/example.ts:6 imports scripts/build.ts: ${only}`,
      `lib/room/example.ts:7 imports test/support/random.ts: ${only}`,
      `lib/room/example.ts:8 imports server.ts: ${only}`,
    ]);
  });
});

test("every file is reached from one of the two programs", () => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const toVisit = [...entries];
  for (let path = toVisit.pop(); path !== undefined; path = toVisit.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    toVisit.push(...(byPath.get(path)?.imports ?? []).map(({ target }) => target));
  }
  expect(sources.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
});
