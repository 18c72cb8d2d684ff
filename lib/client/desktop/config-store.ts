/** The files in the config folder of the client: known hosts, key, read markers, and the name and devices used last. */
import { rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { exitStatus, Failure, sentenceOf } from "../../base/failure.ts";
import type { OthersAccess } from "../../files/private.ts";
import { makePrivateFolder, readPrivate, writePrivate, writePrivateIfAbsent } from "../../files/private.ts";
import { isKey, makeKey } from "./key-pair.ts";
import type { KnownServers } from "./known-hosts.ts";

const KnownServersFile = v.record(v.string(), v.array(v.string()));
const Devices = v.object({ input: v.optional(v.string()), output: v.optional(v.string()) });
/** Fields of a newer version are kept. */
const SettingsFile = v.looseObject({
  name: v.optional(v.string()),
  /** By machine: machines may share a home folder, and each has its own devices. */
  devices: v.optional(v.record(v.string(), Devices)),
});
type Settings = v.InferOutput<typeof SettingsFile>;

/** The last id that was read, by the name of the history; the newest entry last. */
const ReadMarkersFile = v.record(v.string(), v.number());
const readMarkersMax = 100;

/** Names, or parts of names, of a microphone and a speaker; none: the system's default. */
export type KeptDevices = v.InferOutput<typeof Devices>;

export interface Store {
  knownServers(): Promise<KnownServers>;
  keepKnownServers(known: KnownServers): Promise<void>;
  lastName(): Promise<string | undefined>;
  keepLastName(name: string): Promise<void>;
  /** Our private key (PEM). `isKept` is false where it could not be stored, so that it is another one each time. */
  key(): Promise<{ pem: string; isKept: boolean }>;
  /** The last id that was read, by the name of the history. */
  readMarkers(): Promise<Record<string, number>>;
  keepReadMarker(history: string, id: number): Promise<void>;
  /** The devices that were chosen on this machine. */
  devices(): Promise<KeptDevices>;
  keepDevices(devices: KeptDevices): Promise<void>;
}

/**
 * The store in this folder, which is created with its first file. `machine` tells machines apart that share the folder.
 * Reading throws a Failure, `not-private`, when other users could have written a file, or read a secret.
 */
export function openStore(folder: string, machine: string = hostname()): Store {
  const knownPath = join(folder, "known-servers.json");
  const settingsPath = join(folder, "settings.json");
  const readMarkersPath = join(folder, "seen.json");
  const keyPath = join(folder, "key.pem");
  let written: Promise<void> = Promise.resolve();

  async function readMarkers(): Promise<Record<string, number>> {
    const kept = await read(readMarkersPath, ReadMarkersFile);
    return kept === "damaged" ? {} : (kept ?? {});
  }

  async function settings(): Promise<Settings> {
    const kept = await read(settingsPath, SettingsFile);
    return kept === "damaged" ? {} : (kept ?? {});
  }

  /** Changes follow one another: two at once would undo each other. */
  function change(how: (kept: Settings) => Settings): Promise<void> {
    written = written
      .then(async () => write(folder, settingsPath, how(await settings())))
      // A read-only folder must not prevent a chat.
      .catch(() => {});
    return written;
  }

  return {
    async knownServers() {
      const known = await read(knownPath, KnownServersFile);
      if (known !== "damaged") return known ?? {};
      // Going on without it would silently trust a server that changed.
      const why = `${knownPath} is damaged. Remove it to meet every server as if for the first time.`;
      throw new Failure("store-damaged", exitStatus.failed, why);
    },
    keepKnownServers: (known) => write(folder, knownPath, known),
    lastName: async () => (await settings()).name,
    keepLastName: (name) => change((kept) => ({ ...kept, name })),
    async key() {
      const pem = makeKey();
      try {
        const kept = await readPrivate(keyPath, "keep-out");
        if (kept !== undefined) return { pem: checkKey(kept, keyPath), isKept: true };
        await makePrivateFolder(folder);
        return { pem: await writePrivateIfAbsent(keyPath, pem), isKept: true };
      } catch (thrown) {
        if (thrown instanceof Failure) throw thrown;
        return { pem, isKept: false };
      }
    },
    readMarkers,
    async keepReadMarker(history, id) {
      written = written
        .then(async () => {
          const { [history]: before = 0, ...others } = await readMarkers();
          const newest = Object.entries(others).slice(1 - readMarkersMax);
          await write(folder, readMarkersPath, {
            ...Object.fromEntries(newest),
            [history]: Math.max(before, id),
          });
        })
        .catch(() => {});
      return written;
    },
    devices: async () => (await settings()).devices?.[machine] ?? {},
    keepDevices: (devices) =>
      change((kept) => ({ ...kept, devices: { ...kept.devices, [machine]: devices } })),
  };
}

function checkKey(pem: string, path: string): string {
  if (isKey(pem)) return pem;
  const why = `${path} is damaged. Restore it from a copy, or remove it to get a new key, to which your names do not belong.`;
  throw new Failure("key-damaged", exitStatus.failed, why);
}

async function read<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
  others: OthersAccess = "may-read",
): Promise<v.InferOutput<Schema> | "damaged" | undefined> {
  try {
    const text = await readPrivate(path, others);
    return text === undefined ? undefined : v.parse(schema, JSON.parse(text));
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    return "damaged";
  }
}

/** Writes a temporary file and renames it, so that a crash leaves the old file or the new one. */
async function write(folder: string, path: string, content: object): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await makePrivateFolder(folder);
    await writePrivate(temporary, `${JSON.stringify(content, null, 2)}\n`);
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => {});
    if (thrown instanceof Failure) throw thrown;
    const why = `${path} cannot be written (${sentenceOf(thrown)}), so the server could not be remembered. Make room for it, or name another folder with XDG_CONFIG_HOME.`;
    throw new Failure("store-failed", exitStatus.failed, why);
  }
}
