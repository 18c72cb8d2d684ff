/**
 * What waits for a screen that takes nothing (copy mode, Ctrl-S, a stalled ssh), within a bound: the network goes on
 * meanwhile. Pure.
 */
import type { ClientEvent } from "../../client/api.ts";

export interface BacklogItem {
  /** Returns the text when its time has come. */
  render: () => string[];
  /** The event of the room that it shows: events past the bound are left out, oldest first. All else is kept. */
  event?: ClientEvent;
}

/** Events that were left out. */
export interface Omission {
  count: number;
  /** The id of the line that came after them, if there is one. */
  before: number | undefined;
}

export interface Backlog {
  add(item: BacklogItem): void;
  /** Empties the backlog: the text of all that waits, in order. */
  take(): string[];
}

/** Some screens full; a person who comes back to a stopped screen reads no more. */
export const backlogEventsMax = 2_000;

/** `omitted` returns the text that stands for events that were left out. */
export function createBacklog(omitted: (omission: Omission) => string[]): Backlog {
  let items: BacklogItem[] = [];
  let events = 0;
  let count = 0;
  return {
    add(item) {
      items.push(item);
      if (item.event === undefined) return;
      events += 1;
      if (events <= backlogEventsMax) return;
      items.splice(
        items.findIndex(({ event }) => event !== undefined),
        1,
      );
      events -= 1;
      count += 1;
    },
    take() {
      const all = items;
      const omission = { count, before: firstLineOf(all) };
      items = [];
      events = 0;
      count = 0;
      return [...(omission.count > 0 ? omitted(omission) : []), ...all.flatMap((item) => item.render())];
    },
  };
}

function firstLineOf(items: BacklogItem[]): number | undefined {
  for (const { event } of items) if (event?.type === "said" || event?.type === "whispered") return event.id;
  return undefined;
}
