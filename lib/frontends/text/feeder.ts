/**
 * Passes commands on in their order, at the pace at which they are confirmed: of a long paste most of it waits here, where
 * it can be stopped. Does no output.
 */
import type { ClientEvent, Command } from "../../client/api.ts";

export interface Feeder {
  add(commands: readonly Command[]): void;
  /** How many commands wait, and of how many that were added since none did. */
  progress(): { left: number; total: number };
  /** Forgets the commands that wait, and returns them. */
  stop(): Command[];
  /** Resolves when few commands wait: more input may be read. */
  ready(): Promise<void>;
}

/** So many commands are passed on before the first of them must be done. */
export const activeMax = 8;
/** With more commands waiting, `ready` waits, too. */
const readyMax = 1_000;

/** `onChange` is called when `progress` has changed, but not within `add` and `stop`. */
export function createFeeder(
  onCommand: (command: Command) => void | Promise<void>,
  onChange: () => void,
): Feeder {
  let queue: Command[] = [];
  let next = 0;
  let active = 0;
  let readyWaits: (() => void)[] = [];
  const left = () => queue.length - next;

  const feed = () => {
    while (left() > 0 && active < activeMax) {
      const command = queue[next];
      next += 1;
      if (command === undefined) continue;
      active += 1;
      void Promise.resolve(onCommand(command)).then(done);
    }
    if (left() === 0) empty();
    if (left() <= readyMax) {
      for (const resolve of readyWaits) resolve();
      readyWaits = [];
    }
  };
  const done = () => {
    active -= 1;
    if (left() === 0) return;
    feed();
    onChange();
  };
  const empty = () => {
    queue = [];
    next = 0;
  };
  return {
    add(commands) {
      for (const command of commands) queue.push(command);
      feed();
    },
    progress: () => ({ left: left(), total: queue.length }),
    stop() {
      const rest = queue.slice(next);
      empty();
      feed();
      return rest;
    },
    ready() {
      if (left() <= readyMax) return Promise.resolve();
      return new Promise((resolve) => readyWaits.push(resolve));
    },
  };
}

/** Whether the refusal of a line concerns its author, and so the lines after it as well. */
export function stopsLines(event: ClientEvent): boolean {
  return event.type === "error" && event.text !== undefined && !event.code.startsWith("text-");
}

/** More of the first line that was not sent is not repeated. */
const shownCharsMax = 60;

/** The sentence about lines that are not sent, because they were stopped. */
export function stoppedSentence(rest: Command[], total: number): string {
  const [first] = rest;
  const chars = Array.from(first !== undefined && "text" in first ? first.text.trim() : "");
  const text = chars.length > shownCharsMax ? `${chars.slice(0, shownCharsMax).join("")}…` : chars.join("");
  const from = text === "" ? "" : ` The first of them is: ${text}`;
  return `Stopped: ${rest.length} of ${total} lines were not sent.${from}`;
}
