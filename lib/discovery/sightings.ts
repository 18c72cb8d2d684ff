/** Who was heard, where, and how long ago: the browser's memory, fed with readings and with its own asking. */
import type { Announcement } from "./record.ts";

/** Asks that a record may leave unanswered; lost packets are common on Wi-Fi, four in a row are not. */
const unansweredMax = 4;
/** Rooms remembered at once, so that a flood of invented ones cannot fill memory. */
const roomsMax = 200;
/** Places one room is heard from at once: one for each interface we share with it. */
const sourcesMax = 8;
const addressesMax = 16;

interface Sighting {
  instance: string;
  announcement: Announcement;
  /** How often we asked since it was last heard. */
  unanswered: number;
}

/** What the browser knows. Each call says whether anything that is visible changed. */
export interface Sightings {
  /** An announcement came in from that address. */
  hear(instance: string, announcement: Announcement, source: string): boolean;
  /** A goodbye for that instance came in; believed only from where the room was heard. */
  goodbye(instance: string, source: string): boolean;
  /** The sources in reach were asked; those that left too many unanswered are dropped (RFC 6762 section 10.5). */
  asked(inReach: (source: string) => boolean): boolean;
  /** Whether a source in reach owes an answer, so that asking again soon is worth a packet. */
  inDoubt(inReach: (source: string) => boolean): boolean;
  /** Nothing can be heard from these sources any more: our own interface is gone. */
  forget(gone: (source: string) => boolean): boolean;
  /** One entry a server, merged over all the places it was heard from, in the order of first hearing. */
  visible(): Announcement[];
}

/** An empty memory. */
export function createSightings(): Sightings {
  /** By server, then by the address that answered. */
  const rooms = new Map<string, Map<string, Sighting>>();

  function dropWhere(isGone: (sighting: Sighting, source: string) => boolean): boolean {
    let dropped = false;
    for (const [id, sources] of rooms) {
      for (const [source, sighting] of sources)
        if (isGone(sighting, source)) dropped = sources.delete(source) || dropped;
      if (sources.size === 0) rooms.delete(id);
    }
    return dropped;
  }

  return {
    hear(instance, announcement, source) {
      const server = serverOf(announcement);
      const known = rooms.get(server);
      if (known === undefined && rooms.size >= roomsMax) return false;
      const before = known === undefined ? "" : JSON.stringify(merge(known));
      const sources = known ?? new Map<string, Sighting>();
      // Moved to the end: the newest word decides what is shown. What the others said before a change is out of date.
      sources.delete(source);
      for (const [other, sighting] of sources)
        if (!agree(sighting.announcement, announcement)) sources.delete(other);
      if (sources.size >= sourcesMax) return false;
      sources.set(source, { instance, announcement, unanswered: 0 });
      rooms.set(server, sources);
      return JSON.stringify(merge(sources)) !== before;
    },
    goodbye(instance, source) {
      for (const [id, sources] of rooms) {
        if (sources.get(source)?.instance === instance) return rooms.delete(id);
      }
      return false;
    },
    asked: (inReach) =>
      dropWhere((sighting, source) => {
        if (inReach(source)) sighting.unanswered += 1;
        return sighting.unanswered > unansweredMax;
      }),
    inDoubt: (inReach) =>
      [...rooms.values()].some((sources) =>
        [...sources].some(([source, sighting]) => sighting.unanswered > 0 && inReach(source)),
      ),
    forget: (gone) => dropWhere((_, source) => gone(source)),
    visible: () => [...rooms.values()].map(merge).filter((room) => room !== undefined),
  };
}

/** An id alone is anybody's to copy: with it, a stranger would push the real server out. */
function serverOf({ id, fingerprint = "" }: Announcement): string {
  return `${id} ${fingerprint}`;
}

/** Same server, same offer; only where it is reached may differ from one network to the next. */
function agree(a: Announcement, b: Announcement): boolean {
  return (
    a.room === b.room && a.protocol === b.protocol && a.fingerprint === b.fingerprint && a.port === b.port
  );
}

/** What the sources say together. The order of addresses must not depend on who spoke last, or it would flicker. */
function merge(sources: Map<string, Sighting>): Announcement | undefined {
  const newest = [...sources.values()].at(-1)?.announcement;
  if (newest === undefined) return undefined;
  const direct = [...sources.keys()].sort();
  const offered = direct.flatMap((source) => sources.get(source)?.announcement.addresses ?? []);
  const firsts = direct.filter((source) => offered.includes(source));
  return { ...newest, addresses: [...new Set([...firsts, ...offered])].slice(0, addressesMax) };
}
