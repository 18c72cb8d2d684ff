/** The command line of holler-server: every option, valid and invalid. */
import { describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import type { ServerOptions } from "../../lib/cli/server-args.ts";
import { readServerArgs } from "../../lib/cli/server-args.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { refusalOf } from "./outcome.ts";

async function optionsOf(...raw: string[]): Promise<ServerOptions> {
  const read = await readServerArgs(raw);
  if (read.type === "serve") return read.options;
  throw new Error(`the server is not started: ${JSON.stringify(read)}`);
}

test("without options the server listens on every interface and needs no passphrase", async () => {
  const options = await optionsOf();
  expect(options).toEqual({
    name: `${hostname().split(".")[0]}'s room`.slice(-limits.roomCharsMax),
    data: expect.stringContaining("holler"),
    clientsMax: limits.clientsDefault,
    speakersMax: 1,
    clipDays: 7,
    clipMegabytes: 100,
    history: true,
    historyDays: 30,
    historyMegabytes: 1_000,
    passphrase: { isNew: false },
    operators: [],
    nameDays: 90,
    advertise: true,
    plaintext: false,
    limits: true,
    logFormat: "pretty",
  });
});

describe("the server accepts", () => {
  const accepted: [string[], Partial<ServerOptions>][] = [
    [["--name", "Lab 3"], { name: "Lab 3" }],
    [["--name=Lab 3"], { name: "Lab 3" }],
    [["--name", "Zoe\u0308\n\x1b[2J"], { name: "Zoë [2J" }],
    [["--name", "x".repeat(limits.roomCharsMax)], { name: "x".repeat(limits.roomCharsMax) }],
    [["--port", "4051"], { port: 4051 }],
    [["--port", "0"], { port: 0 }],
    [["--port=65535"], { port: 65_535 }],
    [["--host", "127.0.0.1"], { host: "127.0.0.1" }],
    [["--host", "::1"], { host: "::1" }],
    [["--data", "/tmp/x"], { data: "/tmp/x" }],
    [["--max-clients", "1"], { clientsMax: 1 }],
    [["--max-clients=10000"], { clientsMax: 10_000 }],
    [["--speakers", "1"], { speakersMax: 1 }],
    [["--speakers=8"], { speakersMax: 8 }],
    [["--clip-days", "0"], { clipDays: 0 }],
    [["--clip-days=3650"], { clipDays: 3_650 }],
    [["--clip-megabytes", "1"], { clipMegabytes: 1 }],
    [["--clip-megabytes=1000000"], { clipMegabytes: 1_000_000 }],
    [["--no-history"], { history: false }],
    [["--history-days", "1"], { historyDays: 1 }],
    [["--history-days=3650"], { historyDays: 3_650 }],
    [["--history-megabytes", "5"], { historyMegabytes: 5 }],
    [["--motd", "Be kind."], { motd: "Be kind." }],
    [["--passphrase-file", "secret.txt"], { passphrase: { file: "secret.txt", isNew: false } }],
    [["--new-passphrase"], { passphrase: { isNew: true } }],
    [["--op", "alice"], { operators: ["alice"] }],
    [["--op", "alice", "--motd", "Hi", "--op=@bob,carol"], { operators: ["alice", "bob", "carol"] }],
    [["--name-days", "1"], { nameDays: 1 }],
    [["--name-days=3650"], { nameDays: 3_650 }],
    [["--no-advertise"], { advertise: false }],
    [["--plaintext"], { plaintext: true }],
    [["--no-limits"], { limits: false }],
    [["--log-format", "json"], { logFormat: "json" }],
  ];
  test.each(accepted)("the arguments %j", async (raw, options) =>
    expect(await optionsOf(...raw)).toMatchObject(options),
  );
});

test("export reads everything from the default data folder, or what its options name", async () => {
  expect(await readServerArgs(["export"])).toEqual({
    type: "export",
    options: { data: expect.stringContaining("holler"), format: "jsonl", whispers: false },
  });
  const given = ["export", "--data", "/x", "--format=text", "--whispers", "--since", "2026-11-22"];
  expect(await readServerArgs(given)).toEqual({
    type: "export",
    options: {
      data: "/x",
      format: "text",
      whispers: true,
      sinceMs: new Date(2026, 10, 22).getTime(),
    },
  });
  expect(await readServerArgs(["export", "--since", "2026-11-22T10:00Z"])).toMatchObject({
    options: { sinceMs: Date.parse("2026-11-22T10:00:00Z") },
  });
});

describe("the server refuses with status 2, in one line that names the error,", () => {
  const refused: [string[], string][] = [
    [["--prot", "5"], "There is no option --prot."],
    [["--maxClients", "5"], "There is no option --maxClients."],
    [["-p", "5"], "There is no option -p."],
    [["--no-port"], "There is no option --no-port."],
    [["--port"], "--port needs a value."],
    [["--port="], "--port needs a value."],
    [["--port", ""], "--port needs a value."],
    [["--port", "--plaintext"], "--port needs a value."],
    [["--name="], "--name needs a value."],
    [["--host="], "--host needs a value."],
    [["--data="], "--data needs a value."],
    [["--motd"], "--motd needs a value."],
    [["--log-format="], "--log-format needs a value."],
    [["--max-clients"], "--max-clients needs a value."],
    [["--port", "65536"], '--port takes a whole number from 0 to 65535, not "65536".'],
    [["--port=-1"], '--port takes a whole number from 0 to 65535, not "-1".'],
    [["--port", "4e3"], '--port takes a whole number from 0 to 65535, not "4e3".'],
    [["--port", "0x10"], '--port takes a whole number from 0 to 65535, not "0x10".'],
    [["--port", " 80"], '--port takes a whole number from 0 to 65535, not " 80".'],
    [["--max-clients", "0"], '--max-clients takes a whole number from 1 to 10000, not "0".'],
    [["--max-clients", "10001"], '--max-clients takes a whole number from 1 to 10000, not "10001".'],
    [["--max-clients", "many"], '--max-clients takes a whole number from 1 to 10000, not "many".'],
    [["--speakers", "0"], '--speakers takes a whole number from 1 to 8, not "0".'],
    [["--speakers", "9"], '--speakers takes a whole number from 1 to 8, not "9".'],
    [["--speakers"], "--speakers needs a value."],
    [["--clip-days", "3651"], '--clip-days takes a whole number from 0 to 3650, not "3651".'],
    [["--clip-days", "0.5"], '--clip-days takes a whole number from 0 to 3650, not "0.5".'],
    [["--clip-megabytes", "0"], '--clip-megabytes takes a whole number from 1 to 1000000, not "0".'],
    [["--log-format", "xml"], '--log-format takes pretty or json, not "xml".'],
    [["--plaintext=yes"], "--plaintext takes no value."],
    [["--name", " \n"], "--name takes 1 to 40 characters."],
    [["--name", "x".repeat(41)], "--name takes 1 to 40 characters."],
    [["--motd", "x".repeat(501)], "--motd takes 1 to 500 characters."],
    [["start"], "There is no command start."],
    [["--history-days", "0"], '--history-days takes a whole number from 1 to 3650, not "0".'],
    [["--no-history", "--history-days", "5"], "--no-history and --history-days exclude each other."],
    [
      ["--no-history", "--history-megabytes", "5"],
      "--no-history and --history-megabytes exclude each other.",
    ],
    [["export", "--format", "xml"], '--format takes jsonl or text, not "xml".'],
    [["export", "--port", "5"], "There is no option --port."],
    [
      ["export", "--since", "yesterday"],
      '--since takes a date such as 2026-11-22 or 2026-11-22T10:00, not "yesterday".',
    ],
    [
      ["export", "--since", "2026-02-31T25:00"],
      '--since takes a date such as 2026-11-22 or 2026-11-22T10:00, not "2026-02-31T25:00".',
    ],
    [["--port", "5", "6"], '"6" is not understood.'],
    [["--", "x"], '"x" is not understood.'],
  ];
  test.each(refused)("the arguments %j", async (raw, sentence) => {
    expect(await refusalOf(readServerArgs(raw))).toBe(`2 ${sentence}`);
  });
});
