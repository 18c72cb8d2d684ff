/** The options and commands of holler, their defaults and their checks. */
import type { ArgsDef } from "citty";
import { limits } from "../protocol/limits.ts";
import { charCount, parseName } from "../protocol/text.ts";
import { commonArgs, readArgs, usageFailure, wholeNumber } from "./command.ts";
import { defaultPort } from "./server-args.ts";

/** How to come into a room; the same for every command that joins one. */
export interface JoinArgs {
  name?: string;
  server?: { host: string; port: number };
  room?: string;
  plaintext: boolean;
  trustNewIdentity: boolean;
  guest: boolean;
}

/** Which devices were named, each by a part of its name; `default` is the system's. */
export interface DeviceArgs {
  input?: string;
  output?: string;
}

/** What is looked into: this server, this room, or every room of the network. */
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
  /** No text: it is read from standard input. */
  | { type: "send"; join: JoinArgs; to?: string; text?: string }
  | { type: "servers"; json: boolean }
  | { type: "devices"; json: boolean }
  | { type: "doctor"; look: DoctorArgs; devices: DeviceArgs; json: boolean };

/** Longer than the name of any device. */
const deviceCharsMax = 256;

const plaintext = {
  type: "boolean",
  description: "Join a server that runs without encryption; for debugging only",
  default: false,
} as const;

const joinArgs = {
  name: {
    type: "string",
    valueHint: "NAME",
    description: "Your name (default: the one used last, else your login name)",
  },
  server: {
    type: "string",
    valueHint: "HOST[:PORT]",
    description: `Go straight to this server, port ${defaultPort} unless given (default: find one on the network)`,
  },
  room: {
    type: "string",
    valueHint: "ROOM",
    description: "Join the room of this name (default: the only one, or ask)",
  },
  guest: {
    type: "boolean",
    description: "Come in as a guest: the name does not become yours",
    default: false,
  },
  plaintext,
  "trust-new-identity": {
    type: "boolean",
    description: "Accept that the server's identity has changed",
    default: false,
  },
} as const satisfies ArgsDef;

const deviceArgs = {
  "input-device": {
    type: "string",
    valueHint: "NAME",
    description:
      "Microphone, by a part of its name (see holler devices); remembered (default: the one used last)",
  },
  "output-device": {
    type: "string",
    valueHint: "NAME",
    description: 'Speaker, likewise; "default" is the system\'s (default: the one used last)',
  },
} as const satisfies ArgsDef;

const json = { type: "boolean", description: "JSON in and out, one object a line", default: false } as const;

const chatArgs = {
  ...joinArgs,
  json,
  plain: {
    type: "boolean",
    description: "Redraw nothing; for screen readers and simple terminals",
    default: false,
  },
  voice: {
    type: "boolean",
    description: "Record and play voice",
    negativeDescription: "Neither record nor play voice",
    default: true,
  },
  ...deviceArgs,
  "auto-gain": {
    type: "boolean",
    description: "Make a quiet microphone louder, gently",
    default: false,
  },
  ...commonArgs,
} as const satisfies ArgsDef;

const sendArgs = {
  to: {
    type: "string",
    valueHint: "NAME",
    description: "Send it to this person alone (default: to everyone)",
  },
  text: {
    type: "positional",
    description: "What to say (default: what is on standard input)",
    required: false,
  },
  ...joinArgs,
  ...commonArgs,
} as const satisfies ArgsDef;

const jsonOut = { ...json, description: "One JSON object a line" } as const;

/** Of `holler servers` and `holler devices`. */
const listArgs = { json: jsonOut, ...commonArgs } as const satisfies ArgsDef;

const doctorArgs = {
  server: {
    type: "string",
    valueHint: "HOST[:PORT]",
    description: `Look into this server, port ${defaultPort} unless given (default: every room on the network)`,
  },
  room: {
    type: "string",
    valueHint: "ROOM",
    description: "Look into the room of this name (default: every one)",
  },
  plaintext: { ...plaintext, description: "Look into servers that run without encryption" },
  "input-device": {
    type: "string",
    valueHint: "NAME",
    description: "Try this microphone (default: the one that holler would use)",
  },
  "output-device": {
    type: "string",
    valueHint: "NAME",
    description: "Try this speaker (default: the one that holler would use)",
  },
  json: jsonOut,
  ...commonArgs,
} as const satisfies ArgsDef;

const send = { name: "holler send", description: "Send one message and leave" };
const servers = { name: "holler servers", description: "List the rooms on this network" };
const devices = { name: "holler devices", description: "List the microphones and speakers" };
const doctor = {
  name: "holler doctor",
  description: "Say what is wrong with finding rooms, the connection or the sound",
};
const chat = {
  name: "holler",
  description: "Chat and voice for the people on the same network",
  commands: {
    servers: servers.description,
    send: send.description,
    devices: devices.description,
    doctor: doctor.description,
  },
};

/**
 * What the arguments ask for.
 * @throws {Failure} `usage`, naming what is wrong.
 */
export async function readClientArgs(raw: string[]): Promise<ClientCommand> {
  const [word, ...rest] = raw;
  if (word === "send") return readSend(rest);
  if (word === "servers") return readList("servers", rest);
  if (word === "devices") return readList("devices", rest);
  if (word === "doctor") return readDoctor(rest);
  if (word !== undefined && !word.startsWith("-")) throw usageFailure(`There is no command ${word}.`);
  const read = await readArgs(chat, chatArgs, raw);
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
  const read = await readArgs(send, sendArgs, raw);
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
  const read = await readArgs(type === "servers" ? servers : devices, listArgs, raw);
  return "print" in read ? { type: "print", text: read.print } : { type, json: read.args.json };
}

async function readDoctor(raw: string[]): Promise<ClientCommand> {
  const read = await readArgs(doctor, doctorArgs, raw);
  if ("print" in read) return { type: "print", text: read.print };
  const { args } = read;
  return { type: "doctor", look: readPlace(args), devices: readDevices(args), json: args.json };
}

interface GivenPlace {
  server?: string | undefined;
  room?: string | undefined;
  plaintext: boolean;
}

interface GivenJoin extends GivenPlace {
  name?: string | undefined;
  "trust-new-identity": boolean;
  guest: boolean;
}

function readJoin(given: GivenJoin): JoinArgs {
  return {
    ...(given.name === undefined ? {} : { name: personName("--name", given.name) }),
    ...readPlace(given),
    trustNewIdentity: given["trust-new-identity"],
    guest: given.guest,
  };
}

function readPlace({ server, room, plaintext }: GivenPlace): DoctorArgs {
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

/** `host`, `host:port`, `1.2.3.4:port`, `::1`, `[::1]` or `[::1]:port`. */
function hostAndPort(text: string): { host: string; port: number } {
  const [, inBrackets, plainHost, port] =
    /^(?:\[([^\]]+)\]|([^:[\]]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d+))?$/.exec(text) ?? [];
  const host = inBrackets ?? plainHost;
  if (host === undefined) throw usageFailure(`--server takes HOST or HOST:PORT, not "${text}".`);
  return { host, port: port === undefined ? defaultPort : wholeNumber("--server's port", port, 1, 65_535) };
}
