/** Keeps README.md and the pages of docs complete: options, commands, codes and files are compared with the code. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readClientArgs } from "../../lib/cli/client-args.ts";
import { readServerArgs } from "../../lib/cli/server-args.ts";
import { Command } from "../../lib/client/api.ts";
import { helpLines } from "../../lib/frontends/text/typed-commands.ts";
import { moderationActions } from "../../lib/protocol/messages.ts";
import { version } from "../../package.json";

const root = join(import.meta.dir, "../..");
const pagePaths = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...[...new Bun.Glob("docs/*.md").scanSync({ cwd: root })].map((path) => path.replaceAll("\\", "/")).sort(),
];
const pages = new Map(pagePaths.map((path) => [path, readFileSync(join(root, path), "utf8")]));

function page(path: string): string {
  const text = pages.get(path);
  if (text === undefined) throw new Error(`there is no page ${path}`);
  return text;
}

/** The part of a page under a heading, with the parts under its lower headings. */
function section(path: string, heading: string): string {
  const [, level = "", rest = ""] =
    new RegExp(`^(#+) ${heading}\\n([^]*)`, "m").exec(page(path).replaceAll("\r\n", "\n")) ?? [];
  const end = new RegExp(`^#{1,${level.length}} `, "m").exec(rest)?.index ?? rest.length;
  const text = rest.slice(0, end);
  if (text === "") throw new Error(`${path} has no section ${heading}`);
  return text;
}

/** The options that a command prints with `--help`. */
async function helpOptions(program: "holler" | "holler-server", ...words: string[]): Promise<string[]> {
  const raw = [...words, "--help"];
  const read = program === "holler" ? await readClientArgs(raw) : await readServerArgs(raw);
  if (read.type !== "print") throw new Error("--help printed nothing");
  const lines = Bun.stripANSI(read.text).split("\n");
  const found = lines.flatMap((line) => /^ +(--[a-z-]+)/.exec(line)?.[1] ?? []);
  if (found.length === 0) throw new Error(`${raw.join(" ")} lists no option`);
  return found;
}

const documentedOptions: [
  program: "holler" | "holler-server",
  words: string[],
  path: string,
  heading: string,
][] = [
  ["holler", [], "docs/using.md", "Options of `holler`"],
  ["holler", ["send"], "docs/using.md", "Options of `holler`"],
  ["holler", ["servers"], "docs/using.md", "Options of `holler`"],
  ["holler", ["devices"], "docs/using.md", "Options of `holler`"],
  ["holler", ["doctor"], "docs/using.md", "Options of `holler`"],
  ["holler-server", [], "docs/operating.md", "Options"],
  ["holler-server", ["export"], "docs/operating.md", "Options"],
];

describe.each(documentedOptions)("every option of `%s %j`", (program, words, path, heading) => {
  test(`is explained in ${path}`, async () => {
    const text = section(path, heading);
    const options = await helpOptions(program, ...words);
    expect(options.filter((option) => !new RegExp(`${option}(?![a-z-])`).test(text))).toEqual([]);
  });
});

/** The words that start the commands of `/help`. */
function typedCommands(isOperator: boolean): string[] {
  return helpLines(isOperator).flatMap((line) => /^[/!][a-z]+/.exec(line)?.[0] ?? []);
}

test("docs/using.md explains every command that people can type", () => {
  const text = section("docs/using.md", "What you can type");
  expect(typedCommands(false).filter((command) => !text.includes(`\`${command}`))).toEqual([]);
});

test("docs/operating.md explains every command of operators", () => {
  const text = section("docs/operating.md", "Operators");
  expect(moderationActions.filter((action) => !text.includes(`\`/${action}`))).toEqual([]);
});

test("docs/scripting.md explains every command of --json and every moderation action", () => {
  const text = page("docs/scripting.md");
  const commands = Command.options.map((option) => option.entries.type.literal);
  expect(commands.filter((command) => !text.includes(`{"do":"${command}"`))).toEqual([]);
  expect(moderationActions.filter((action) => !text.includes(`\`${action}\``))).toEqual([]);
});

test("the newest release in CHANGELOG.md is the version of package.json", () => {
  expect(/^## \[(\d[^\]]*)\]/m.exec(page("CHANGELOG.md"))?.[1]).toBe(version);
});

/** The anchors of a page, as forges make them from its headings. */
function anchors(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

const linkPattern = /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g;

test.each(pagePaths)("every link in %s leads to a file or a heading that exists", (path) => {
  const broken = [...page(path).matchAll(linkPattern)].flatMap(([link, file = "", anchor]) => {
    const target = file === "" ? path : join(dirname(path), file).replaceAll("\\", "/");
    if (!existsSync(join(root, target))) return [link];
    return anchor === undefined || anchors(page(target)).has(anchor) ? [] : [link];
  });
  expect(broken).toEqual([]);
});

const filePattern = /`((?:lib|test|scripts|docs|\.ci|\.github)\/[\w./-]*)`/g;

test.each(pagePaths)("every file that %s names exists", (path) => {
  const named = [...page(path).matchAll(filePattern)].map(([, file = ""]) => file);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
