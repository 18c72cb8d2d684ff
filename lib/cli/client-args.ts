/** Reads the command line of holler: which command it is, and its checked options. */
import { limits } from "../protocol/limits.ts";
import { charCount, parseName } from "../protocol/text.ts";
import {
  chatArgs,
  chatCommand,
  devicesCommand,
  doctorArgs,
  doctorCommand,
  listArgs,
  sendArgs,
  sendCommand,
  serversCommand,
} from "./client-options.ts";
import { readArgs, usageFailure, wholeNumber } from "./command.ts";
import { passphraseOfEnvironment } from "./passphrase.ts";
import { defaultPort } from "./server-args.ts";

/** How to join a room; the same for every command that joins one. */
export interface JoinArgs {
  name?: string;
  server?: { host: string; port: number };
  room?: string;
  plaintext: boolean;
  trustNewIdentity: boolean;
  guest: boolean;
  /** From the environment, in its normal form. */
  passphrase?: string;
}

/** The devices that were named, each by a part of its name; `default` is the default device of the system. */
export interface DeviceArgs {
  input?: string;
  output?: string;
}

/** What the doctor checks: one server, one room, or every room on the network. */
export type DoctorArgs = Pick<JoinArgs, "server" | "room" | "plaintext">;

export type ClientCommand =
  | { type: "print"; text: string }
  | {
      type: "chat";
      join: JoinArgs;
      json: boolean;
      plain: boolean;
      voice: boolean;
      devices: DeviceArgs;
      autoGain: boolean;
    }
  /** Without `text`, it is read from standard input. */
  | { type: "send"; join: JoinArgs; to?: string; text?: string }
  | { type: "servers"; json: boolean }
  | { type: "devices"; json: boolean }
  | { type: "doctor"; scope: DoctorArgs; devices: DeviceArgs; json: boolean };

/** Longer than the name of any device. */
const deviceCharsMax = 256;

/**
 * Parses the command line.
 * @throws {Failure} `usage`, which names the wrong option or word; `passphrase` when HOLLER_PASSPHRASE is unusable.
 */
export async function readClientArgs(raw: string[]): Promise<ClientCommand> {
  const [word, ...rest] = raw;
  if (word === "send") return readSend(rest);
  if (word === "servers") return readList("servers", rest);
  if (word === "devices") return readList("devices", rest);
  if (word === "doctor") return readDoctor(rest);
  if (word !== undefined && !word.startsWith("-")) throw usageFailure(`There is no command ${word}.`);
  const read = await readArgs(chatCommand, chatArgs, raw);
  if ("print" in read) return { type: "print", text: read.print };
  const { json, plain, voice, "auto-gain": autoGain } = read.args;
  if (json && plain) throw usageFailure("--json and --plain exclude each other.");
  for (const option of ["input-device", "output-device", "auto-gain"] as const) {
    if (!voice && read.args[option]) throw usageFailure(`--no-voice and --${option} exclude each other.`);
  }
  const given = readDevices(read.args);
  return { type: "chat", join: readJoin(read.args), json, plain, voice, devices: given, autoGain };
}

async function readSend(raw: string[]): Promise<ClientCommand> {
  const read = await readArgs(sendCommand, sendArgs, raw);
  if ("print" in read) return { type: "print", text: read.print };
  const { to, _: words } = read.args;
  return {
    type: "send",
    join: readJoin(read.args),
    ...(to === undefined ? {} : { to: personName("--to", to.replace(/^@/, "")) }),
    ...(words.length === 0 ? {} : { text: words.join(" ") }),
  };
}

async function readList(type: "servers" | "devices", raw: string[]): Promise<ClientCommand> {
  const read = await readArgs(type === "servers" ? serversCommand : devicesCommand, listArgs, raw);
  return "print" in read ? { type: "print", text: read.print } : { type, json: read.args.json };
}

async function readDoctor(raw: string[]): Promise<ClientCommand> {
  const read = await readArgs(doctorCommand, doctorArgs, raw);
  if ("print" in read) return { type: "print", text: read.print };
  const { args } = read;
  return { type: "doctor", scope: readScope(args), devices: readDevices(args), json: args.json };
}

interface GivenScope {
  server?: string | undefined;
  room?: string | undefined;
  plaintext: boolean;
}

interface GivenJoin extends GivenScope {
  name?: string | undefined;
  "trust-new-identity": boolean;
  guest: boolean;
}

function readJoin(given: GivenJoin): JoinArgs {
  const passphrase = passphraseOfEnvironment();
  return {
    ...(given.name === undefined ? {} : { name: personName("--name", given.name) }),
    ...readScope(given),
    trustNewIdentity: given["trust-new-identity"],
    guest: given.guest,
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function readScope({ server, room, plaintext }: GivenScope): DoctorArgs {
  if (server !== undefined && room !== undefined)
    throw usageFailure("--server and --room exclude each other.");
  return {
    ...(server === undefined ? {} : { server: hostAndPort(server) }),
    ...(room === undefined ? {} : { room }),
    plaintext,
  };
}

interface GivenDevices {
  "input-device"?: string | undefined;
  "output-device"?: string | undefined;
}

function readDevices(given: GivenDevices): DeviceArgs {
  const { "input-device": input, "output-device": output } = given;
  return {
    ...(input === undefined ? {} : { input: deviceName("--input-device", input) }),
    ...(output === undefined ? {} : { output: deviceName("--output-device", output) }),
  };
}

function deviceName(option: string, text: string): string {
  const name = text.trim();
  if (name !== "" && charCount(name) <= deviceCharsMax) return name;
  throw usageFailure(`${option} takes 1 to ${deviceCharsMax} characters of a device's name.`);
}

function personName(option: string, text: string): string {
  const name = parseName(text);
  if (name !== undefined) return name;
  throw usageFailure(`${option} takes 1 to ${limits.nameCharsMax} letters, digits, "_", "-" or ".".`);
}

/** The forms of `--server`. An IPv6 address needs brackets in front of a port, unless its interface ends it. */
const serverForms = [
  /^(?<host>[^:[\]%]+)(?::(?<port>\d+))?$/,
  /^\[(?<host>[^\]]+)\](?::(?<port>\d+))?$/,
  /^(?<host>[^[\]%]*:[^[\]%]*%[^:[\]%]+)(?::(?<port>\d+))?$/,
  /^(?<host>[^[\]%]*:[^[\]%]*:[^[\]%]*)$/,
];

/** `host`, `host:port`, `1.2.3.4:port`, `::1`, `[::1]`, `[::1]:port`, `fe80::1%eth0` or `fe80::1%eth0:port`. */
function hostAndPort(text: string): { host: string; port: number } {
  const groups = serverForms.map((form) => form.exec(text)?.groups).find((found) => found !== undefined);
  const { host, port } = groups ?? {};
  if (host === undefined) throw usageFailure(`--server takes HOST or HOST:PORT, not "${text}".`);
  return { host, port: port === undefined ? defaultPort : wholeNumber("--server's port", port, 1, 65_535) };
}
