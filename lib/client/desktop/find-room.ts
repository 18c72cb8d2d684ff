/** Decides which room to join: the one that was named, the only one, or the one that a person chooses. */

import { exitStatus, Failure } from "../../base/failure.ts";
import type { Announcement } from "../../discovery/record.ts";
import { nameKey } from "../../protocol/text.ts";
import type { Prompter, RoomChoice } from "../api.ts";
import { Cancelled } from "../session/questions.ts";
import type { Target } from "./connect.ts";
import type { KnownServers, MeetingPoint } from "./known-hosts.ts";
import { roomPlace } from "./known-hosts.ts";
import type { Rooms } from "./rooms.ts";
import { targetOf, watchRooms } from "./rooms.ts";

export interface Found extends MeetingPoint {
  target: Target;
  /** It was named by its address, not found on the network. */
  isNamed: boolean;
  /** It is announced as needing one; of a room that was named this is not known. */
  needsPassphrase: boolean;
  /** The room or address, for sentences. */
  shown: string;
}

export interface FindOptions {
  /** Only rooms of this name. */
  room: string | undefined;
  /** Only rooms without TLS; otherwise only those with it. */
  plaintext: boolean;
  known: KnownServers;
  /** Undefined: no person can be asked. */
  prompter: Prompter | undefined;
  /** Is told, in a sentence, what prevents rooms from being found. */
  onProblem: (message: string) => void;
}

/** After the first room has answered, others are given this long before it counts as the only one. */
const settleMs = 50;
/** How long a script waits for a room. */
const searchTimeoutMs = 10_000;
/** After this time without an answer, the person is told that we are looking. */
const quietMs = 500;

/**
 * The room to join; waits for one to appear, for ever when a person can be asked.
 * @throws {Failure} `no-room` or `several-rooms` when no person can be asked; `left` when the person leaves.
 */
export async function findRoom(options: FindOptions): Promise<Found> {
  const rooms = watchRooms(options.onProblem);
  try {
    const first = await waitForFirst(rooms, options);
    const isCertain = options.room !== undefined && first.some((room) => isKnown(room, options.known));
    if (!isCertain) await settle(rooms);
    const candidates = matching(rooms, options);
    const chosen = await choose(candidates.length > 0 ? candidates : first, rooms, options);
    const namesakes = rooms.answering().filter(({ room }) => room === chosen.room);
    const otherIdentities = namesakes
      .flatMap(({ fingerprint = [] }) => fingerprint)
      .filter((one) => one !== chosen.fingerprint);
    return {
      target: targetOf(chosen),
      isNamed: false,
      needsPassphrase: chosen.needsPassphrase === true,
      place: roomPlace(chosen.room),
      otherIdentities: otherIdentities,
      shown: chosen.room,
    };
  } finally {
    await rooms.close();
  }
}

function matching(rooms: Rooms, { room, plaintext }: FindOptions): Announcement[] {
  const all = rooms.answering().filter((one) => (one.fingerprint === undefined) === plaintext);
  return room === undefined ? all : all.filter((one) => nameKey(one.room) === nameKey(room));
}

function isKnown(room: Announcement, known: KnownServers): boolean {
  return room.fingerprint !== undefined && (known[roomPlace(room.room)] ?? []).includes(room.fingerprint);
}

async function waitForFirst(rooms: Rooms, options: FindOptions): Promise<Announcement[]> {
  const giveUpAt =
    options.prompter === undefined ? performance.now() + searchTimeoutMs : Number.POSITIVE_INFINITY;
  const sayAt = performance.now() + quietMs;
  let isSaid = false;
  for (;;) {
    const found = matching(rooms, options);
    if (found.length > 0) return found;
    const now = performance.now();
    if (now >= giveUpAt) throw noRoom(rooms, options);
    if (!isSaid && now >= sayAt) {
      isSaid = true;
      options.prompter?.tell({
        type: "looking",
        ...(options.room === undefined ? {} : { room: options.room }),
      });
    }
    await rooms.change(isSaid ? 1_000 : Math.max(1, sayAt - now));
  }
}

function noRoom(rooms: Rooms, { room, plaintext }: FindOptions): Failure {
  const others = rooms.answering().map((one) => {
    if ((one.fingerprint === undefined) === plaintext) return one.room;
    return plaintext ? `${one.room} (without --plaintext)` : `${one.room} (unencrypted, with --plaintext)`;
  });
  const what =
    room === undefined
      ? "No room was found on this network."
      : `No room called ${room} was found on this network.`;
  const hint =
    others.length > 0
      ? ` There is: ${others.join(", ")}.`
      : " Start one with holler-server, or name one with --server HOST.";
  return new Failure("no-room", exitStatus.noRoom, what + hint);
}

async function settle(rooms: Rooms): Promise<void> {
  const until = performance.now() + settleMs;
  for (let left = settleMs; left > 0; left = until - performance.now()) await rooms.change(left);
}

async function choose(candidates: Announcement[], rooms: Rooms, options: FindOptions): Promise<Announcement> {
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  if (options.prompter !== undefined) return ask(options.prompter, rooms, options);
  // Several servers with one name: the one met before, else the same one on every machine.
  const preferred = candidates.find((room) => isKnown(room, options.known)) ?? only;
  if (options.room !== undefined && preferred !== undefined) return preferred;
  const names = candidates.map(({ room }) => room).join(", ");
  throw new Failure(
    "several-rooms",
    exitStatus.noRoom,
    `There are several rooms: ${names}. Name one with --room.`,
  );
}

/** A numbered choice, listed anew when a room appears or goes. */
async function ask(prompter: Prompter, rooms: Rooms, options: FindOptions): Promise<Announcement> {
  for (;;) {
    const listed = matching(rooms, options);
    const stale = new AbortController();
    rooms.change().then(() => stale.abort());
    prompter.tell({ type: "rooms", rooms: listed.map((room) => choiceOf(room, options.known)) });
    while (!stale.signal.aborted) {
      const answer = await prompter.ask({ type: "room" }, stale.signal);
      if (answer === undefined && !stale.signal.aborted) throw new Cancelled();
      if (answer === undefined) break;
      const chosen =
        listed[Number(answer) - 1] ?? listed.find(({ room }) => nameKey(room) === nameKey(answer));
      if (chosen !== undefined) return chosen;
      prompter.tell({ type: "bad-answer", to: "room", max: listed.length });
    }
    while (matching(rooms, options).length === 0) await rooms.change();
  }
}

function choiceOf(announced: Announcement, known: KnownServers): RoomChoice {
  const { room, host, port, needsPassphrase = false } = announced;
  return { room, host, port, needsPassphrase, isKnown: isKnown(announced, known) };
}
