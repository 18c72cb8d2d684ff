/** What the client keeps in its config folder: the servers it has met, and the name and devices used last. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { exitStatus, Failure, sentenceOf, systemCode } from "../protocol/failure.ts";
import { makeKey } from "./person.ts";
import type { KnownServers } from "./trust.ts";

const KnownServersFile = v.record(v.string(), v.array(v.string()));
const Devices = v.object({ input: v.optional(v.string()), output: v.optional(v.string()) });
/** What a newer version keeps here besides stays. */
const SettingsFile = v.looseObject({
  name: v.optional(v.string()),
  /** By machine: a home folder may be shared, and what is plugged in is not. */
  devices: v.optional(v.record(v.string(), Devices)),
});
type Settings = v.InferOutput<typeof SettingsFile>;

/** By the names of histories, the newest last. */
const SeenFile = v.record(v.string(), v.number());
const seenMax = 100;

/** Names, or parts of names, of a microphone and a speaker; none: the system's default. */
export type KeptDevices = v.InferOutput<typeof Devices>;

export interface Store {
  knownServers(): Promise<KnownServers>;
  keepKnownServers(known: KnownServers): Promise<void>;
  lastName(): Promise<string | undefined>;
  keepLastName(name: string): Promise<void>;
  /** Our private key (PEM), and whether it is kept: where it cannot be, it is another one each time. */
  key(): Promise<{ pem: string; isKept: boolean }>;
  /** Up to which id each history was read. */
  seen(): Promise<Record<string, number>>;
  keepSeen(history: string, id: number): Promise<void>;
  /** The devices that were chosen on this machine. */
  devices(): Promise<KeptDevices>;
  keepDevices(devices: KeptDevices): Promise<void>;
}

/** The store in this folder, which is made when something is first kept. `machine` tells those apart that share it. */
export function openStore(folder: string, machine: string = hostname()): Store {
  const knownPath = join(folder, "known-servers.json");
  const settingsPath = join(folder, "settings.json");
  const seenPath = join(folder, "seen.json");
  const keyPath = join(folder, "key.pem");
  let written: Promise<void> = Promise.resolve();

  async function seen(): Promise<Record<string, number>> {
    const kept = await read(seenPath, SeenFile);
    return kept === "damaged" ? {} : (kept ?? {});
  }

  async function settings(): Promise<Settings> {
    const kept = await read(settingsPath, SettingsFile);
    return kept === "damaged" ? {} : (kept ?? {});
  }

  /** One change after another, or the second would undo the first. */
  function change(how: (kept: Settings) => Settings): Promise<void> {
    written = written
      .then(async () => write(folder, settingsPath, how(await settings())))
      // Comfort only: a read-only folder must not keep anybody from talking.
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
      const kept = await readFile(keyPath, "utf8").catch(() => undefined);
      if (kept !== undefined) return { pem: kept, isKept: true };
      const pem = makeKey();
      try {
        await replace(folder, keyPath, pem);
        return { pem, isKept: true };
      } catch {
        return { pem, isKept: false };
      }
    },
    seen,
    async keepSeen(history, id) {
      written = written
        .then(async () => {
          const { [history]: before = 0, ...others } = await seen();
          const newest = Object.entries(others).slice(1 - seenMax);
          await write(folder, seenPath, { ...Object.fromEntries(newest), [history]: Math.max(before, id) });
        })
        .catch(() => {});
      return written;
    },
    devices: async () => (await settings()).devices?.[machine] ?? {},
    keepDevices: (devices) =>
      change((kept) => ({ ...kept, devices: { ...kept.devices, [machine]: devices } })),
  };
}

async function read<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): Promise<v.InferOutput<Schema> | "damaged" | undefined> {
  try {
    return v.parse(schema, JSON.parse(await readFile(path, "utf8")));
  } catch (thrown) {
    return systemCode(thrown) === "ENOENT" ? undefined : "damaged";
  }
}

/** Written beside its place and moved there, so that a crash leaves the old file or the new one. */
async function write(folder: string, path: string, content: object): Promise<void> {
  await replace(folder, path, `${JSON.stringify(content, null, 2)}\n`);
}

async function replace(folder: string, path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => {});
    const why = `${path} cannot be written (${sentenceOf(thrown)}), so the server could not be remembered. Make room for it, or name another folder with XDG_CONFIG_HOME.`;
    throw new Failure("store-failed", exitStatus.failed, why);
  }
}
