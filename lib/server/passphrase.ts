/** Which passphrase the room has: the one that was given, or the one that was made here and is kept in the data folder. */
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { readPrivate, writePrivate } from "../files/private.ts";
import { exitStatus, Failure, sentenceOf } from "../protocol/failure.ts";
import { limits } from "../protocol/limits.ts";
import { normalPassphrase } from "../protocol/text.ts";

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
  if (file !== undefined) return read(file, true);
  return given === undefined ? read(kept, false) : checked(given, "HOLLER_PASSPHRASE");
}

async function read(path: string, isNeeded: boolean): Promise<RoomPassphrase | undefined> {
  const text = await readPrivate(path, "keep-out").catch((thrown) => {
    throw thrown instanceof Failure ? thrown : unusable(`${path} cannot be read (${sentenceOf(thrown)}).`);
  });
  if (text !== undefined) return checked(text, path);
  if (isNeeded) throw unusable(`There is no file ${path}.`);
  return undefined;
}

async function make(path: string): Promise<RoomPassphrase> {
  const { words } = await import("../protocol/words.ts");
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
