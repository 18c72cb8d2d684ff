/** The names in use, and their owners. */
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/text.ts";
import type { PublicKey } from "./identity.ts";
import type { RegistryChange } from "./registry.ts";
import type { Session, SessionTable } from "./state.ts";
import { forgetName, rememberName, sessionsOf } from "./state.ts";

/** Why this key cannot have the name: a session uses it, it belongs to another key, or it looks like such a name. */
export function whyTaken(
  table: SessionTable,
  name: string,
  publicKey: PublicKey | undefined,
): Refusal | undefined {
  const key = nameKey(name);
  const owner = table.options.registry.owner(key);
  if (table.byName.has(key) || (owner !== undefined && owner.publicKey !== publicKey))
    return refusal("name-taken", { name });
  return whyAlike(table, name, publicKey);
}

/**
 * Refuses a name that looks like the one of another key. The exceptions are names that were there before: one that its
 * owner spells as ever, and one of the option `--op`.
 */
function whyAlike(
  table: SessionTable,
  name: string,
  publicKey: PublicKey | undefined,
  self?: Session,
): Refusal | undefined {
  const { registry } = table.options;
  const key = nameKey(name);
  if (registry.owner(key)?.name === name || registry.operatorNames.has(key)) return undefined;
  const isOther = (one: Session) => one !== self && (publicKey === undefined || one.publicKey !== publicKey);
  const like = table.byLook.find(name, isOther)?.name ?? registry.lookalike(name, publicKey);
  return like === undefined ? undefined : refusal("name-taken", { name, like });
}

/**
 * Makes the name belong to the session's key, if the key may own names and has fewer than `namesPerPersonMax` in use;
 * otherwise the session is a guest's.
 */
export function claimName(table: SessionTable, session: Session, name: string): void {
  const { publicKey, ownsNames } = session;
  const owner = table.options.registry.owner(nameKey(name));
  const isOwner = owner !== undefined && owner.publicKey === publicKey;
  session.isGuest = !ownsNames && !isOwner;
  if (publicKey === undefined || !ownsNames || owner?.name === name) return;
  const others = sessionsOf(table, publicKey).filter((one) => one !== session && !one.isGuest);
  const inUse = others.map((one) => nameKey(one.name));
  if (isOwner || inUse.length < limits.namesPerPersonMax)
    register(table, { type: "own", name, publicKey, inUse });
  else session.isGuest = true;
}

/** Gives the session another valid name, or says why not. */
export function rename(table: SessionTable, session: Session, to: string): Refusal | undefined {
  const { publicKey } = session;
  const isSame = nameKey(to) === nameKey(session.name);
  const why = isSame ? whyAlike(table, to, publicKey, session) : whyTaken(table, to, publicKey);
  if (why !== undefined) return why;
  // A released name stays released in any spelling.
  if (!isSame || !session.isGuest) claimName(table, session, to);
  forgetName(table, session);
  session.name = to;
  rememberName(table, session);
  return undefined;
}

/** The name belongs to no key any more; a session that uses it keeps it until its end, as a guest's. */
export function release(table: SessionTable, name: string): void {
  register(table, { type: "release", name });
  const holder = table.byName.get(nameKey(name));
  if (holder !== undefined) holder.isGuest = true;
}

/** Changes the registry. */
export function register(table: SessionTable, change: RegistryChange): void {
  table.emit({ type: "registry-change", change });
}
