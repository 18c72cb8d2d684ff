/** Which passphrase the room has: the one that was given, or the one that was made here and is kept in the data folder. */
import { readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { exitStatus, Failure, sentenceOf } from "../../base/failure.ts";
import { readPrivate, writePrivate } from "../../files/private.ts";
import { limits } from "../../protocol/limits.ts";
import { normalPassphrase } from "../../protocol/text.ts";

export interface PassphraseSource {
  /** As given by `--passphrase-file`. */
  file?: string;
  /** As given by HOLLER_PASSPHRASE. */
  given?: string;
  /** One is to be made, and kept from now on. */
  isNew: boolean;
}

export interface RoomPassphrase {
  passphrase: string;
  /** Where it stands, for people. */
  from: string;
  /** Other users of the machine can read it there. */
  isOpen?: true;
}

const fileName = "passphrase";
/** Each of them is one of 2,048: 44 bits, which `tries.ts` gives nobody the time to guess. */
const wordCount = 4;

/**
 * The passphrase of the room; none: everybody may come in.
 * @throws {Failure} `passphrase` when there should be one and there is none, `not-private` when others can read it.
 */
export async function findPassphrase(
  folder: string,
  { file, given, isNew }: PassphraseSource,
): Promise<RoomPassphrase | undefined> {
  const kept = join(folder, fileName);
  if (isNew) return make(kept);
  if (file !== undefined) return readGiven(file);
  if (given !== undefined) return checked(given, "HOLLER_PASSPHRASE");
  const text = await readPrivate(kept, "keep-out").catch((thrown) => explain(thrown, kept));
  return text === undefined ? undefined : checked(text, kept);
}

/** A file of somebody else's making: secrets that a container is given can be read by all in it, so that is only told. */
async function readGiven(path: string): Promise<RoomPassphrase> {
  const text = await readFile(path, "utf8").catch((thrown) => explain(thrown, path));
  const { mode } = await stat(path).catch((thrown) => explain(thrown, path));
  const isOpen = process.platform !== "win32" && (mode & 0o077) !== 0;
  return { ...checked(text, path), ...(isOpen ? { isOpen } : {}) };
}

function explain(thrown: unknown, path: string): never {
  throw thrown instanceof Failure ? thrown : unusable(`${path} cannot be read (${sentenceOf(thrown)}).`);
}

async function make(path: string): Promise<RoomPassphrase> {
  const { words } = await import("../../protocol/word-list.ts");
  // 2,048 words: eleven bits choose one, all with the same chance.
  const wordOf = (random: number): string => words[random % words.length] ?? "";
  const passphrase = Array.from(crypto.getRandomValues(new Uint16Array(wordCount)), wordOf).join(" ");
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await writePrivate(temporary, `${passphrase}\n`);
    await rename(temporary, path);
  } catch (thrown) {
    throw unusable(`${path} cannot be written (${sentenceOf(thrown)}).`);
  }
  return { passphrase, from: path };
}

function checked(text: string, from: string): RoomPassphrase {
  const passphrase = normalPassphrase(text);
  if (passphrase !== undefined) return { passphrase, from };
  throw unusable(`${from} does not hold a passphrase of 1 to ${limits.passphraseCharsMax} characters.`);
}

function unusable(why: string): Failure {
  return new Failure("passphrase", exitStatus.usage, why);
}
