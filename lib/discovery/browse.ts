/**
 * Watches every network interface for rooms, asking again for as long as it runs.
 *
 * A room that is visible announced itself a moment ago; whether it answers is for whoever connects to find out.
 * Not covered: networks without any IPv4 address. There the room is reached by `--server`.
 */
import { isOnLink } from "./address.ts";
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import { perInterface } from "./interfaces.ts";
import { type OnProblem, problemReporter } from "./problem.ts";
import { type Announcement, type DnsRecord, readResponse } from "./record.ts";
import { createSightings } from "./sightings.ts";

/** Pauses between the first questions, for packets that got lost: asked at 0, 0.1, 0.3 and 1 s. */
const firstPausesMs = [100, 200, 700];
/**
 * RFC 6762 section 5.2 lets the pauses grow to an hour, for caches that trust a record until its time is up.
 * A list that people look at must lose a crashed server within seconds; a question is 60 bytes.
 */
const steadyPauseMs = 2_000;
/** A record that did not answer is asked again this soon. */
const doubtPauseMs = 500;
/** Neighbours' questions spare us our own, but not more of them than we would ask ourselves. */
const sparedPauseMs = 400;

export interface BrowseOptions {
  /** Told once for each thing that keeps rooms from being found. */
  onProblem?: OnProblem;
}

export interface Browser {
  /** The rooms visible now, in the order they were found. */
  visible(): Announcement[];
  close(): Promise<void>;
}

interface Watch {
  endpoint: Endpoint;
  /** Whether this interface leads to that address. */
  inReach(source: string): boolean;
  stop(): void;
}

/** Calls `onChange` with every room visible whenever that changes, until closed. Asks at once. */
export function browse(onChange: (visible: Announcement[]) => void, options: BrowseOptions = {}): Browser {
  const report = problemReporter(options.onProblem);
  const sightings = createSightings();
  const changed = (did: boolean): void => {
    if (did) onChange(sightings.visible());
  };

  const read = (records: DnsRecord[], source: string): void => {
    const { heard, goodbyes } = readResponse(records, source);
    let did = false;
    for (const instance of goodbyes) did = sightings.goodbye(instance, source) || did;
    for (const { instance, announcement } of heard)
      did = sightings.hear(instance, announcement, source) || did;
    changed(did);
  };

  const watches = perInterface<Watch>(
    (one) => {
      const inReach = (source: string): boolean => isOnLink(source, one.address, one.netmask);
      const asking = keepAsking({
        ask: () => endpoint.ask(),
        asked: () => changed(sightings.asked(inReach)),
        inDoubt: () => sightings.inDoubt(inReach),
      });
      const endpoint = openEndpoint(one, {
        onResponse: read,
        onQuestion: asking.spare,
        onFailure(error) {
          report(error);
          watches.drop(watch);
        },
      });
      const watch: Watch = { endpoint, inReach, stop: asking.stop };
      asking.start();
      return watch;
    },
    (watch) => {
      void closeWatch(watch);
      const others = watches.all();
      const gone = (source: string): boolean =>
        watch.inReach(source) && !others.some((other) => other.inReach(source));
      changed(sightings.forget(gone));
    },
  );

  return {
    visible: () => sightings.visible(),
    async close() {
      await Promise.all(watches.stop().map(closeWatch));
    },
  };
}

/** Asks now and on, at pauses that suit what is known; `start` before anything else. */
function keepAsking(link: { ask(): void; asked(): void; inDoubt(): boolean }) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asks = 0;
  let lastMs = 0;
  let stopped = false;

  const ask = (): void => {
    link.ask();
    asked();
  };
  const asked = (): void => {
    lastMs = performance.now();
    link.asked();
    const pause = firstPausesMs[asks] ?? steadyPauseMs;
    asks += 1;
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(afterAnswers, Math.min(pause, doubtPauseMs), pause);
  };
  /** Time enough for answers has passed: whoever owes one is asked again now, else the pause is kept. */
  const afterAnswers = (pause: number): void => {
    const rest = pause - doubtPauseMs;
    if (rest <= 0 || link.inDoubt()) ask();
    else timer = setTimeout(ask, rest);
  };
  return {
    start: ask,
    /** RFC 6762 section 7.3: a question that somebody else just asked need not be asked again. */
    spare() {
      if (!stopped && performance.now() - lastMs >= sparedPauseMs) asked();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function closeWatch(watch: Watch): Promise<void> {
  watch.stop();
  await watch.endpoint.close(false);
}
