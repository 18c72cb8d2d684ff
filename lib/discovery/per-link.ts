/** Keeps one item, such as a socket, for each link of this machine, while cables and networks come and go. */
import { scanInterfaces } from "./interfaces.ts";
import { type Link, linksOf } from "./links.ts";
import type { OnProblem } from "./problem.ts";

/** How often interfaces are listed. */
const rescanMs = 2_000;

export interface PerLink<T> {
  /** The open items. */
  all(): T[];
  /** Closes and drops an item that failed; the next scan opens a new one if the link still exists. */
  drop(item: T): void;
  /** Stops scanning; the caller closes the items that are returned. */
  stop(): T[];
}

export interface PerLinkOptions<T> {
  open(link: Link): T;
  close(item: T): void;
  /** Is told of each scan that failed: the links count as unchanged, and the next scan tries again. */
  onProblem: OnProblem;
}

/** Calls `open` for every link now and for each new one later, and `close` for each one that disappears. */
export function perLink<T>({ open, close, onProblem }: PerLinkOptions<T>): PerLink<T> {
  const items = new Map<string, T>();
  const scan = (): void => {
    const { interfaces, problem } = scanInterfaces();
    if (problem !== undefined) onProblem(problem);
    const current = new Map(linksOf(interfaces).map((link) => [link.key, link]));
    const gone = [...items].filter(([key]) => !current.has(key));
    for (const [key] of gone) items.delete(key);
    // New ones first: a link that only got another address stays in use all the time.
    for (const [key, link] of current) if (!items.has(key)) items.set(key, open(link));
    for (const [, item] of gone) close(item);
  };
  scan();
  const timer = setInterval(scan, rescanMs);
  return {
    all: () => [...items.values()],
    drop(item) {
      for (const [key, other] of items) if (other === item) items.delete(key);
      close(item);
    },
    stop() {
      clearInterval(timer);
      const open = [...items.values()];
      items.clear();
      return open;
    },
  };
}
