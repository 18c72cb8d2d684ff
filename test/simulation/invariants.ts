/** The invariants of every healed world; each is one promise of the product. */
import type { Database } from "bun:sqlite";
import type { ClientEvent } from "../../lib/client/api.ts";
import type { Client, Run } from "./client.ts";
import type { World } from "./world.ts";

interface Kept {
  id: number;
  name: string;
  receiver_name: string | null;
  text: string;
}

type Line = Extract<ClientEvent, { type: "said" | "whispered" }>;

/**
 * The broken invariants of this world and the file of its server, in sentences; none: it is correct. `canFailToRead`: the
 * server may not know for a time what it has kept. Then a client that is warned of a gap may miss lines, and a line that
 * was sent again may be refused although it is kept, once.
 */
export function broken(world: World, file: Database, canFailToRead = false): string[] {
  const kept = file.query<Kept, []>("SELECT id, name, receiver_name, text FROM messages ORDER BY id").all();
  const byId = new Map(kept.map((line) => [line.id, line]));
  const wrong = world.clients.flatMap((client) =>
    client.runs.flatMap((run, index) => {
      const isLast = index === client.runs.length - 1;
      const hasAll = isLast && client.catchesUp && !(canFailToRead && isWarnedOfGap(run));
      return [
        ...(client.catchesUp ? outOfOrder(run) : []),
        ...notKept(run, byId),
        ...(hasAll ? missing(run, kept) : []),
        ...fates(run, kept, isLast, canFailToRead ? 1 : 0),
        ...(isLast ? company(client, run, world) : []),
      ].map((what) => `${client.name}, start ${index + 1}: ${what}`);
    }),
  );
  return [
    ...wrong,
    ...twice(kept),
    ...world.clients.flatMap((client) => whispersOf(client, kept, canFailToRead)),
  ];
}

function linesOf(run: Run): Line[] {
  return run.events.filter((event): event is Line => event.type === "said" || event.type === "whispered");
}

/** The earlier lines that were read on joining. */
function earlierOf(run: Run): { id: number; text: string }[] {
  return run.events.flatMap((event) => (event.type === "history" ? event.entries : []));
}

function isWarnedOfGap(run: Run): boolean {
  return run.events.some((event) => event.type === "warning" && event.code === "history-gap");
}

/** Lines are shown in one order, and none twice. */
function outOfOrder(run: Run): string[] {
  const ids = linesOf(run).map(({ id }) => id);
  const earlier = new Set(earlierOf(run).map(({ id }) => id));
  return ids.flatMap((id, index) => {
    const before = ids[index - 1];
    if (before !== undefined && id <= before) return [`${id} is shown after ${before}`];
    return earlier.has(id) ? [`${id} is shown twice`] : [];
  });
}

/** Every line that a client saw is on disk, the same under the same id. */
function notKept(run: Run, byId: Map<number, Kept>): string[] {
  return [...linesOf(run), ...earlierOf(run)].flatMap(({ id, text }) =>
    byId.get(id)?.text === text ? [] : [`${id} (${text}) was seen and is not kept`],
  );
}

/** A client has every line to everyone from the first one that it knows on. */
function missing(run: Run, kept: Kept[]): string[] {
  const seen = new Set([...linesOf(run), ...earlierOf(run)].map(({ id }) => id));
  const since = Math.min(
    ...[...linesOf(run), ...earlierOf(run)].filter((line) => !("late" in line)).map(({ id }) => id),
  );
  return kept.flatMap(({ id, text, receiver_name }) =>
    receiver_name === null && id > since && !seen.has(id) ? [`${id} (${text}) is missing`] : [],
  );
}

/** Every sent line is confirmed or refused, once and truthfully. */
function fates(run: Run, kept: Kept[], isLast: boolean, refusedMax: number): string[] {
  const texts = new Map<string, number>();
  for (const { text } of kept) texts.set(text, (texts.get(text) ?? 0) + 1);
  return [...run.lines.values()].flatMap(({ text, fate, confirmations }) => {
    const count = texts.get(text) ?? 0;
    if (fate === "open" && isLast) return [`${text} was never answered`];
    if (fate === "confirmed" && confirmations !== 1) return [`${text} was confirmed ${confirmations} times`];
    if (fate === "confirmed" && count !== 1) return [`${text} was confirmed and is kept ${count} times`];
    if (fate === "refused" && count > refusedMax) return [`${text} was refused and is kept`];
    return [];
  });
}

/** Every client knows all members and may reconnect, and no client that resumed in time was seen to leave. */
function company(client: Client, run: Run, world: World): string[] {
  const others = world.clients.map(({ name }) => name).filter((name) => name !== client.name);
  const known = run.chat.others().join();
  const comings = run.events.flatMap((event) => (event.type === "joined" ? [event.name] : []));
  const again = comings.filter((name, index) => comings.indexOf(name) !== index);
  const isUnseen =
    !world.isShort() || (again.length === 0 && !run.events.some(({ type: event }) => event === "left"));
  const isTurnedAway = world.isShort() && run.rejected !== undefined;
  return [
    ...(isTurnedAway ? [`was not let in again: ${run.rejected}`] : []),
    ...(known === others.join() ? [] : [`knows ${known || "no member"}, and there are ${others.join()}`]),
    ...(isUnseen ? [] : ["a member was seen to leave or join that resumed in time"]),
  ];
}

function twice(kept: Kept[]): string[] {
  const texts = new Set<string>();
  return kept.flatMap(({ text }) => {
    if (texts.has(text)) return [`${text} is kept twice`];
    texts.add(text);
    return [];
  });
}

/** A whisper is read by its receiver, once, whenever it connects, and by no other client. */
function whispersOf(client: Client, kept: Kept[], canFailToRead: boolean): string[] {
  const reads = client.catchesUp && !(canFailToRead && client.runs.some(isWarnedOfGap));
  const read = client.runs.flatMap(linesOf).filter((line) => line.type === "whispered");
  const known = new Set(
    client.runs.flatMap((run) => [...linesOf(run), ...earlierOf(run)].map(({ id }) => id)),
  );
  const counts = new Map<number, number>();
  for (const { id, from } of read) if (from !== client.name) counts.set(id, (counts.get(id) ?? 0) + 1);
  return kept.flatMap(({ id, text, name, receiver_name }) => {
    if (receiver_name === null) return [];
    const isConcerned = name === client.name || receiver_name === client.name;
    if (!isConcerned) return known.has(id) ? [`${client.name} read ${id}, which is between others`] : [];
    if (receiver_name !== client.name || name === client.name) return [];
    if ((counts.get(id) ?? 0) > 1)
      return [`${client.name} was shown ${id} (${text}) ${counts.get(id)} times`];
    return known.has(id) || !reads ? [] : [`${id} (${text}) never reached ${client.name}`];
  });
}
