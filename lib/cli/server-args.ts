/** The options of holler-server: texts for `--help`, defaults and checks. */
import { hostname } from "node:os";
import type { ArgsDef } from "citty";
import { limits } from "../protocol/limits.ts";
import { charCount, cleanLine, parseName } from "../protocol/text.ts";
import { commonArgs, readArgs, repeated, usageFailure, wholeNumber } from "./command.ts";
import { type ExportArgs, exporting, readExport } from "./export-args.ts";
import { chosenDataFolder, dataFolder } from "./folders.ts";
import { passphraseOfEnvironment } from "./passphrase.ts";

export interface ServerOptions {
  name: string;
  port?: number;
  host?: string;
  data: string;
  /** What is wrong with the environment that names the data folder, in a sentence. */
  dataProblem?: string;
  clientsMax: number;
  speakersMax: number;
  /** 0: clips are not kept. */
  clipDays: number;
  clipMegabytes: number;
  /** False: lines are kept in memory only, for clients that reconnect. */
  history: boolean;
  historyDays: number;
  historyMegabytes: number;
  /** The source of the passphrase: a file, HOLLER_PASSPHRASE (`given`), or a new one, which is stored (`isNew`). */
  passphrase: { file?: string; given?: string; isNew: boolean };
  /** Names whose owners are operators. */
  operators: string[];
  /** A name that is unused for so many days becomes free. */
  nameDays: number;
  advertise: boolean;
  motd?: string;
  plaintext: boolean;
  /** False: no rate limits. */
  limits: boolean;
  logFormat: "pretty" | "json";
}

export type ServerCommand =
  | { type: "print"; text: string }
  | { type: "serve"; options: ServerOptions }
  | { type: "export"; options: ExportArgs };

/** The port that is tried first when none is given. */
export const defaultPort = 4050;

/** Ten years, and one terabyte. */
const keptDaysMax = 3_650;
const keptMegabytesMax = 1_000_000;

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
    description: `Where the identity, the history and the clips are kept (default: ${dataFolder.path ?? "none"})`,
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
  "history-days": {
    type: "string",
    valueHint: "NUMBER",
    description: `How long lines are kept (default: ${limits.historyDaysDefault})`,
  },
  "history-megabytes": {
    type: "string",
    valueHint: "NUMBER",
    description: `How much of them is kept, the newest (default: ${limits.historyMegabytesDefault})`,
  },
  history: {
    type: "boolean",
    description: "Keep what is said on disk",
    negativeDescription: "Keep lines in memory only, for people who lose the network for a while",
    default: true,
  },
  "passphrase-file": {
    type: "string",
    valueHint: "FILE",
    description: "People need the passphrase in this file, or in HOLLER_PASSPHRASE (default: none)",
  },
  "new-passphrase": {
    type: "boolean",
    description: "Make one that can be said aloud, keep it in the data folder, and show it once",
    default: false,
  },
  op: {
    type: "string",
    valueHint: "NAME",
    description:
      "The owner of this name, or the first to take it, is an operator; several: again, or with commas (default: none)",
  },
  "name-days": {
    type: "string",
    valueHint: "NUMBER",
    description: "How long a name stays its owner's without being used",
    default: String(limits.nameDaysDefault),
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
  limits: {
    type: "boolean",
    description: "Limit how much one person may send",
    negativeDescription: "Let everybody send as much as they like; for benchmarks only",
    default: true,
  },
  "log-format": {
    type: "enum",
    options: ["pretty", "json"],
    description: "How to print what happens",
    default: "pretty",
  },
  ...commonArgs,
} as const satisfies ArgsDef;

const command = {
  name: "holler-server",
  description: "A room for the people on the same network",
  commands: { export: exporting.description },
};

/**
 * Parses the options, or returns the text to print instead (`--help`, `--version`).
 * @throws {Failure} `usage`, which names the wrong option or word.
 */
export async function readServerArgs(raw: string[]): Promise<ServerCommand> {
  const [word, ...rest] = raw;
  if (word === "export") return readExport(rest);
  if (word !== undefined && !word.startsWith("-")) throw usageFailure(`There is no command ${word}.`);
  const read = await readArgs(command, args, raw);
  if ("print" in read) return { type: "print", text: read.print };
  const given = read.args;
  const { advertise, plaintext, history } = given;
  for (const option of ["history-days", "history-megabytes"] as const) {
    if (!history && given[option] !== undefined)
      throw usageFailure(`--no-history and --${option} exclude each other.`);
  }
  const passphrase = passphraseOfEnvironment();
  if (given["new-passphrase"]) {
    if (given["passphrase-file"] !== undefined)
      throw usageFailure("--passphrase-file and --new-passphrase exclude each other.");
    // The variable would precede the new passphrase at the next start.
    if (passphrase !== undefined)
      throw usageFailure("HOLLER_PASSPHRASE and --new-passphrase exclude each other.");
  }
  return {
    type: "serve",
    options: {
      name: roomName(given.name ?? roomOfThisHost()),
      ...(given.port === undefined ? {} : { port: wholeNumber("--port", given.port, 0, 65_535) }),
      ...(given.host === undefined ? {} : { host: given.host }),
      data: chosenDataFolder(given.data),
      ...(given.data === undefined && dataFolder.problem !== undefined
        ? { dataProblem: dataFolder.problem }
        : {}),
      clientsMax: wholeNumber("--max-clients", given["max-clients"], 1, limits.clientsMax),
      speakersMax: wholeNumber("--speakers", given.speakers, 1, limits.speakersMax),
      clipDays: wholeNumber("--clip-days", given["clip-days"], 0, keptDaysMax),
      clipMegabytes: wholeNumber("--clip-megabytes", given["clip-megabytes"], 1, keptMegabytesMax),
      history,
      historyDays: kept(given, "history-days", keptDaysMax) ?? limits.historyDaysDefault,
      historyMegabytes: kept(given, "history-megabytes", keptMegabytesMax) ?? limits.historyMegabytesDefault,
      passphrase: {
        ...(given["passphrase-file"] === undefined ? {} : { file: given["passphrase-file"] }),
        ...(passphrase === undefined ? {} : { given: passphrase }),
        isNew: given["new-passphrase"],
      },
      operators: operatorNames(raw),
      nameDays: wholeNumber("--name-days", given["name-days"], 1, keptDaysMax),
      advertise,
      ...(given.motd === undefined ? {} : { motd: bounded("--motd", given.motd, limits.motdCharsMax) }),
      plaintext,
      limits: given.limits,
      logFormat: given["log-format"],
    },
  };
}

type KeptOption = "history-days" | "history-megabytes";

function kept(
  given: Partial<Record<KeptOption, string | undefined>>,
  name: KeptOption,
  max: number,
): number | undefined {
  const text = given[name];
  return text === undefined ? undefined : wholeNumber(`--${name}`, text, 1, max);
}

/** The names of every `--op`, each of which may hold several. */
function operatorNames(raw: string[]): string[] {
  const words = repeated("op", raw).flatMap((value) => value.split(","));
  return words.map((word) => {
    const name = parseName(word.trim().replace(/^@/, ""));
    if (name !== undefined) return name;
    throw usageFailure(
      `--op takes names of 1 to ${limits.nameCharsMax} letters, digits, "_", "-" or ".", not "${word}".`,
    );
  });
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
