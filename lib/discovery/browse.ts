/**
 * Browses for rooms (DNS-SD) on every network interface: queries until it is closed, and keeps what was announced.
 *
 * A visible room has announced itself recently; it is not proven to answer. Connecting finds that out.
 */
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import { createMulticastSockets } from "./multicast-sockets.ts";
import { perLink } from "./per-link.ts";
import { type OnProblem, reportOnce, socketProblem } from "./problem.ts";
import { type Announcement, type DnsRecord, readResponse } from "./record.ts";
import { createServiceCache } from "./service-cache.ts";

/** The pauses after the first queries, in case packets are lost: queries go out at 0, 0.1, 0.3 and 1 s. */
const firstPausesMs = [100, 200, 700];
/**
 * RFC 6762 section 5.2 lets the pauses grow to an hour, for caches that trust a record until its TTL ends. This list
 * must lose a crashed server within seconds, and a query is only 60 bytes.
 */
const steadyPauseMs = 2_000;
/** A server that left a query unanswered is queried again after this pause. */
const retryPauseMs = 500;
/** A neighbour's query replaces ours only when our last one is at least this old. */
const suppressionPauseMs = 400;

export interface BrowseOptions {
  /** Called once for each problem that keeps rooms from being found. */
  onProblem?: OnProblem;
}

export interface Browser {
  /** The visible rooms, in the order in which they were found. */
  visible(): Announcement[];
  close(): Promise<void>;
}

interface LinkBrowser {
  endpoint: Endpoint;
  stop(): void;
}

/** Sends the first query at once, and calls `onChange` with all visible rooms whenever they change, until closed. */
export function browse(onChange: (visible: Announcement[]) => void, options: BrowseOptions = {}): Browser {
  const report = reportOnce(options.onProblem);
  const sockets = createMulticastSockets();
  const cache = createServiceCache();
  const notify = (isChanged: boolean): void => {
    if (isChanged) onChange(cache.visible());
  };

  const read = (records: DnsRecord[], source: string, linkZone: string | undefined): void => {
    const { announced, goodbyes } = readResponse(records, source, linkZone);
    let isChanged = false;
    for (const instance of goodbyes) isChanged = cache.goodbye(instance, source) || isChanged;
    for (const { instance, announcement } of announced)
      isChanged = cache.add(instance, announcement, source) || isChanged;
    notify(isChanged);
  };

  const browsers = perLink<LinkBrowser>({
    open(link) {
      const querier = createQuerier({
        query: () => endpoint.query(),
        onQuery: () => notify(cache.countQuery(link.isSource)),
        isUnanswered: () => cache.isUnanswered(link.isSource),
      });
      const endpoint = openEndpoint(link, sockets, {
        onResponse: (records, source) => read(records, source, link.zone),
        onQuery: querier.suppress,
        onFailure(error) {
          report(socketProblem(error, link.family));
          browsers.drop(browser);
        },
      });
      const browser: LinkBrowser = { endpoint, stop: querier.stop };
      querier.start();
      return browser;
    },
    close(browser) {
      void closeBrowser(browser);
      const others = browsers.all().map(({ endpoint }) => endpoint.link);
      const isGone = (source: string): boolean =>
        browser.endpoint.link.isSource(source) && !others.some((other) => other.isSource(source));
      notify(cache.dropSources(isGone));
    },
    onProblem: report,
  });

  return {
    visible: () => cache.visible(),
    async close() {
      await Promise.all(browsers.stop().map(closeBrowser));
    },
  };
}

/** What a querier needs: `onQuery` is called for each query on the link, our own or a neighbour's. */
interface QueriedLink {
  query(): void;
  onQuery(): void;
  isUnanswered(): boolean;
}

/** Repeats a query (RFC 6762 section 5.2), sooner while servers leave it unanswered. `start` comes first. */
function createQuerier(link: QueriedLink) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let queries = 0;
  let lastMs = 0;
  let isStopped = false;

  const query = (): void => {
    link.query();
    countQuery();
  };
  const countQuery = (): void => {
    lastMs = performance.now();
    link.onQuery();
    const pause = firstPausesMs[queries] ?? steadyPauseMs;
    queries += 1;
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(checkAnswers, Math.min(pause, retryPauseMs), pause);
  };
  /** Answers have had time to arrive: queries again now when one is missing, else waits for the rest of the pause. */
  const checkAnswers = (pause: number): void => {
    const rest = pause - retryPauseMs;
    if (rest <= 0 || link.isUnanswered()) query();
    else timer = setTimeout(query, rest);
  };
  return {
    start: query,
    /** Duplicate question suppression (RFC 6762 section 7.3): a neighbour's query counts as ours. */
    suppress() {
      if (!isStopped && performance.now() - lastMs >= suppressionPauseMs) countQuery();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

async function closeBrowser(browser: LinkBrowser): Promise<void> {
  browser.stop();
  await browser.endpoint.close(false);
}
