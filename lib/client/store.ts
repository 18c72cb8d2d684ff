/** What the client keeps in its config folder: the servers it has met, and the name used last. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { exitStatus, Failure, sentenceOf, systemCode } from "../protocol/failure.ts";
import type { KnownServers } from "./trust.ts";

const KnownServersFile = v.record(v.string(), v.array(v.string()));
const SettingsFile = v.object({ name: v.optional(v.string()) });

export interface Store {
  knownServers(): Promise<KnownServers>;
  keepKnownServers(known: KnownServers): Promise<void>;
  lastName(): Promise<string | undefined>;
  keepLastName(name: string): Promise<void>;
}

/** The store in this folder, which is made when something is first kept. */
export function openStore(folder: string): Store {
  const knownPath = join(folder, "known-servers.json");
  const settingsPath = join(folder, "settings.json");
  return {
    async knownServers() {
      const known = await read(knownPath, KnownServersFile);
      if (known !== "damaged") return known ?? {};
      // Going on without it would silently trust a server that changed.
      const why = `${knownPath} is damaged. Remove it to meet every server as if for the first time.`;
      throw new Failure("store-damaged", exitStatus.failed, why);
    },
    keepKnownServers: (known) => write(folder, knownPath, known),
    async lastName() {
      const settings = await read(settingsPath, SettingsFile);
      return settings === "damaged" ? undefined : settings?.name;
    },
    // Comfort only: a read-only folder must not keep anybody from talking.
    keepLastName: (name) => write(folder, settingsPath, { name }).catch(() => {}),
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
  const temporary = `${path}.${process.pid}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => {});
    const why = `${path} cannot be written (${sentenceOf(thrown)}), so the server could not be remembered. Make room for it, or name another folder with XDG_CONFIG_HOME.`;
    throw new Failure("store-failed", exitStatus.failed, why);
  }
}
