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

/** The text that stands for several events. */
export interface BacklogTexts {
  /** For events that were left out. */
  omitted(omission: Omission): string[];
  /** For refusals of several lines, one after the other and for the same reason; the last of them. */
  repeated(event: Refusal, times: number): string[];
}

export type Refusal = Extract<ClientEvent, { type: "error" }>;

export function createBacklog(texts: BacklogTexts): Backlog {
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
      return [...(omission.count > 0 ? texts.omitted(omission) : []), ...render(all, texts.repeated)];
    },
  };
}

/** Refusals of many lines, as after a paste, are told once. */
function render(items: BacklogItem[], repeated: BacklogTexts["repeated"]): string[] {
  const lines: string[] = [];
  let times = 0;
  for (const [index, item] of items.entries()) {
    const refusal = refusalOf(item);
    const next = refusalOf(items[index + 1]);
    times += 1;
    if (refusal !== undefined && refusal.code === next?.code) continue;
    lines.push(...(refusal !== undefined && times > 1 ? repeated(refusal, times) : item.render()));
    times = 0;
  }
  return lines;
}

/** The refusal of a line. */
function refusalOf(item: BacklogItem | undefined): Refusal | undefined {
  return item?.event?.type === "error" && item.event.text !== undefined ? item.event : undefined;
}

function firstLineOf(items: BacklogItem[]): number | undefined {
  for (const { event } of items) if (event?.type === "said" || event?.type === "whispered") return event.id;
  return undefined;
}
