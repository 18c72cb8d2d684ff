/** Comes back to the room whose connection was lost: to where it was, or to wherever the same server is announced now. */

import { backoffDelayMs } from "../../base/backoff.ts";
import { exitStatus, Failure } from "../../base/failure.ts";
import { limits } from "../../protocol/limits.ts";
import { cleanLine, normalPassphrase, parseName } from "../../protocol/text.ts";
import type { Target } from "../desktop/connect.ts";
import { connect } from "../desktop/connect.ts";
import type { Found } from "../desktop/find-room.ts";
import { changedSentence } from "../desktop/known-hosts.ts";
import type { Rooms } from "../desktop/rooms.ts";
import { targetOf, watchRooms } from "../desktop/rooms.ts";
import type { Introduction, Welcome } from "./handshake.ts";
import { introduce, notLetIn } from "./handshake.ts";
import type { Prompter } from "./prompter.ts";
import { leaving } from "./prompter.ts";
import type { Link, LinkSink } from "./server-connection.ts";

/** A room that we were in. */
export interface Known {
  found: Found;
  /** The identity that its server showed; undefined in plaintext. */
  identity: string | undefined;
}

export interface ReturnOptions {
  /** As we were known there. */
  introduction: Introduction;
  /** None: nobody can be asked. */
  asker?: Prompter;
  onWelcome: (link: Link, welcome: Welcome) => LinkSink;
  /** So many connections before did not last: the first try waits as if they had failed. */
  failuresBefore: number;
  /** From 0 to 1. */
  chance: () => number;
  /** Stops trying. */
  signal: AbortSignal;
}

/** Codes of a goodbye after which the same client may come again. */
export const passing: ReadonlySet<string> = new Set([
  "too-slow",
  "hello-timeout",
  "too-many",
  "too-many-tries",
  "connection-lost",
]);

/**
 * Tries until we are in again, or it is told to stop.
 * @throws {Failure} when there is no coming back: another identity, or we are not let in.
 */
export async function comeBack({ found, identity }: Known, options: ReturnOptions): Promise<void> {
  const { signal, chance, failuresBefore } = options;
  const introduction = { ...options.introduction, hello: { ...options.introduction.hello } };
  const stopped = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => stopped.resolve());
  // A place that was named stays where it is; a room may turn up anywhere.
  const rooms = found.isNamed ? undefined : watchRooms(() => {});
  try {
    for (let failures = failuresBefore; !signal.aborted; failures += 1) {
      if (failures > 0)
        await Promise.race([pause(rooms, backoffDelayMs(failures, chance())), stopped.promise]);
      if (signal.aborted) return;
      const announced = rooms?.answering().find((room) => isSame(room, found, identity));
      const target = announced === undefined ? found.target : targetOf(announced);
      if (await attempt(target, { found, identity }, introduction, options)) return;
    }
  } finally {
    await rooms?.close();
  }
}

function isSame(
  room: { room: string; fingerprint?: string },
  found: Found,
  identity: string | undefined,
): boolean {
  if (identity !== undefined) return room.fingerprint === identity;
  return room.fingerprint === undefined && room.room === found.shown;
}

/** Until then, or until the rooms of this network change. */
async function pause(rooms: Rooms | undefined, ms: number): Promise<void> {
  if (rooms !== undefined) return rooms.change(ms);
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** False: not this time. */
async function attempt(
  target: Target,
  known: Known,
  introduction: Introduction,
  options: ReturnOptions,
): Promise<boolean> {
  const { found, identity } = known;
  const { asker, signal, onWelcome } = options;
  const link = await connect(target).catch(() => undefined);
  if (link === undefined) return false;
  if (signal.aborted) {
    link.close();
    return true;
  }
  if (link.identity !== identity) {
    link.close();
    if (!found.isNamed || identity === undefined || link.identity === undefined) return false;
    const sentence = changedSentence(found.shown, link.identity, [identity]);
    throw new Failure("identity-changed", exitStatus.identityChanged, sentence);
  }
  const answer = await introduce(link, introduction, onWelcome).catch(() => undefined);
  if (answer === "welcome") return true;
  link.close();
  if (answer === undefined || passing.has(answer.code)) return false;
  if (asker === undefined) throw notLetIn(answer);
  if (answer.code === "name-taken") {
    asker.note(cleanLine(answer.message));
    introduction.hello.name = await askName(asker, introduction.hello.name);
  } else if (wantsPassphrase.has(answer.code)) {
    introduction.passphrase = await askPassphrase(asker, answer);
  } else throw notLetIn(answer);
  return attempt(target, known, introduction, options);
}

/** Codes of a goodbye after which another passphrase may help. */
export const wantsPassphrase: ReadonlySet<string> = new Set(["passphrase-needed", "wrong-passphrase"]);

/** Asks until the answer is a passphrase; `why` it is asked for. */
export async function askPassphrase(asker: Prompter, why: { message: string }): Promise<string> {
  asker.note(cleanLine(why.message));
  for (;;) {
    const answer = await asker.ask("Passphrase:", { secret: true });
    if (answer === undefined) throw leaving();
    const passphrase = normalPassphrase(answer);
    if (passphrase !== undefined) return passphrase;
  }
}

/** Asks until the answer is a name. */
export async function askName(asker: Prompter, fallback: string): Promise<string> {
  for (;;) {
    const answer = await asker.ask("Your name:", { fallback });
    if (answer === undefined) throw leaving();
    const name = parseName(answer);
    if (name !== undefined) return name;
    asker.note(`A name is 1 to ${limits.nameCharsMax} letters, digits, "_", "-" or ".".`);
  }
}
