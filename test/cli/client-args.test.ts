/** The command line of holler: every option and command, valid and invalid. */
import { describe, expect, test } from "bun:test";
import type { ClientCommand } from "../../lib/cli/client-args.ts";
import { readClientArgs } from "../../lib/cli/client-args.ts";
import { refusalOf } from "./outcome.ts";

const join = { plaintext: false, trustNewIdentity: false, guest: false };
const chat = {
  type: "chat",
  join,
  json: false,
  plain: false,
  voice: true,
  devices: {},
  autoGain: false,
} as const;
const doctor = { type: "doctor", scope: { plaintext: false }, devices: {}, json: false } as const;
const send = { type: "send", join } as const;

describe("the client accepts", () => {
  const accepted: [string[], ClientCommand][] = [
    [[], chat],
    [["--name", "alice"], { ...chat, join: { ...join, name: "alice" } }],
    [["--name", "Zoe\u0308"], { ...chat, join: { ...join, name: "Zoë" } }],
    [["--name=-x-"], { ...chat, join: { ...join, name: "-x-" } }],
    [["--room", "Lab 3"], { ...chat, join: { ...join, room: "Lab 3" } }],
    [["--plaintext"], { ...chat, join: { ...join, plaintext: true } }],
    [["--trust-new-identity"], { ...chat, join: { ...join, trustNewIdentity: true } }],
    [["--guest"], { ...chat, join: { ...join, guest: true } }],
    [["--json"], { ...chat, json: true }],
    [["--plain"], { ...chat, plain: true }],
    [["--no-voice"], { ...chat, voice: false }],
    [["--voice"], chat],
    [["--input-device", "USB"], { ...chat, devices: { input: "USB" } }],
    [["--output-device=Speakers (2)"], { ...chat, devices: { output: "Speakers (2)" } }],
    [["--input-device", " default "], { ...chat, devices: { input: "default" } }],
    [["--input-device", "x".repeat(256)], { ...chat, devices: { input: "x".repeat(256) } }],
    [["--auto-gain"], { ...chat, autoGain: true }],
    [["servers"], { type: "servers", json: false }],
    [["servers", "--json"], { type: "servers", json: true }],
    [["devices"], { type: "devices", json: false }],
    [["devices", "--json"], { type: "devices", json: true }],
    [["doctor"], doctor],
    [["doctor", "--json", "--plaintext"], { ...doctor, json: true, scope: { plaintext: true } }],
    [["doctor", "--room", "Lab 3"], { ...doctor, scope: { room: "Lab 3", plaintext: false } }],
    [
      ["doctor", "--server", "lab:4051"],
      { ...doctor, scope: { server: { host: "lab", port: 4051 }, plaintext: false } },
    ],
    [
      ["doctor", "--input-device", "USB", "--output-device", "default"],
      { ...doctor, devices: { input: "USB", output: "default" } },
    ],
    [["send"], send],
    [["send", "hi"], { ...send, text: "hi" }],
    [["send", "hi", "there"], { ...send, text: "hi there" }],
    [["send", ""], { ...send, text: "" }],
    [["send", "--to", "bob", "hi"], { ...send, to: "bob", text: "hi" }],
    [["send", "--to=@bob", "hi"], { ...send, to: "bob", text: "hi" }],
    [["send", "--name", "al", "hi"], { ...send, join: { ...join, name: "al" }, text: "hi" }],
    [["send", "--guest", "hi"], { ...send, join: { ...join, guest: true }, text: "hi" }],
    [["send", "--", "--to", "bob"], { ...send, text: "--to bob" }],
    [["send", "--", "--help"], { ...send, text: "--help" }],
    [["send", "--", "-v"], { ...send, text: "-v" }],
  ];
  test.each(accepted)("the arguments %j", async (raw, command) =>
    expect(await readClientArgs(raw)).toEqual(command),
  );
});

describe("the option --server", () => {
  test.each([
    ["lab", "lab", 4050],
    ["lab.local:4051", "lab.local", 4051],
    ["192.0.2.1", "192.0.2.1", 4050],
    ["192.0.2.1:65535", "192.0.2.1", 65_535],
    ["::1", "::1", 4050],
    ["2001:db8::1", "2001:db8::1", 4050],
    ["[::1]", "::1", 4050],
    ["[2001:db8::1]:1", "2001:db8::1", 1],
    ["fe80::1%eth0", "fe80::1%eth0", 4050],
    ["[fe80::1%eth0]", "fe80::1%eth0", 4050],
    ["[fe80::1%eth0]:4051", "fe80::1%eth0", 4051],
    ["fe80::1%eth0:4051", "fe80::1%eth0", 4051],
  ])("reads %s as host %s and port %p", async (text, host, port) => {
    expect(await readClientArgs(["--server", text])).toMatchObject({ join: { server: { host, port } } });
  });

  test.each([
    "lab:",
    ":4050",
    "lab:b",
    "[::1",
    "::1]",
    "[]:1",
    "[::1]4050",
    "[lab]x:1",
    "fe80::1%",
    "lab%eth0",
  ])("refuses %s", async (text) => {
    expect(await refusalOf(readClientArgs(["--server", text]))).toBe(
      `2 --server takes HOST or HOST:PORT, not "${text}".`,
    );
  });

  test.each(["0", "65536"])("refuses the port %s", async (port) => {
    expect(await refusalOf(readClientArgs(["--server", `lab:${port}`]))).toBe(
      `2 --server's port takes a whole number from 1 to 65535, not "${port}".`,
    );
  });
});

describe("the client refuses with status 2, in one line that names the error,", () => {
  const aName = 'takes 1 to 24 letters, digits, "_", "-" or ".".';
  const refused: [string[], string][] = [
    [["--prot", "5"], "There is no option --prot."],
    [["--port", "5"], "There is no option --port."],
    [["-n", "alice"], "There is no option -n."],
    [["--no-name"], "There is no option --no-name."],
    [["--no-json"], "There is no option --no-json."],
    [["--no-help"], "There is no option --no-help."],
    [["--no-voice=1"], "--no-voice takes no value."],
    [["--name"], "--name needs a value."],
    [["--name="], "--name needs a value."],
    [["--name", "--json"], "--name needs a value."],
    [["--server="], "--server needs a value."],
    [["--room", ""], "--room needs a value."],
    [["--name", "a b"], `--name ${aName}`],
    [["--name", "x".repeat(25)], `--name ${aName}`],
    [["--json=true"], "--json takes no value."],
    [["--json", "--plain"], "--json and --plain exclude each other."],
    [["--server", "a", "--room", "b"], "--server and --room exclude each other."],
    [["--input-device"], "--input-device needs a value."],
    [["--output-device="], "--output-device needs a value."],
    [["--input-device", " "], "--input-device takes 1 to 256 characters of a device's name."],
    [["--output-device", "x".repeat(257)], "--output-device takes 1 to 256 characters of a device's name."],
    [["--auto-gain=1"], "--auto-gain takes no value."],
    [["--no-auto-gain"], "There is no option --no-auto-gain."],
    [["--no-voice", "--input-device", "USB"], "--no-voice and --input-device exclude each other."],
    [["--output-device", "USB", "--no-voice"], "--no-voice and --output-device exclude each other."],
    [["--no-voice", "--auto-gain"], "--no-voice and --auto-gain exclude each other."],
    [["join"], "There is no command join."],
    [["--plain", "send", "hi"], '"send" is not understood.'],
    [["--name", "alice", "bob"], '"bob" is not understood.'],
    [["servers", "all"], '"all" is not understood.'],
    [["servers", "--name", "alice"], "There is no option --name."],
    [["servers", "--input-device", "USB"], "There is no option --input-device."],
    [["devices", "all"], '"all" is not understood.'],
    [["devices", "--input-device", "USB"], "There is no option --input-device."],
    [["doctor", "sound"], '"sound" is not understood.'],
    [["doctor", "--name", "alice"], "There is no option --name."],
    [["doctor", "--trust-new-identity"], "There is no option --trust-new-identity."],
    [["doctor", "--server", "a", "--room", "b"], "--server and --room exclude each other."],
    [["doctor", "--server", "lab:"], '--server takes HOST or HOST:PORT, not "lab:".'],
    [["doctor", "--input-device="], "--input-device needs a value."],
    [["send", "--json", "hi"], "There is no option --json."],
    [["send", "--to=", "hi"], "--to needs a value."],
    [["send", "--to", "a b", "hi"], `--to ${aName}`],
  ];
  test.each(refused)("the arguments %j", async (raw, sentence) => {
    expect(await refusalOf(readClientArgs(raw))).toBe(`2 ${sentence}`);
  });
});
