/** Shows that the systemd unit confines the server, starts it with valid options, and is accepted by systemd. */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readServerArgs } from "../../lib/cli/server-args.ts";
import { makeFolder } from "../support/folder.ts";
import { serverBinary } from "../support/holler.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";

const folder = makeFolder();
const unit = readFileSync(join(import.meta.dir, "../../scripts/holler-server.service"), "utf8");
const withPassphrase = unit.replaceAll(/^#(?=LoadCredential|ExecStart)/gm, "");
const hasSystemd = requireRig("systemd", hasProgram("systemd-analyze"), "sudo bash scripts/install-rigs.sh");

type Settings = Map<string, string[]>;

/** Sections with their settings; one that is given twice has two values. */
function parse(text: string): Map<string, Settings> {
  const sections = new Map<string, Settings>();
  let settings: Settings = new Map();
  for (const [index, line] of text.split("\n").entries()) {
    const [, section, key, value = ""] = /^(?:\[(\w+)\]|(\w+)=(.*)|#.*|)$/.exec(line) ?? [
      expect.unreachable(`line ${index + 1} is no setting: ${line}`),
    ];
    if (section !== undefined) {
      settings = new Map();
      sections.set(section, settings);
    }
    if (key !== undefined) settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  return sections;
}

test("the unit has the three sections and every confinement of the server", () => {
  const sections = parse(unit);
  expect([...sections.keys()]).toEqual(["Unit", "Service", "Install"]);
  expect(Object.fromEntries(sections.get("Service") ?? [])).toMatchObject({
    Restart: ["on-failure"],
    DynamicUser: ["yes"],
    StateDirectory: ["holler-server"],
    StateDirectoryMode: ["0700"],
    UMask: ["0077"],
    ProtectSystem: ["strict"],
    ProtectHome: ["yes"],
    PrivateDevices: ["yes"],
    PrivateTmp: ["yes"],
    NoNewPrivileges: ["yes"],
    CapabilityBoundingSet: [""],
    RestrictAddressFamilies: ["AF_INET AF_INET6 AF_NETLINK"],
    SystemCallFilter: ["@system-service", "~@privileged @resources"],
    // A compiler that compiles while it runs needs this.
    MemoryDenyWriteExecute: ["no"],
  });
});

test("the unit starts the server with valid options and the folder that systemd makes for it", async () => {
  const service = parse(unit).get("Service");
  expect(service?.get("ExecStart")).toHaveLength(1);
  const [program, ...args] = service?.get("ExecStart")?.[0]?.split(" ") ?? [];
  expect(program).toBe("/usr/local/bin/holler-server");
  const folderOfState = `/var/lib/${service?.get("StateDirectory")?.[0]}`;
  const command = await readServerArgs(args.map((arg) => arg.replace("%S", "/var/lib")));
  expect(command).toMatchObject({ type: "serve", options: { data: folderOfState } });
});

test("a passphrase is a systemd credential, and the command names it", () => {
  const service = parse(withPassphrase).get("Service");
  expect(service?.get("LoadCredential")).toEqual([expect.stringMatching(/^passphrase:\/etc\//)]);
  const commands = service?.get("ExecStart") ?? [];
  // An empty one takes back those before it.
  expect(commands[1]).toBe("");
  expect(commands[2]).toBe(`${commands[0]} --passphrase-file %d/passphrase`);
});

test.skipIf(!hasSystemd).each([
  ["as it is", unit],
  ["with a passphrase", withPassphrase],
])("systemd accepts the unit %s without a warning, and rates its exposure as low", (_, text) => {
  const path = join(folder, "holler-server.service");
  writeFileSync(path, text.replaceAll("/usr/local/bin/holler-server", serverBinary));
  expect(analyze("verify", path)).toEqual({ status: 0, said: "" });
  // From 0 (locked in) to 10 (may do anything): 1.5 here; a wall that falls is worth 0.1 to 2.
  const { said } = analyze("security", "--offline=true", path);
  expect(Number(/exposure level.*: ([\d.]+)/.exec(said)?.[1])).toBeLessThan(2);
});

function analyze(...args: string[]): { status: number; said: string } {
  const run = Bun.spawnSync(["systemd-analyze", "--no-pager", ...args]);
  return { status: run.exitCode, said: `${run.stdout}${run.stderr}` };
}
