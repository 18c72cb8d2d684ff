/**
 * The cache of a DNS-SD browser: which service instances were announced, by which sources, and how many queries they
 * have left unanswered. Pure.
 */
import type { Announcement } from "./record.ts";

/** A record may leave this many queries unanswered: Wi-Fi often loses a packet, but rarely four in a row. */
const unansweredMax = 4;
/** Bounds the memory that a flood of invented rooms can take. */
const roomsMax = 200;
/** Sources of one room: one for each link that we share with its server. */
const sourcesMax = 16;
const addressesMax = 16;

/** What one source has announced about one room. */
interface CacheEntry {
  instance: string;
  announcement: Announcement;
  /** Queries sent since the last announcement. */
  unanswered: number;
}

/** Each call that returns a boolean says whether `visible()` has changed, unless noted otherwise. */
export interface ServiceCache {
  /** Adds or renews the announcement of an instance by a source address. */
  add(instance: string, announcement: Announcement, source: string): boolean;
  /** Handles a goodbye for an instance. It counts only from a source that has announced the instance. */
  goodbye(instance: string, source: string): boolean;
  /** Counts a query to the sources in reach; drops entries that left too many unanswered (RFC 6762 section 10.5). */
  countQuery(inReach: (source: string) => boolean): boolean;
  /** Whether a source in reach has left a query unanswered, so that another one soon is worth a packet. */
  isUnanswered(inReach: (source: string) => boolean): boolean;
  /** Drops the entries of sources that can no longer be received, because our interface is gone. */
  dropSources(isGone: (source: string) => boolean): boolean;
  /** One entry per server, merged over its sources, in the order of their first announcement. */
  visible(): Announcement[];
}

/** An empty cache. */
export function createServiceCache(): ServiceCache {
  /** By server, then by source address; the newest announcement of a server is last. */
  const rooms = new Map<string, Map<string, CacheEntry>>();

  function dropWhere(isGone: (entry: CacheEntry, source: string) => boolean): boolean {
    let isChanged = false;
    for (const [server, sources] of rooms) {
      for (const [source, entry] of sources)
        if (isGone(entry, source)) isChanged = sources.delete(source) || isChanged;
      if (sources.size === 0) rooms.delete(server);
    }
    return isChanged;
  }

  return {
    add(instance, announcement, source) {
      const server = serverKey(announcement);
      const existing = rooms.get(server);
      if (existing === undefined && rooms.size >= roomsMax) return false;
      const before = existing === undefined ? "" : JSON.stringify(merge(existing));
      const sources = existing ?? new Map<string, CacheEntry>();
      // Moves the source to the end: the newest announcement wins, and older ones that contradict it are dropped.
      sources.delete(source);
      for (const [other, entry] of sources)
        if (!isSameOffer(entry.announcement, announcement)) sources.delete(other);
      if (sources.size >= sourcesMax) return false;
      sources.set(source, { instance, announcement, unanswered: 0 });
      rooms.set(server, sources);
      return JSON.stringify(merge(sources)) !== before;
    },
    goodbye(instance, source) {
      for (const [server, sources] of rooms) {
        if (sources.get(source)?.instance === instance) return rooms.delete(server);
      }
      return false;
    },
    countQuery: (inReach) =>
      dropWhere((entry, source) => {
        if (inReach(source)) entry.unanswered += 1;
        return entry.unanswered > unansweredMax;
      }),
    isUnanswered: (inReach) =>
      [...rooms.values()].some((sources) =>
        [...sources].some(([source, entry]) => entry.unanswered > 0 && inReach(source)),
      ),
    dropSources: (isGone) => dropWhere((_, source) => isGone(source)),
    visible: () => [...rooms.values()].map(merge).filter((room) => room !== undefined),
  };
}

/** The id alone does not identify a server: a stranger could copy it and push the real server out. */
function serverKey({ id, fingerprint = "" }: Announcement): string {
  return `${id} ${fingerprint}`;
}

/** Whether two announcements of one server agree. Its addresses may differ from one network to the next. */
function isSameOffer(a: Announcement, b: Announcement): boolean {
  return (
    a.room === b.room && a.protocol === b.protocol && a.fingerprint === b.fingerprint && a.port === b.port
  );
}

/** Merges the entries of one server. The order of the addresses is independent of the order of the announcements. */
function merge(sources: Map<string, CacheEntry>): Announcement | undefined {
  const newest = [...sources.values()].at(-1)?.announcement;
  if (newest === undefined) return undefined;
  const sorted = [...sources.keys()].sort();
  const offered = sorted.flatMap((source) => sources.get(source)?.announcement.addresses ?? []);
  const direct = sorted.filter((source) => offered.includes(source));
  return { ...newest, addresses: [...new Set([...direct, ...offered])].slice(0, addressesMax) };
}
