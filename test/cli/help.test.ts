/** `--help` and `--version` of every command: each option is listed with its default, in plain text. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readClientArgs } from "../../lib/cli/client-args.ts";
import { readServerArgs } from "../../lib/cli/server-args.ts";
import { version } from "../../package.json";

async function printed(program: "holler" | "holler-server", ...raw: string[]): Promise<string> {
  const read = program === "holler" ? await readClientArgs(raw) : await readServerArgs(raw);
  if (read.type === "print") return read.text;
  throw new Error("nothing was printed");
}

// The tests may run on a terminal, where help is coloured.
const given = process.env.NO_COLOR;
beforeAll(() => {
  process.env.NO_COLOR = "1";
});
afterAll(() => {
  if (given === undefined) delete process.env.NO_COLOR;
  else process.env.NO_COLOR = given;
});

const joining = ["name", "server", "room", "guest", "plaintext", "trust-new-identity"];
const sound = ["input-device", "output-device"];
const commands: ["holler" | "holler-server", string[], string[]][] = [
  [
    "holler-server",
    [],
    [
      "name",
      "port",
      "host",
      "data",
      "max-clients",
      "speakers",
      "clip-days",
      "clip-megabytes",
      "history-days",
      "history-megabytes",
      "history",
      "passphrase-file",
      "new-passphrase",
      "op",
      "name-days",
      "motd",
      "advertise",
      "plaintext",
      "limits",
      "log-format",
    ],
  ],
  ["holler-server", ["export"], ["data", "since", "format", "whispers"]],
  ["holler", [], [...joining, "json", "plain", "voice", ...sound, "auto-gain"]],
  ["holler", ["send"], [...joining, "to"]],
  ["holler", ["servers"], ["json"]],
  ["holler", ["devices"], ["json"]],
  ["holler", ["doctor"], ["server", "room", "plaintext", ...sound, "json"]],
];

describe.each(commands)("the help of %s %j", (program, words, options) => {
  test("lists every option with its default", async () => {
    const lines = (await printed(program, ...words, "--help")).split("\n");
    const listed = lines.flatMap((line) => /^ +--(?!no-|help|version)([a-z-]+)/.exec(line)?.[1] ?? []);
    expect(listed.sort()).toEqual([...options].sort());
    for (const option of options) {
      expect(lines.find((line) => line.trimStart().startsWith(`--${option}`))).toMatch(/\(default: .+\)$/i);
    }
  });

  test("is plain text under NO_COLOR", async () => {
    const text = await printed(program, ...words, "--help");
    expect(text).not.toContain("\x1b");
    expect(text).not.toEndWith("\n");
    expect(text).not.toMatch(/ \n/);
  });

  test("is printed, as is the version, before other options are checked", async () => {
    const help = await printed(program, ...words, "--help");
    expect(await printed(program, ...words, "--nonsense", "-h")).toBe(help);
    expect(await printed(program, ...words, "--version")).toBe(version);
    expect(await printed(program, ...words, "-v")).toBe(version);
  });
});

test("the help of holler lists its commands", async () => {
  const help = await printed("holler", "--help");
  for (const command of ["servers", "send", "devices", "doctor"])
    expect(help).toMatch(new RegExp(`^ +${command} +\\S`, "m"));
});
