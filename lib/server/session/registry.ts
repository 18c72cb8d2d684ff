/** The facts about identities that outlive the server's process: who owns a name, who is an operator, who is banned. */
import type { PublicKey } from "./identity.ts";

/** The owner of a name, and the owner's spelling of it. */
export interface Owner {
  name: string;
  publicKey: PublicKey;
}

/** Refuses this public key, and every connection from this address whose key owns no name. */
export interface Ban {
  /** The name that the banned person had at that time. */
  name: string;
  publicKey?: PublicKey;
  address?: string;
  /** The operator who banned; none: the server's console. */
  by?: string;
  reason?: string;
}

export type RegistryChange =
  /** The name belongs to this key from now on. `inUse`: the name keys of its other names, which it keeps. */
  | { type: "own"; name: string; publicKey: PublicKey; inUse?: string[] }
  /** The name belongs to no key. */
  | { type: "release"; name: string }
  | { type: "op" | "deop"; publicKey: PublicKey }
  | { type: "ban"; ban: Ban }
  /** Takes back all bans under this name. */
  | { type: "unban"; name: string };

/** The registry as session and room read it. Every change is visible from the next input on. */
export interface Registry {
  /** The owner of the name with this name key. */
  owner(nameKey: string): Owner | undefined;
  /** A name that this one looks like: one that belongs to another public key, or one of the option `--op`. */
  lookalike(name: string, publicKey: PublicKey | undefined): string | undefined;
  /** The name keys of the option `--op`: their owners are operators. */
  readonly operatorNames: ReadonlySet<string>;
  /** `takes`: the name key of a name that belongs to this public key from the next input on. */
  isOperator(publicKey: PublicKey, takes?: string): boolean;
  /** Whether any name belongs to this public key. */
  ownsAny(publicKey: PublicKey | undefined): boolean;
  /** The ban of this public key or address, if there is one. */
  banOf(publicKey: PublicKey | undefined, address: string): Ban | undefined;
  /** All bans, the oldest first. */
  bans(): Ban[];
}

/** Whether this user may do what operators do. */
export function isOperator(
  registry: Registry,
  { publicKey }: { publicKey?: PublicKey | undefined },
): boolean {
  return publicKey !== undefined && registry.isOperator(publicKey);
}
