/** Opens everything that a server keeps, and maintains it until it is disposed of. */
import type { Database } from "bun:sqlite";
import type { ServerOptions } from "../cli/server-args.ts";
import { dataFolderFailure } from "../files/data-folder-failure.ts";
import { limits } from "../protocol/limits.ts";
import { nameKey } from "../protocol/text.ts";
import type { PublicKey } from "./session/identity.ts";
import type { SqliteClips } from "./storage/clips.ts";
import { createSqliteClips, isolateClips } from "./storage/clips.ts";
import { openRoomFile, openRoomMemory } from "./storage/database.ts";
import type { Report } from "./storage/error-isolation.ts";
import type { IsolatedHistory } from "./storage/lines.ts";
import { createSqliteHistory, isolateHistory } from "./storage/lines.ts";
import type { HistoryRetention } from "./storage/maintenance.ts";
import { maintainClips, maintainHistory, maintainRegistry } from "./storage/maintenance-loop.ts";
import type { SqliteRegistry } from "./storage/registry.ts";
import { createSqliteRegistry, isolateRegistry } from "./storage/registry.ts";

const dayMs = 86_400_000;

export interface Stores extends Disposable {
  history: IsolatedHistory;
  registry: SqliteRegistry;
  clips: SqliteClips;
  /** The people who were in the room when the last run of the server ended. */
  present: { publicKey: PublicKey; name: string }[];
  /** The highest number of a clip that was ever kept; 0: none. */
  lastClip: number;
}

/**
 * The stores in the data folder, whose lock this process has. `report` is told of disk errors.
 * @throws {Failure} when the room's file cannot be opened, or not be read.
 */
export async function openStores(options: ServerOptions, report: Report): Promise<Stores> {
  const file = await openRoomFile(options.data);
  try {
    return createStores(file, options, report);
  } catch (thrown) {
    throw dataFolderFailure(options.data, thrown);
  }
}

/** The stores in this file, which they close. Throws when it cannot be read. */
function createStores(file: Database, options: ServerOptions, report: Report): Stores {
  using opened = new DisposableStack();
  opened.use(file);
  // Without a history, lines are kept only for clients that reconnect.
  const lines = options.history ? file : opened.use(openRoomMemory());
  const now = { wallMs: Date.now(), monotonicMs: performance.now() };
  const history = isolateHistory(createSqliteHistory(lines, retentionOf(options), now), report);
  opened.use(maintainHistory(history));
  const retentionTime = () => history.time(performance.now());

  const clipRetention = { days: options.clipDays, bytesMax: options.clipMegabytes * 1_000_000 };
  const clips = isolateClips(createSqliteClips(file, clipRetention), report);
  // A wall clock that is set forward makes no clip old.
  opened.use(maintainClips(clips, () => Math.min(Date.now(), retentionTime())));

  const operatorNames = new Set(options.operators.map(nameKey));
  const registry = isolateRegistry(createSqliteRegistry(file, operatorNames, retentionTime), report);
  const unusedSinceMs = () =>
    history.isTimeCertain() ? retentionTime() - options.nameDays * dayMs : undefined;
  opened.use(maintainRegistry(registry, { present: history.present, unusedSinceMs }));

  const present = history.present();
  const lastClip = clips.lastClip();
  const stack = opened.move();
  return { history, registry, clips, present, lastClip, [Symbol.dispose]: () => stack.dispose() };
}

function retentionOf({ history, historyDays, historyMegabytes }: ServerOptions): HistoryRetention {
  return history
    ? { days: historyDays, bytesMax: historyMegabytes * 1_000_000 }
    : { days: 1, bytesMax: limits.resumeMegabytes * 1_000_000 };
}
