/** The facts about identities that outlive the server's process: who owns a name, who is an operator, who is banned. */
import type { PublicKey } from "./identity.ts";

/** Whom a name belongs to, and how they spell it. */
export interface Owner {
  name: string;
  publicKey: PublicKey;
}

/** Keeps out this public key, and every connection from this address whose key owns no name. */
export interface Ban {
  /** The name of the banned person at that time. */
  name: string;
  publicKey?: PublicKey;
  address?: string;
  /** The operator who banned; none: the server's console. */
  by?: string;
  reason?: string;
}

export type RegistryChange =
  /** The name belongs to this key from now on. `inUse`: its other names (their keys) that are in use and stay its own. */
  | { type: "own"; name: string; publicKey: PublicKey; inUse?: string[] }
  /** The name belongs to no key. */
  | { type: "release"; name: string }
  | { type: "op" | "deop"; publicKey: PublicKey }
  | { type: "ban"; ban: Ban }
  /** Takes back all bans under this name. */
  | { type: "unban"; name: string };

/** The questions that session and room ask. Every change is visible from the next input on. */
export interface Registry {
  /** The owner of the name with this key. */
  owner(nameKey: string): Owner | undefined;
  /** The keys of names whose owners are operators by the option `--op`. */
  readonly operatorNames: ReadonlySet<string>;
  /** `takes`: a name (its key) that is about to belong to this public key, if it belongs to none yet. */
  isOperator(publicKey: PublicKey, takes?: string): boolean;
  /** Whether any name belongs to this public key. */
  ownsAny(publicKey: PublicKey | undefined): boolean;
  /** The ban that keeps out this public key or address. */
  banOf(publicKey: PublicKey | undefined, address: string): Ban | undefined;
  /** The oldest first. */
  bans(): Ban[];
}

/** Whether this user may do what operators do. */
export function isOperator(
  registry: Registry,
  { publicKey }: { publicKey?: PublicKey | undefined },
): boolean {
  return publicKey !== undefined && registry.isOperator(publicKey);
}
