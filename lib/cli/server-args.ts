/** The options of holler-server, their defaults and their checks. */
import { hostname } from "node:os";
import type { ArgsDef } from "citty";
import { limits } from "../protocol/limits.ts";
import { charCount, cleanLine } from "../protocol/text.ts";
import { commonArgs, readArgs, usageFailure, wholeNumber } from "./command.ts";
import { dataFolder } from "./folders.ts";

export interface ServerOptions {
  name: string;
  port?: number;
  host?: string;
  data: string;
  clientsMax: number;
  speakersMax: number;
  /** 0: clips are not kept. */
  clipDays: number;
  clipMegabytes: number;
  advertise: boolean;
  motd?: string;
  plaintext: boolean;
  logFormat: "pretty" | "json";
}

export type ServerCommand = { run: "print"; text: string } | { run: "serve"; options: ServerOptions };

/** The port that is tried first when none is given. */
export const defaultPort = 4050;

/** Ten years, and a terabyte. */
const clipDaysMax = 3_650;
const clipMegabytesMax = 1_000_000;

const args = {
  name: {
    type: "string",
    valueHint: "ROOM",
    description: `Name of the room (default: "${roomOfThisHost()}")`,
  },
  port: {
    type: "string",
    valueHint: "PORT",
    description: `Port to listen on (default: ${defaultPort}, or any free one)`,
  },
  host: {
    type: "string",
    valueHint: "ADDRESS",
    description: "Address to bind (default: every interface, IPv4 and IPv6)",
  },
  data: {
    type: "string",
    valueHint: "FOLDER",
    description: "Where the identity and the clips are kept",
    default: dataFolder,
  },
  "max-clients": {
    type: "string",
    valueHint: "NUMBER",
    description: "How many people may be in the room",
    default: String(limits.clientsDefault),
  },
  speakers: {
    type: "string",
    valueHint: "NUMBER",
    description: `How many may talk at once, 1 to ${limits.speakersMax}`,
    default: String(limits.speakersDefault),
  },
  "clip-days": {
    type: "string",
    valueHint: "NUMBER",
    description: "How long clips are kept; 0: not at all",
    default: String(limits.clipDaysDefault),
  },
  "clip-megabytes": {
    type: "string",
    valueHint: "NUMBER",
    description: "How much of them is kept, the newest",
    default: String(limits.clipMegabytesDefault),
  },
  motd: {
    type: "string",
    valueHint: "TEXT",
    description: "One line that everybody reads on coming in (default: none)",
  },
  advertise: {
    type: "boolean",
    description: "Announce the room on the network (mDNS)",
    negativeDescription: "Do not announce it; people need --server to come in",
    default: true,
  },
  plaintext: { type: "boolean", description: "No encryption; for debugging only", default: false },
  "log-format": {
    type: "enum",
    options: ["pretty", "json"],
    description: "How to print what happens",
    default: "pretty",
  },
  ...commonArgs,
} as const satisfies ArgsDef;

const command = { name: "holler-server", description: "A room for the people on the same network" };

/** What to run with, or what to print instead. */
export async function readServerArgs(raw: string[]): Promise<ServerCommand> {
  const read = await readArgs(command, args, raw);
  if ("print" in read) return { run: "print", text: read.print };
  const given = read.args;
  const { advertise, plaintext, data } = given;
  return {
    run: "serve",
    options: {
      name: roomName(given.name ?? roomOfThisHost()),
      ...(given.port === undefined ? {} : { port: wholeNumber("--port", given.port, 0, 65_535) }),
      ...(given.host === undefined ? {} : { host: given.host }),
      data,
      clientsMax: wholeNumber("--max-clients", given["max-clients"], 1, limits.clientsMax),
      speakersMax: wholeNumber("--speakers", given.speakers, 1, limits.speakersMax),
      clipDays: wholeNumber("--clip-days", given["clip-days"], 0, clipDaysMax),
      clipMegabytes: wholeNumber("--clip-megabytes", given["clip-megabytes"], 1, clipMegabytesMax),
      advertise,
      ...(given.motd === undefined ? {} : { motd: bounded("--motd", given.motd, limits.motdCharsMax) }),
      plaintext,
      logFormat: given["log-format"],
    },
  };
}

function roomOfThisHost(): string {
  return [...`${hostname().split(".")[0]}'s room`].slice(-limits.roomCharsMax).join("");
}

function roomName(text: string): string {
  const name = bounded("--name", text.normalize("NFC"), limits.roomCharsMax);
  if (Buffer.byteLength(name) <= limits.roomBytesMax) return name;
  throw usageFailure(`--name takes at most ${limits.roomBytesMax} bytes of UTF-8.`);
}

function bounded(option: string, text: string, charsMax: number): string {
  const clean = cleanLine(text);
  if (clean !== "" && charCount(clean) <= charsMax) return clean;
  throw usageFailure(`${option} takes 1 to ${charsMax} characters.`);
}
