/** What a room is made of where a test does not care: its options, and the stores in memory. */
import type { ServerMessage } from "../../lib/protocol/messages.ts";
import { nameKey } from "../../lib/protocol/text.ts";
import type { Log } from "../../lib/server/admin/log.ts";
import { isSignedBy } from "../../lib/server/auth/signatures.ts";
import type { CoreEffect, CoreOptions, Send } from "../../lib/server/core.ts";
import { createCore } from "../../lib/server/core.ts";
import type { History, Line } from "../../lib/server/room/history.ts";
import type { CommitLog } from "../../lib/server/runtime/commit-log.ts";
import type { Host } from "../../lib/server/runtime/host.ts";
import { createHost } from "../../lib/server/runtime/host.ts";
import type { HostParts } from "../../lib/server/runtime/host-parts.ts";
import type { ConnectionId, PublicKey } from "../../lib/server/session/identity.ts";
import type { SqliteClips } from "../../lib/server/storage/clips.ts";
import { createSqliteClips, isolateClips } from "../../lib/server/storage/clips.ts";
import { openRoomMemory } from "../../lib/server/storage/database.ts";
import type { SqliteHistory } from "../../lib/server/storage/lines.ts";
import { createSqliteHistory, isolateHistory } from "../../lib/server/storage/lines.ts";
import type { SqliteRegistry } from "../../lib/server/storage/registry.ts";
import { createSqliteRegistry, isolateRegistry } from "../../lib/server/storage/registry.ts";
import { createSqliteCommitLog } from "../../lib/server/storage/sqlite-commit-log.ts";

/** A memory that a test fills and looks into. */
export interface FakeHistory extends History {
  readonly lines: Line[];
  /** Who had each name last, by its key. */
  readonly people: Map<string, { person: PublicKey; name: string; isPresent: boolean; lastId: number }>;
  add(line: Line): void;
  recordPresence(person: PublicKey, name: string, isPresent: boolean, lastId: number): void;
}

/** Remembers everything, in no file; the ids before were another run's. */
export function fakeHistory(lastIdBefore = 0): FakeHistory {
  const lines: Line[] = [];
  const people: FakeHistory["people"] = new Map();
  return {
    name: "history of the test",
    lines,
    people,
    add: (line) => void lines.push(line),
    recordPresence: (person, name, isPresent, lastId) =>
      void people.set(nameKey(name), { person, name, isPresent, lastId }),
    lastId: () => lines.at(-1)?.id ?? lastIdBefore,
    find: (author, ref) => lines.find((line) => line.author === author && line.ref === ref),
    waiting(person, max) {
      const read = Math.max(
        0,
        ...[...people.values()].map((one) => (one.person === person ? one.lastId : 0)),
      );
      return Math.min(max, lines.filter(({ receiver, id }) => receiver === person && id > read).length);
    },
  };
}

/** The real registry, in no file. */
export function memoryRegistry(operatorNames: string[] = []): SqliteRegistry {
  return createSqliteRegistry(openRoomMemory(), new Set(operatorNames), () => 0);
}

/** Of memories that every test of one file shares: nothing is added to them. */
export const roomOptions: CoreOptions = {
  name: "Lab 3",
  clientsMax: 10,
  speakersMax: 1,
  history: fakeHistory(),
  registry: memoryRegistry(),
  passphrase: false,
  limitsSenders: true,
  showsHistory: true,
  keepsClips: true,
  lastClip: 0,
  server: "holler-server test",
};

/** The real clips, in no file. */
export function memoryClips(log: Log): SqliteClips {
  return isolateClips(createSqliteClips(openRoomMemory(), { days: 7, bytesMax: 1_000_000 }), log.notice);
}

/** The real history, in no file. */
export function memoryHistory(): SqliteHistory {
  const start = { wallMs: 0, monotonicMs: 0 };
  return createSqliteHistory(openRoomMemory(), { days: 30, bytesMax: 1e9 }, start);
}

type MemoryHostOptions = Partial<Pick<HostParts, "createPassphraseLogin" | "onAnswer" | "limitsSenders">> & {
  clips?: SqliteClips;
  history?: SqliteHistory;
  registry?: SqliteRegistry;
  /** Puts another commit log before the real one. */
  wrapLog?(commitLog: CommitLog): CommitLog;
};

/** A host with a real room, and real stores, all of them in memory. */
export function memoryHost(
  log: Log,
  {
    clips = memoryClips(log),
    history = memoryHistory(),
    registry = memoryRegistry(),
    wrapLog = (commitLog) => commitLog,
    ...others
  }: MemoryHostOptions = {},
): Host {
  const core = createCore({
    ...roomOptions,
    history,
    registry,
    passphrase: others.createPassphraseLogin !== undefined,
  });
  const isolated = isolateHistory(history, log.notice);
  const commitLog = createSqliteCommitLog({
    history: isolated,
    registry: isolateRegistry(registry, log.notice),
    clips,
  });
  return createHost({
    core,
    commitLog: wrapLog(commitLog),
    archive: { history: isolated.page, listClips: clips.list, readClip: clips.read },
    present: history.present(),
    log,
    isSignedBy,
    limitsSenders: true,
    ...others,
  });
}

/** What is sent, and to whom, lines that are kept included. */
export function deliveries(effects: CoreEffect[]): { to: ConnectionId[]; message: ServerMessage }[] {
  return effects.flatMap((effect) => {
    const sends: Send[] = effect.type === "line" ? effect.sends : effect.type === "send" ? [effect] : [];
    return sends
      .map(({ to, except: but, message }) => ({ to: to.filter((id) => id !== but), message }))
      .filter(({ to }) => to.length > 0);
  });
}
