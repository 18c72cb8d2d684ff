/** The names in use, and their owners. */
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/text.ts";
import type { PublicKey } from "./identity.ts";
import type { RegistryChange } from "./registry.ts";
import type { Session, SessionTable } from "./state.ts";
import { sessionsOf } from "./state.ts";

/** Whether a session uses this name, or it belongs to another key. */
export function isTaken(table: SessionTable, name: string, publicKey: PublicKey | undefined): boolean {
  const key = nameKey(name);
  const owner = table.options.registry.owner(key);
  return table.byName.has(key) || (owner !== undefined && owner.publicKey !== publicKey);
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
  const isSame = nameKey(to) === nameKey(session.name);
  if (!isSame && isTaken(table, to, session.publicKey)) return refusal("name-taken", { name: to });
  // A released name stays released in any spelling.
  if (!isSame || !session.isGuest) claimName(table, session, to);
  table.byName.delete(nameKey(session.name));
  table.byName.set(nameKey(to), session);
  session.name = to;
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
