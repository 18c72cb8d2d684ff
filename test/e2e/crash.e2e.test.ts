/** Shows that a server killed at any moment, again and again under load, loses nothing, repeats nothing and keeps one order. */
import { expect, setDefaultTimeout, test } from "bun:test";
import type { JsonEvent } from "../../lib/frontends/scripts/json.ts";
import type { Client, Server } from "../support/holler.ts";
import { openStage, serverBinary } from "../support/holler.ts";
import { seeded } from "../support/random.ts";

const rounds = 100;
const speakers = ["alice", "bob", "carol", "dave"] as const;
/** Lines of each speaker that are unconfirmed at once. */
const window = 8;
/** A kill comes after this many lines at most. */
const linesBetweenMax = 60;

setDefaultTimeout(300_000);

type Said = Extract<JsonEvent, { event: "said" }>;
type Line = Pick<Said, "id" | "from" | "text" | "at">;

/** The lines that this client was shown, in its order, those of its first page included. */
function linesOf({ events }: Client): Line[] {
  const lines = events.flatMap((event) =>
    event.event === "history" ? event.entries : event.event === "said" ? [event] : [],
  );
  return lines.map(({ id, from, text, at }) => ({ id, from, text, at }));
}

/** Says lines, some at a time, until told to stop; returns how many. */
async function speak(client: Client, name: string, isOver: () => boolean): Promise<number> {
  let count = 0;
  while (!isOver()) {
    const refs = Array.from({ length: window }, (_, index) => `${name} ${count + index + 1}`);
    count += window;
    for (const ref of refs) client.do({ do: "say", text: ref, ref });
    for (const ref of refs) await client.next("said", { ref }, 60_000);
  }
  return count;
}

test(`a server killed ${rounds} times under load loses no line, repeats none and keeps one order`, async () => {
  await using stage = await openStage();
  const home = await stage.home();
  let server: Server = await stage.server({ home, args: ["--name", "Lab 3"] });
  const args = ["--name", "Lab 3", "--port", String(server.port)];
  const listener = await stage.join("eve", server);
  const people = await Promise.all(speakers.map((name) => stage.join(name, server)));

  const random = seeded(4);
  let isOver = false;
  const speaking = people.map((client, index) => speak(client, speakers[index] ?? "", () => isOver));
  for (let round = 0; round < rounds; round += 1) {
    for (let line = random.below(linesBetweenMax); line >= 0; line -= 1)
      await listener.next("said", {}, 60_000);
    await server.kill9();
    server = await stage.server({ home, args });
    await listener.next("connection", { state: "restored" }, 60_000);
  }
  isOver = true;
  const counts = await Promise.all(speaking);
  listener.do({ do: "say", text: "the end", ref: "end" });
  const everybody = [listener, ...people];
  await Promise.all(everybody.map((client) => client.next("said", { text: "the end" }, 60_000)));

  const exported = await stage.start([serverBinary, "export"], { home });
  const { output } = await exported.result();
  const kept = output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Said);
  const ids = kept.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  const whole = kept.map(({ id, from, text, at }) => ({ id, from, text, at }));
  for (const client of everybody) {
    expect(linesOf(client), "everybody saw what is kept, once, in its order").toEqual(whole);
    expect(client.events.filter(({ event }) => event === "left" || event === "joined").length).toBeLessThan(
      6,
    );
    expect(client.events.filter(({ event }) => event === "error")).toEqual([]);
  }
  for (const [index, name] of speakers.entries()) {
    const own = kept.filter(({ from }) => from === name).map(({ text }) => text);
    expect(own).toEqual(Array.from({ length: counts[index] ?? 0 }, (_, line) => `${name} ${line + 1}`));
  }
  expect(kept.length).toBeGreaterThan(rounds);
});
