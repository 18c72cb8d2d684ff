/** Who is behind a name, and who is here. */
import type { ClientMessage } from "../../protocol/messages.ts";
import type { ConnectionId } from "../session/identity.ts";
import { findKnown, guestsAmong, isOperator } from "./registry.ts";
import type { RoomState } from "./state.ts";
import { refuseName, send } from "./state.ts";

/** Everybody who is in, or away. */
export function who(room: RoomState, asker: ConnectionId): void {
  const members = [...room.byName.values()];
  const names = members.map(({ name }) => name);
  send(room, [asker], { type: "members", names, ...guestsAmong(members) });
}

/** The key of somebody who is here, or whom the name belongs to. */
export function whois(
  room: RoomState,
  asker: ConnectionId,
  { name, ref }: Extract<ClientMessage, { type: "whois" }>,
): void {
  const known = findKnown(room, name);
  if (known === undefined) return refuseName(room, asker, name, ref);
  send(room, [asker], {
    type: "person",
    ref,
    name: known.name,
    ...(known.publicKey === undefined ? {} : { key: known.publicKey }),
    ...(known.member?.isGuest === true ? { guest: true } : {}),
    ...(isOperator(room, known) ? { operator: true } : {}),
    here: known.member !== undefined,
  });
}
