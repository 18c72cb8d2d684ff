/** Measures what a million kept lines cost beside none: starting, coming in, reading, searching, saying a line; memory and disk. */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ClientMessage } from "../../lib/protocol/messages.ts";
import { openRoomFile } from "../../lib/server/storage/database.ts";
import { createSqliteHistory } from "../../lib/server/storage/lines.ts";
import { openStage, type Server, type Stage } from "../../test/support/holler.ts";
import { joinRaw, type RawClient } from "../../test/support/raw-client.ts";
import { median, type Row, residentMegabytes, timed } from "./figures.ts";

const lines = 1_000_000;
const linesAtOnce = 10_000;
const rounds = 20;
const words = "the quick brown fox jumps over a lazy dog deploy server network voice channel lab room".split(
  " ",
);

interface Figures {
  start: number;
  join: number;
  newest: number;
  missed: number;
  common: number;
  rare: number;
  cjk: number;
  say: number;
  memory: number;
  file: number;
}

/** Everything with a million lines, beside the same with none. */
export async function measureHistory(): Promise<Row[]> {
  await using stage = await openStage();
  const none = await figuresOf(stage, 0);
  const many = await figuresOf(stage, lines);
  const row = (what: string, key: keyof Figures, unit: string): Row => ({
    what: `a million lines: ${what}`,
    value: many[key],
    unit,
    reference: { what: "with none", value: none[key] },
  });
  return [
    row("server start to listening", "start", "ms"),
    row("coming in, to the welcome", "join", "ms"),
    row("the newest 20 lines", "newest", "ms"),
    row("200 missed lines", "missed", "ms"),
    row("searching two common words", "common", "ms"),
    row("searching a rare word", "rare", "ms"),
    row("searching two Chinese characters", "cjk", "ms"),
    row("a line, until it is confirmed", "say", "ms"),
    row("memory of the server", "memory", "MB"),
    row("size of the file", "file", "MB"),
  ];
}

async function figuresOf(stage: Stage, count: number): Promise<Figures> {
  const home = await stage.home();
  await fill(home.data, count);
  const starts: number[] = [];
  let server: Server | undefined;
  for (let round = 0; round < 3; round += 1) {
    await server?.stop();
    starts.push(await timed(async () => (server = await stage.server({ home }))));
  }
  if (server === undefined) throw new Error("no server");
  const { port, pid } = server;
  const joins: number[] = [];
  for (let round = 0; round < rounds; round += 1)
    joins.push(
      await timed(async () => (await joinRaw({ port, tls: true }, `guest-${round}`, false)).vanish()),
    );
  using client = await joinRaw({ port, tls: true }, "reader", false);
  const ask = (message: (ref: string) => ClientMessage): Promise<number> => medianOf(client, message);
  const figures = {
    start: median(starts),
    join: median(joins),
    newest: await ask((ref) => ({ type: "history", limit: 20, ref })),
    missed: await ask((ref) => ({ type: "history", after: count / 2, limit: 200, ref })),
    common: await ask((ref) => ({ type: "search", words: "quick fox", limit: 20, ref })),
    rare: await ask((ref) => ({ type: "search", words: `n${count / 2}`, limit: 20, ref })),
    cjk: await ask((ref) => ({ type: "search", words: "开会", limit: 20, ref })),
    say: await ask((ref) => ({ type: "say", text: "one more", ref })),
    memory: await residentMegabytes(pid),
    file: (await stat(join(home.data, "room.sqlite"))).size / 1e6,
  };
  await server.stop();
  return figures;
}

/** A folder with so many lines in it, and their words indexed, as a server leaves it that had the time. */
async function fill(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  using file = await openRoomFile(folder);
  const now = { wallMs: Date.now(), monotonicMs: 0 };
  const history = createSqliteHistory(file, { days: 30, bytesMax: 1e12 }, now);
  for (let id = 1; id <= count; id += 1) {
    const text = Array.from({ length: 9 }, (_, word) => words[(id * 7 + word * word) % words.length]).join(
      " ",
    );
    const more = id % 1_000 === 0 ? " 我们明天开会吧" : "";
    history.add({
      id,
      from: `person${id % 50}`,
      author: `author-${id % 50}`.padEnd(22, "x"),
      ref: `8f2e1a0b-${id}`,
      text: `${text} n${id}${more}`,
      at: new Date(now.wallMs).toISOString(),
    });
    if (id % linesAtOnce === 0) history.commit();
  }
  while (history.maintain(now));
}

/** From the question to its answer. */
async function medianOf(client: RawClient, message: (ref: string) => ClientMessage): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const ref = `${Math.random()}`;
    const question = message(ref);
    const answer = question.type === "say" ? "said" : "history";
    times.push(
      await timed(() => {
        client.send(question);
        return client.next(answer, { ref });
      }),
    );
  }
  return median(times);
}
