/** Shows that a server can be stopped and started again, as an upgrade does, under a hundred clients that talk meanwhile. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { ClientEvent } from "../../lib/client/api.ts";
import { openStore } from "../../lib/client/desktop/config-store.ts";
import { createDesktopPorts } from "../../lib/client/desktop/ports.ts";
import { createSession } from "../../lib/client/session/session.ts";
import type { JsonEvent } from "../../lib/frontends/scripts/json.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { makeFolder } from "../support/folder.ts";
import type { Client, Server, Stage } from "../support/holler.ts";
import { openStage, serverBinary } from "../support/holler.ts";
import { seeded } from "../support/random.ts";
import { createTranscript } from "../support/transcript.ts";

/** Real programs, and sessions of the same code in this process: a hundred programs are too many for two cores. */
const programs = 20;
const sessions = 80;
const restarts = 6;
/** What each client says for each restart, one line after the other. */
const linesEach = 3;
const withinMs = 120_000;

setDefaultTimeout(600_000);

type SeenEvent = JsonEvent | (ClientEvent & { event?: undefined });

/** One client, as this test uses it. */
interface Talker {
  name: string;
  /** Everything that it was shown. */
  events(): readonly SeenEvent[];
  /** Says a line; resolves when it is confirmed. */
  say(text: string): Promise<void>;
  /** Resolves when it was shown this line. */
  sees(text: string): Promise<void>;
  leave(): Promise<void>;
}

async function startProgram(
  stage: Stage,
  name: string,
  server: Server,
): Promise<Talker & { client: Client }> {
  const client = await stage.join(name, server);
  return {
    name,
    client,
    events: () => client.events,
    async say(text) {
      client.do({ do: "say", text, ref: text });
      await client.next("said", { ref: text }, withinMs);
    },
    async sees(text) {
      await client.next("said", { text }, withinMs);
    },
    async leave() {
      client.do({ do: "quit" });
      expect(await client.exit()).toBe(0);
    },
  };
}

/** A session with the sockets, the key and the files of the program. */
async function startSession(name: string, { port }: Server): Promise<Talker> {
  const events = createTranscript<ClientEvent>(name);
  const onProblem = (message: string): never => {
    throw new Error(message);
  };
  const ports = createDesktopPorts({
    server: { host: "127.0.0.1", port },
    plaintext: false,
    trustNewIdentity: false,
    store: openStore({ path: join(makeFolder(), "config") }, onProblem),
    show: events.add,
    onProblem,
  });
  const session = createSession(
    { name, proposedName: name, guest: false, client: "test", earlierLines: limits.earlierLines },
    ports,
  );
  const left = session.run();
  left.catch(events.end);
  await events.next(({ type }) => type === "welcome", "the welcome", withinMs);
  return {
    name,
    events: () => events.items,
    async say(text) {
      void session.submit({ type: "say", text, ref: text });
      await events.next((event) => event.type === "said" && event.ref === text, text, withinMs);
    },
    async sees(text) {
      await events.next((event) => event.type === "said" && event.text === text, text, withinMs);
    },
    async leave() {
      session.leave();
      expect(await left).toBeTrue();
    },
  };
}

const kindOf = (event: SeenEvent): string => event.event ?? event.type;

/** The lines that a client was shown, in its order, those of its first page included. */
function linesOf(events: readonly SeenEvent[]): string[] {
  const lines = events.flatMap((event) => {
    if ("entries" in event) return event.entries;
    return kindOf(event) === "said" && "text" in event && "id" in event ? [event] : [];
  });
  return lines.map(({ id, from, text }) => `${id} ${from}: ${text}`);
}

test(`${restarts} restarts under ${programs + sessions} clients that talk lose no line, double none, and keep one order`, async () => {
  await using stage = await openStage();
  const home = await stage.home();
  let server = await stage.server({ home, args: ["--name", "Lab 3"] });
  const args = ["--name", "Lab 3", "--port", String(server.port)];
  const listener = await startProgram(stage, "eve", server);
  const talkers: Talker[] = [];
  for (let count = 0; count < programs - 1; count += 1)
    talkers.push(await startProgram(stage, `program-${count}`, server));
  for (let count = 0; count < sessions; count += 1)
    talkers.push(await startSession(`session-${count}`, server));
  const everybody = [listener, ...talkers];
  await Promise.all(talkers.map((talker) => talker.say("all are in")));
  const begun = everybody.map((talker) => talker.events().length);

  const random = seeded(14);
  for (let round = 1; round <= restarts; round += 1) {
    const talking = talkers.map(async (talker) => {
      for (let line = 1; line <= linesEach; line += 1) await talker.say(`${round}.${line}`);
    });
    // In the middle of it.
    for (let line = random.below(talkers.length * linesEach * 0.8); line >= 0; line -= 1)
      await listener.client.next("said", {}, withinMs);
    expect(await server.stop()).toBe(0);
    server = await stage.server({ home, args });
    await Promise.all(talking);
    await listener.client.next("connection", { state: "restored" }, withinMs);
  }
  await Promise.all(talkers.map((talker) => talker.say("the end")));
  await listener.say("goodbye");
  await Promise.all(talkers.map((talker) => talker.sees("goodbye")));

  const exported = await stage.start([serverBinary, "export"], { home });
  const { output } = await exported.result();
  const kept = output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: number; from: string; text: string });
  expect(kept).toHaveLength(talkers.length * (restarts * linesEach + 2) + 1);
  for (const { name } of talkers) {
    const own = kept.flatMap(({ from, text }) => (from === name ? [text] : []));
    const rounds = Array.from({ length: restarts * linesEach }, (_, index) =>
      [Math.floor(index / linesEach) + 1, (index % linesEach) + 1].join("."),
    );
    expect(own, `the lines of ${name}, each once`).toEqual(["all are in", ...rounds, "the end"]);
  }
  /** A client that came in later has not seen all of the first lines. */
  const sinceAllAreIn = (lines: string[]) => lines.filter((line) => !line.endsWith("all are in"));
  const whole = sinceAllAreIn(linesOf(kept.map((line) => ({ ...line, event: "said", at: "" }))));
  for (const [index, talker] of everybody.entries()) {
    const events = talker.events().slice(begun[index]);
    const seen = sinceAllAreIn(linesOf(talker.events()));
    expect(seen, `${talker.name} saw what is kept, once, in its order`).toEqual(whole);
    const others = events.filter((event) => ["joined", "left", "error", "warning"].includes(kindOf(event)));
    expect(others, `${talker.name} saw no one leave, and no error`).toEqual([]);
    const losses = events.flatMap((event) => (kindOf(event) === "connection" ? [event] : []));
    expect(losses.length, `${talker.name} was told of each restart once`).toBeLessThanOrEqual(2 * restarts);
    for (const loss of losses) if ("reason" in loss) expect(loss.reason).toBe("server-stopped");
  }
  await Promise.all(everybody.map((talker) => talker.leave()));
});
