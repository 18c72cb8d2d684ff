/** The files in the config folder of the client: known hosts, key, read markers, and the name and devices used last. */
import { hostname } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { exitStatus, Failure } from "../../base/failure.ts";
import { absentConfigFolder, type ConfigFolder, openConfigFolder } from "./config-folder.ts";
import { isKey, makeKey } from "./key-pair.ts";
import type { KnownServers } from "./known-hosts.ts";

/** A file of the folder. */
interface JsonFile<Schema extends v.GenericSchema> {
  name: string;
  schema: Schema;
  /** It survives a power cut, and a damaged one is left for the person to repair; any other is written anew. */
  isPrecious: boolean;
  /** The sentence after "… is damaged.". */
  whenDamaged: string;
}

const keyName = "key.pem";
const knownServersFile = {
  name: "known-servers.json",
  schema: v.record(v.string(), v.array(v.string())),
  isPrecious: true,
  whenDamaged:
    "Restore it from a copy. Without one, move it away: then every server is met as if for the first time.",
};
const Devices = v.object({ input: v.optional(v.string()), output: v.optional(v.string()) });
const settingsFile = {
  name: "settings.json",
  /** Fields of a newer version are kept. */
  schema: v.looseObject({
    name: v.optional(v.string()),
    /** By machine: machines may share a home folder, and each has its own devices. */
    devices: v.optional(v.record(v.string(), Devices)),
  }),
  isPrecious: true,
  whenDamaged: "Repair it or move it away: until then, your name and your devices are not remembered.",
};
const readMarkersFile = {
  name: "seen.json",
  /** The last id that was read, by the name of the history; the newest entry last. */
  schema: v.record(v.string(), v.number()),
  isPrecious: false,
  whenDamaged: "It is written anew, but what you read before is not known.",
};
const readMarkersMax = 100;

/** Names, or parts of names, of a microphone and a speaker; none: the system's default. */
export type KeptDevices = v.InferOutput<typeof Devices>;

/**
 * What a person's clients remember. Other clients of the person may change it at any time: a change begins with what is
 * stored at that moment. Without a folder that can be written, nothing is remembered, which is reported once.
 */
export interface Store {
  /**
   * Finds out whether anything can be remembered, and reports what is not as it should be.
   * @throws {Failure} `not-private` when other users can write in the folder.
   */
  check(): Promise<void>;
  /** @throws {Failure} when they cannot be read: going on would trust a server that has changed. */
  knownServers(): Promise<KnownServers>;
  /** `how` may be called more than once, and may throw: then nothing is changed. */
  changeKnownServers(how: (known: KnownServers) => KnownServers): Promise<void>;
  lastName(): Promise<string | undefined>;
  keepLastName(name: string): Promise<void>;
  /** Our private key (PEM). `isKept` is false where it could not be stored, so that it is another one each time. */
  key(): Promise<{ pem: string; isKept: boolean }>;
  /** The last id that was read, by the name of the history. */
  readMarkers(): Promise<Record<string, number>>;
  keepReadMarker(history: string, id: number): Promise<void>;
  /** The devices that were chosen on this machine. */
  devices(): Promise<KeptDevices>;
  /** Undefined: they stay. */
  changeDevices(how: (kept: KeptDevices) => KeptDevices | undefined): Promise<void>;
}

/** The folder, or the sentence that says why there is none or another one than asked for. */
export interface StoreFolder {
  path?: string;
  problem?: string;
}

/**
 * The store in this folder. `report` receives sentences about problems that end nothing; `machine` tells machines apart that
 * share the folder. Reading throws a Failure, `not-private`, when other users could have written a file, or read a secret.
 */
export function openStore(
  { path, problem = "" }: StoreFolder,
  report: (sentence: string) => void,
  machine: string = hostname(),
): Store {
  const reported = new Set<string>();
  const reportOnce = (sentence: string): void => {
    if (!reported.has(sentence)) report(sentence);
    reported.add(sentence);
  };
  const options = { report: reportOnce, keyName };
  const folder = path === undefined ? absentConfigFolder(problem, options) : openConfigFolder(path, options);
  const { read, change } = createJsonFiles(folder, pathOf);

  function pathOf(name: string): string {
    return join(path ?? "", name);
  }

  /** For files without which nothing is in danger: undefined where they cannot be read, which is reported. */
  async function readOrReport<Schema extends v.GenericSchema>(
    file: JsonFile<Schema>,
  ): Promise<v.InferOutput<Schema> | undefined> {
    try {
      return await read(file);
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.code === "not-private") throw thrown;
      reportOnce(thrown.message);
      return undefined;
    }
  }

  /** The same for a change: a chat goes on without it. */
  async function changeOrReport<Schema extends v.GenericSchema>(
    ...args: Parameters<typeof change<Schema>>
  ): Promise<void> {
    try {
      await change(...args);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      reportOnce(thrown.message);
    }
  }

  const store: Store = {
    async check() {
      if (path !== undefined && problem !== "") reportOnce(`${problem} Your files are in ${path}.`);
      await folder.check();
    },
    knownServers: async () => (await read(knownServersFile)) ?? {},
    async changeKnownServers(how) {
      const known = await store.knownServers();
      // Most often the server is known: then no other program is made to wait.
      if (how(known) === known) return;
      await change(knownServersFile, (kept = {}) => {
        const changed = how(kept);
        return changed === kept ? undefined : changed;
      });
    },
    lastName: async () => (await readOrReport(settingsFile))?.name,
    async keepLastName(name) {
      if ((await store.lastName()) === name) return;
      await changeOrReport(settingsFile, (kept) => ({ ...kept, name }));
    },
    async key() {
      const kept = await folder.read(keyName, "keep-out");
      const pem = kept ?? (await folder.create(keyName, makeKey()));
      if (pem === undefined) return { pem: makeKey(), isKept: false };
      return { pem: checkKey(pem, pathOf(keyName)), isKept: true };
    },
    readMarkers: async () => (await readOrReport(readMarkersFile)) ?? {},
    async keepReadMarker(history, id) {
      const move = (kept: Record<string, number> = {}): Record<string, number> => {
        const { [history]: before = 0, ...others } = kept;
        const newest = Object.entries(others).slice(1 - readMarkersMax);
        return { ...Object.fromEntries(newest), [history]: Math.max(before, id) };
      };
      await changeOrReport(readMarkersFile, move);
    },
    devices: async () => (await readOrReport(settingsFile))?.devices?.[machine] ?? {},
    async changeDevices(how) {
      const choose = (kept: v.InferOutput<typeof settingsFile.schema> = {}) => {
        const chosen = how(kept.devices?.[machine] ?? {});
        return chosen && { ...kept, devices: { ...kept.devices, [machine]: chosen } };
      };
      await changeOrReport(settingsFile, choose);
    },
  };
  return store;
}

/** Reads and changes the JSON files of the folder. */
function createJsonFiles(folder: ConfigFolder, pathOf: (name: string) => string) {
  async function read<Schema extends v.GenericSchema>(
    file: JsonFile<Schema>,
  ): Promise<v.InferOutput<Schema> | undefined> {
    return parse(file, await folder.read(file.name, "may-read"));
  }

  /** `how` gets the newest content; undefined: it stays. */
  function change<Schema extends v.GenericSchema>(
    file: JsonFile<Schema>,
    how: (kept: v.InferOutput<Schema> | undefined) => v.InferOutput<Schema> | undefined,
  ): Promise<void> {
    const edit = (text: string | undefined): string | undefined => {
      const changed = how(file.isPrecious ? parse(file, text) : parseIfWhole(file, text));
      return changed === undefined ? undefined : `${JSON.stringify(changed, null, 2)}\n`;
    };
    return folder.change(file.name, edit, { isDurable: file.isPrecious });
  }

  function parseIfWhole<Schema extends v.GenericSchema>(
    file: JsonFile<Schema>,
    text: string | undefined,
  ): v.InferOutput<Schema> | undefined {
    try {
      return parse(file, text);
    } catch {
      return undefined;
    }
  }

  /** @throws {Failure} `store-damaged` when the text is not as it should be. */
  function parse<Schema extends v.GenericSchema>(
    { name, schema, whenDamaged }: JsonFile<Schema>,
    text: string | undefined,
  ): v.InferOutput<Schema> | undefined {
    if (text === undefined) return undefined;
    try {
      return v.parse(schema, JSON.parse(text));
    } catch {
      throw new Failure("store-damaged", exitStatus.failed, `${pathOf(name)} is damaged. ${whenDamaged}`);
    }
  }

  return { read, change };
}

function checkKey(pem: string, path: string): string {
  if (isKey(pem)) return pem;
  const why = `${path} is damaged. Restore it from a copy. Without one, move it away: then you get a new key, to which your names do not belong.`;
  throw new Failure("key-damaged", exitStatus.failed, why);
}
