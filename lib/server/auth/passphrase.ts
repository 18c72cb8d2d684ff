/** Finds the passphrase of the room: given by the operator, or generated and kept in the data folder. */
import { join } from "node:path";
import { exitStatus, Failure } from "../../base/failure.ts";
import { explainFileProblem } from "../../files/file-problem.ts";
import { readGivenFile } from "../../files/given-file.ts";
import { readPrivateBytes, replacePrivate } from "../../files/private.ts";
import { decodeText } from "../../files/text-file.ts";
import { checkPassphrase } from "../../protocol/passphrase.ts";

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
/** Room for the longest passphrase, and for blanks around it. */
const fileBytesMax = 4_096;
/** How long the program at the other end of a pipe may take. */
const givenWithinMs = 10_000;

/**
 * The passphrase of the room; undefined when the room has none and admits everyone.
 * @throws {Failure} `passphrase` when the named one cannot be read or used, `not-private` when other users can read
 * the one in the data folder.
 */
export async function findPassphrase(
  folder: string,
  { file, given, isNew }: PassphraseSource,
  withinMs: number = givenWithinMs,
): Promise<RoomPassphrase | undefined> {
  const kept = join(folder, fileName);
  if (isNew) return generate(kept, folder);
  if (file !== undefined) return readGiven(file, withinMs);
  if (given !== undefined) return checked(given, "HOLLER_PASSPHRASE");
  const text = await readKept(kept).catch((thrown) => refuse(kept, "read", thrown, folder));
  return text === undefined ? undefined : checked(text, kept);
}

async function readKept(path: string): Promise<string | undefined> {
  const bytes = await readPrivateBytes(path, "keep-out");
  return bytes && decodeText(bytes, path);
}

/**
 * Reads a file that the operator named. Other users may be able to read it, as all processes of a container can read its
 * secrets: that is reported, not refused.
 */
async function readGiven(path: string, withinMs: number): Promise<RoomPassphrase> {
  const { text, isOpen } = await readGivenFile(path, fileBytesMax, withinMs).catch((thrown) =>
    refuse(path, "read", thrown),
  );
  return { ...checked(text, path), ...(isOpen ? { isOpen } : {}) };
}

async function generate(path: string, folder: string): Promise<RoomPassphrase> {
  const { words } = await import("../../protocol/word-list.ts");
  // 2,048 divides 65,536, so that every word is equally likely.
  const wordOf = (random: number): string => words[random % words.length] ?? "";
  const passphrase = Array.from(crypto.getRandomValues(new Uint16Array(wordCount)), wordOf).join(" ");
  await replacePrivate(path, `${passphrase}\n`, { isDurable: true }).catch((thrown) =>
    refuse(path, "written", thrown, folder),
  );
  return { passphrase, from: path };
}

function checked(text: string, from: string): RoomPassphrase {
  const result = checkPassphrase(text);
  if ("passphrase" in result) return { passphrase: result.passphrase, from };
  throw new Failure("passphrase", exitStatus.usage, `${from} cannot be used (${result.problem}).`);
}

/**
 * `folder`: the data folder, when the file is in it; that it fails is no wrong usage.
 * @throws {Failure} always: `passphrase`, unless the file was refused already.
 */
function refuse(path: string, how: "read" | "written", thrown: unknown, folder?: string): never {
  if (thrown instanceof Failure) throw thrown;
  const { reason, advice } = explainFileProblem(path, thrown, folder);
  const status = folder === undefined ? exitStatus.usage : exitStatus.failed;
  throw new Failure("passphrase", status, `${path} cannot be ${how} (${reason}).${advice}`);
}
