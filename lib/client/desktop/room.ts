/** A room as the terminal client reaches it: over TLS with trust on first use, and found again by its announcements. */
import { exitStatus, Failure } from "../../base/failure.ts";
import type { Prompter } from "../api.ts";
import type { Room, RoomTracker } from "../session/ports.ts";
import type { Store } from "./config-store.ts";
import { connect } from "./connect.ts";
import type { Found } from "./find-room.ts";
import type { Classification, KnownServers } from "./known-hosts.ts";
import { changedSentence, classify, isVerified, readableIdentity, remember, verify } from "./known-hosts.ts";
import { targetOf, watchRooms } from "./rooms.ts";

export interface TrustOptions {
  store: Pick<Store, "knownServers" | "changeKnownServers">;
  /** A changed identity is accepted (`--trust-new-identity`). */
  trustNewIdentity: boolean;
  /** Undefined: no person is there to be told. */
  prompter: Prompter | undefined;
}

export function createRoom(found: Found, options: TrustOptions): Room {
  const { place, needsPassphrase, target } = found;
  return {
    place,
    needsPassphrase,
    connect: () => connect(target),
    checkIdentity: (identity, hasPassphrase) => checkIdentity(found, identity, hasPassphrase, options),
    track: (identity, onChange) => track(found, identity, onChange),
  };
}

async function checkIdentity(
  found: Found,
  identity: string,
  hasPassphrase: boolean,
  options: TrustOptions,
): Promise<() => Promise<void>> {
  const { store, prompter } = options;
  const classification = authorize(await store.knownServers(), found, identity, options);
  // With a passphrase, the server proves itself.
  if (classification === "first" && !hasPassphrase)
    prompter?.tell({ type: "first-time", identity: readableIdentity(identity) });

  /** Only a server that let us in is remembered: it has proven the passphrase, if there is one. */
  return async () => {
    let isNewlyVerified = false;
    await store.changeKnownServers((known) => {
      // Another program of this person may have met the room meanwhile, and perhaps another server in it.
      const now = authorize(known, found, identity, options);
      isNewlyVerified = hasPassphrase && !isVerified(known, identity);
      if (now === "known" && !isNewlyVerified) return known;
      const met = remember(known, found.place, identity, now);
      return isNewlyVerified ? verify(met, identity) : met;
    });
    if (isNewlyVerified) prompter?.tell({ type: "verified", identity: readableIdentity(identity) });
  };
}

/**
 * Classifies the identity.
 * @throws {Failure} `identity-changed` when it is another one than before, and was not accepted by the person.
 */
function authorize(
  known: KnownServers,
  found: Found,
  identity: string,
  { trustNewIdentity }: TrustOptions,
): Classification {
  const classification = classify(known, found, identity);
  if (classification === "changed" && !trustNewIdentity)
    throw identityChanged(found, identity, known[found.place] ?? []);
  return classification;
}

function identityChanged({ shown }: Found, identity: string, met: string[]): Failure {
  return new Failure("identity-changed", exitStatus.identityChanged, changedSentence(shown, identity, met));
}

/** A server that was named stays where it is; a room that was found may be announced from anywhere. */
function track(found: Found, identity: string | undefined, onChange: () => void): RoomTracker {
  const rooms = found.isNamed ? undefined : watchRooms(() => {});
  let isClosed = false;

  async function watch(): Promise<void> {
    while (rooms !== undefined && !isClosed) {
      await rooms.change();
      if (!isClosed) onChange();
    }
  }

  function isSame({ room, fingerprint }: { room: string; fingerprint?: string }): boolean {
    if (identity !== undefined) return fingerprint === identity;
    return fingerprint === undefined && room === found.shown;
  }

  void watch();
  return {
    async connect() {
      const announced = rooms?.answering().find(isSame);
      const target = announced === undefined ? found.target : targetOf(announced);
      const connection = await connect(target).catch(() => undefined);
      if (connection === undefined || connection.identity === identity) return connection;
      connection.close();
      if (!found.isNamed || identity === undefined || connection.identity === undefined) return undefined;
      throw identityChanged(found, connection.identity, [identity]);
    },
    async close() {
      isClosed = true;
      await rooms?.close();
    },
  };
}
