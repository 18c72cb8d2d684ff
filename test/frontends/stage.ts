/** Puts the fixture chat on a terminal: what happens goes in, what the person asked for comes out. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientEvent, Command } from "../../lib/client/api.ts";
import { openTmux, type Tmux, type TmuxOptions } from "../support/tmux.ts";
import type { Order } from "./fixtures/chat.ts";

export interface Stage {
  tmux: Tmux;
  folder: string;
  show(...events: ClientEvent[]): void;
  order(order: Order): void;
  /** What the fixture told so far: intents, answers, and each new width. */
  told: { intent?: Command; answer?: string | null; columns?: number }[];
  intents(): Command[];
  /** Waits until what was told satisfies. */
  waitFor(what: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export type StageOptions = TmuxOptions & {
  args?: string[];
  wrap?: (command: string, folder: string) => string;
};

/** Open ones. */
const stages: Stage[] = [];

export const welcome: ClientEvent = {
  type: "welcome",
  you: "alice",
  room: "Lab 3",
  members: ["bob"],
  lastId: 0,
};

/** Starts the fixture; `wrap` makes the command line of a shell from the fixture's own. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "holler-stage-"));
  const path = join(folder, "orders");
  const told: Stage["told"] = [];
  let unread = "";
  const connected = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const lines = (unread + bytes.toString()).split("\n");
      unread = lines.pop() ?? "";
      told.push(...lines.map((line) => JSON.parse(line)));
    });
    connected.resolve(socket);
  }).listen(path);
  const fixture = [process.execPath, join(import.meta.dir, "fixtures/chat.ts"), ...(options.args ?? [])];
  const command = options.wrap ? ["sh", "-c", options.wrap(fixture.join(" "), folder)] : fixture;
  const env = { TERM: "tmux-256color", LANG: "C.UTF-8", ...options.env, FIXTURE_SOCKET: path };
  const tmux = await openTmux(command, { ...options, env });
  const peer = await connected.promise;
  const order = (what: Order) => void peer.write(`${JSON.stringify(what)}\n`);
  const stage: Stage = {
    tmux,
    folder,
    told,
    order,
    show(...events) {
      for (const event of events) order({ show: event });
    },
    intents: () => told.flatMap((line) => line.intent ?? []),
    async waitFor(what) {
      const until = performance.now() + 30_000;
      while (!what()) {
        if (performance.now() > until) throw new Error(`Not told in time; told: ${JSON.stringify(told)}`);
        await Bun.sleep(10);
      }
    },
    async close() {
      await tmux[Symbol.asyncDispose]();
      peer.destroy();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  stages.push(stage);
  return stage;
}

/** A stage after the welcome, with an empty prompt. */
export async function openChat(options?: StageOptions): Promise<Stage> {
  const stage = await openStage(options);
  stage.show(welcome);
  await stage.tmux.waitFor((rows) => rows.at(-1) === ">");
  return stage;
}

/** For `afterEach`. */
export async function closeStages(): Promise<void> {
  await Promise.all(stages.splice(0).map((stage) => stage.close()));
}

export const last = (rows: string[], count: number) => rows.slice(-count);
/** Rows as one text without blanks, which are lost at the ends of rows. */
export const squeezed = (rows: string[]) => rows.join("").replaceAll(" ", "");

/** Something that somebody says to everyone. */
export function said(from: string, text: string): ClientEvent {
  return { type: "said", id: 1, from, text, at: "2026-11-22T10:00:00.000Z" };
}
