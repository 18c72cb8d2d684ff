/** The options and commands of holler, their defaults and their checks. */
import type { ArgsDef } from "citty";
import { limits } from "../protocol/limits.ts";
import { parseName } from "../protocol/text.ts";
import { commonArgs, readArgs, usageFailure, wholeNumber } from "./command.ts";
import { defaultPort } from "./server-args.ts";

/** How to come into a room; the same for every command that joins one. */
export interface JoinArgs {
  name?: string;
  server?: { host: string; port: number };
  room?: string;
  plaintext: boolean;
  trustNewIdentity: boolean;
}

export type ClientCommand =
  | { run: "print"; text: string }
  | { run: "chat"; join: JoinArgs; json: boolean; plain: boolean; voice: boolean }
  /** No text: it is read from standard input. */
  | { run: "send"; join: JoinArgs; to?: string; text?: string }
  | { run: "servers"; json: boolean };

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
  plaintext: {
    type: "boolean",
    description: "Join a server that runs without encryption; for debugging only",
    default: false,
  },
  "trust-new-identity": {
    type: "boolean",
    description: "Accept that the server's identity has changed",
    default: false,
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

const serversArgs = { json, ...commonArgs } as const satisfies ArgsDef;

const send = { name: "holler send", description: "Send one message and leave" };
const servers = { name: "holler servers", description: "List the rooms on this network" };
const chat = {
  name: "holler",
  description: "Chat and voice for the people on the same network",
  commands: { servers: servers.description, send: send.description },
};

/**
 * What the arguments ask for.
 * @throws {Failure} `usage`, naming what is wrong.
 */
export async function readClientArgs(raw: string[]): Promise<ClientCommand> {
  const [word, ...rest] = raw;
  if (word === "send") return readSend(rest);
  if (word === "servers") return readServers(rest);
  if (word !== undefined && !word.startsWith("-")) throw usageFailure(`There is no command ${word}.`);
  const read = await readArgs(chat, chatArgs, raw);
  if ("print" in read) return { run: "print", text: read.print };
  const { plain, voice } = read.args;
  if (read.args.json && plain) throw usageFailure("--json and --plain exclude each other.");
  return { run: "chat", join: readJoin(read.args), json: read.args.json, plain, voice };
}

async function readSend(raw: string[]): Promise<ClientCommand> {
  const read = await readArgs(send, sendArgs, raw);
  if ("print" in read) return { run: "print", text: read.print };
  const { to, _: words } = read.args;
  return {
    run: "send",
    join: readJoin(read.args),
    ...(to === undefined ? {} : { to: personName("--to", to.replace(/^@/, "")) }),
    ...(words.length === 0 ? {} : { text: words.join(" ") }),
  };
}

async function readServers(raw: string[]): Promise<ClientCommand> {
  const read = await readArgs(servers, serversArgs, raw);
  return "print" in read ? { run: "print", text: read.print } : { run: "servers", json: read.args.json };
}

interface GivenJoin {
  name?: string | undefined;
  server?: string | undefined;
  room?: string | undefined;
  plaintext: boolean;
  "trust-new-identity": boolean;
}

function readJoin(given: GivenJoin): JoinArgs {
  if (given.server !== undefined && given.room !== undefined) {
    throw usageFailure("--server and --room exclude each other.");
  }
  return {
    ...(given.name === undefined ? {} : { name: personName("--name", given.name) }),
    ...(given.server === undefined ? {} : { server: hostAndPort(given.server) }),
    ...(given.room === undefined ? {} : { room: given.room }),
    plaintext: given.plaintext,
    trustNewIdentity: given["trust-new-identity"],
  };
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
