/**
 * The folders of both programs, by the conventions of each platform: the XDG Base Directory Specification on Linux, Library
 * on macOS, AppData on Windows. A relative path is not followed: it would lead into the current folder.
 */
import { homedir } from "node:os";
import { posix, win32 } from "node:path";
import { usageFailure } from "./command.ts";

/** A folder, and what is wrong with the environment that names it. */
export interface UserFolder {
  /** Absent: there is none, because the home folder is not known. */
  path?: string;
  /** A sentence; absent: nothing is wrong. */
  problem?: string;
}

/** What the folders depend on. */
export interface Surroundings {
  platform: string;
  env: Record<string, string | undefined>;
  /** The home folder by the operating system. Throws when the user has no account. */
  home(): string;
}

interface Convention {
  /** The variable that moves the folder. */
  variable?: string;
  /** Where it is otherwise, in the home folder. */
  inHome: string[];
  /** The last part of the path. */
  name: string[];
}

type Kind = "data" | "config";

const conventions: Record<string, Record<Kind, Convention>> = {
  darwin: {
    data: { inHome: ["Library", "Application Support"], name: ["holler"] },
    config: { inHome: ["Library", "Preferences"], name: ["holler"] },
  },
  win32: {
    data: { variable: "LOCALAPPDATA", inHome: ["AppData", "Local"], name: ["holler", "Data"] },
    config: { variable: "APPDATA", inHome: ["AppData", "Roaming"], name: ["holler", "Config"] },
  },
};
const xdg: Record<Kind, Convention> = {
  data: { variable: "XDG_DATA_HOME", inHome: [".local", "share"], name: ["holler"] },
  config: { variable: "XDG_CONFIG_HOME", inHome: [".config"], name: ["holler"] },
};

/** Where the server's keys, history and clips are (`data`), or the client's settings, key and known hosts (`config`). */
export function userFolder(
  kind: Kind,
  surroundings: Surroundings = { platform: process.platform, env: process.env, home: homedir },
): UserFolder {
  const { platform, env } = surroundings;
  const { join, isAbsolute } = platform === "win32" ? win32 : posix;
  const { variable, inHome, name } = (conventions[platform] ?? xdg)[kind];
  const given = variable === undefined ? undefined : env[variable] || undefined;
  if (given !== undefined && isAbsolute(given)) return { path: join(given, ...name) };
  const ignored = given === undefined ? {} : { problem: `${variable} is ignored: it is no absolute path.` };
  const home = homeFolder(surroundings);
  if (home === undefined)
    return { problem: "There is no home folder: HOME names none, and this user has no account with one." };
  if (!isAbsolute(home)) return { problem: `The home folder is not used: ${home} is no absolute path.` };
  return { path: join(home, ...inHome, ...name), ...ignored };
}

/** The client's settings, key and known hosts. */
export const configFolder = userFolder("config");
/** The server's keys, history and clips. */
export const dataFolder = userFolder("data");

/**
 * The data folder that was named, else the usual one.
 * @throws {Failure} `usage` when there is neither.
 */
export function chosenDataFolder(named: string | undefined): string {
  const path = named ?? dataFolder.path;
  if (path !== undefined) return path;
  throw usageFailure(`${dataFolder.problem} Name a data folder with --data.`);
}

function homeFolder({ home }: Surroundings): string | undefined {
  try {
    return home() || undefined;
  } catch {
    return undefined;
  }
}
