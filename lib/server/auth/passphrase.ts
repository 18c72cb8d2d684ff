/** Finds the passphrase of the room: given by the operator, or generated and kept in the data folder. */
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
  /** A new passphrase is generated and kept in the data folder. */
  isNew: boolean;
}

export interface RoomPassphrase {
  passphrase: string;
  /** The file or the variable that it comes from, as shown to the operator. */
  from: string;
  /** Other users of the machine can read the file. */
  isOpen?: true;
}

const fileName = "passphrase";
/** Four of 2,048 words are 44 bits, too many to guess at the rate of `admission/login-throttle.ts`. */
const wordCount = 4;

/**
 * The passphrase of the room; undefined when the room has none and admits everyone.
 * @throws {Failure} `passphrase` when the named one cannot be read or used, `not-private` when other users can read
 * the one in the data folder.
 */
export async function findPassphrase(
  folder: string,
  { file, given, isNew }: PassphraseSource,
): Promise<RoomPassphrase | undefined> {
  const kept = join(folder, fileName);
  if (isNew) return generate(kept);
  if (file !== undefined) return readGiven(file);
  if (given !== undefined) return checked(given, "HOLLER_PASSPHRASE");
  const text = await readPrivate(kept, "keep-out").catch((thrown) => explain(thrown, kept));
  return text === undefined ? undefined : checked(text, kept);
}

/**
 * Reads a file that the operator named. Other users may be able to read it, as all processes of a container can read its
 * secrets: that is reported, not refused.
 */
async function readGiven(path: string): Promise<RoomPassphrase> {
  const text = await readFile(path, "utf8").catch((thrown) => explain(thrown, path));
  const { mode } = await stat(path).catch((thrown) => explain(thrown, path));
  const isOpen = process.platform !== "win32" && (mode & 0o077) !== 0;
  return { ...checked(text, path), ...(isOpen ? { isOpen } : {}) };
}

function explain(thrown: unknown, path: string): never {
  throw thrown instanceof Failure ? thrown : unusable(`${path} cannot be read (${sentenceOf(thrown)}).`);
}

async function generate(path: string): Promise<RoomPassphrase> {
  const { words } = await import("../../protocol/word-list.ts");
  // 2,048 divides 65,536, so that every word is equally likely.
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
