/** Runs the fixture chat in tmux: tests send it events and read the commands and answers that it reports. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientEvent, Command } from "../../lib/client/api.ts";
import { openTmux, type Tmux, type TmuxOptions } from "../support/tmux.ts";
import type { Instruction } from "./fixtures/chat.ts";

export interface TerminalFixture {
  tmux: Tmux;
  folder: string;
  show(...events: ClientEvent[]): void;
  instruct(instruction: Instruction): void;
  /** What the fixture has reported so far: commands, answers, and each new width. */
  reports: { command?: Command; answer?: string | null; columns?: number }[];
  commands(): Command[];
  /** Waits until the condition holds. */
  waitFor(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export type FixtureOptions = TmuxOptions & {
  args?: string[];
  wrap?: (command: string, folder: string) => string;
};

const openFixtures: TerminalFixture[] = [];

export const welcome: ClientEvent = {
  type: "welcome",
  you: "alice",
  room: "Lab 3",
  members: ["bob"],
  lastId: 0,
};

/** Starts the fixture; `wrap` turns its command line into a script for `sh -c`. */
export async function openFixture(options: FixtureOptions = {}): Promise<TerminalFixture> {
  const folder = mkdtempSync(join(tmpdir(), "holler-terminal-"));
  const path = join(folder, "socket");
  const reports: TerminalFixture["reports"] = [];
  let unread = "";
  const connected = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const lines = (unread + bytes.toString()).split("\n");
      unread = lines.pop() ?? "";
      reports.push(...lines.map((line) => JSON.parse(line)));
    });
    connected.resolve(socket);
  }).listen(path);
  const fixtureCommand = [
    process.execPath,
    join(import.meta.dir, "fixtures/chat.ts"),
    ...(options.args ?? []),
  ];
  const command = options.wrap
    ? ["sh", "-c", options.wrap(fixtureCommand.join(" "), folder)]
    : fixtureCommand;
  const env = { TERM: "tmux-256color", LANG: "C.UTF-8", ...options.env, FIXTURE_SOCKET: path };
  const tmux = await openTmux(command, { ...options, env });
  const peer = await connected.promise;
  const instruct = (instruction: Instruction) => void peer.write(`${JSON.stringify(instruction)}\n`);
  const fixture: TerminalFixture = {
    tmux,
    folder,
    reports,
    instruct,
    show(...events) {
      for (const event of events) instruct({ show: event });
    },
    commands: () => reports.flatMap(({ command: reported }) => reported ?? []),
    async waitFor(condition) {
      const until = performance.now() + 4_000;
      while (!condition()) {
        if (performance.now() > until) throw new Error(`Not in time; reported: ${JSON.stringify(reports)}`);
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
  openFixtures.push(fixture);
  return fixture;
}

/** A fixture after the welcome, with an empty prompt. */
export async function openChat(options?: FixtureOptions): Promise<TerminalFixture> {
  const fixture = await openFixture(options);
  fixture.show(welcome);
  await fixture.tmux.waitFor((rows) => rows.at(-1) === ">");
  return fixture;
}

/** For `afterEach`. */
export async function closeFixtures(): Promise<void> {
  await Promise.all(openFixtures.splice(0).map((fixture) => fixture.close()));
}

export const last = (rows: string[], count: number) => rows.slice(-count);
/** Rows as one text without blanks, which tmux drops at the ends of rows. */
export const squeezed = (rows: string[]) => rows.join("").replaceAll(" ", "");

/** A line to everyone. */
export function said(from: string, text: string): ClientEvent {
  return { type: "said", id: 1, from, text, at: "2026-11-22T10:00:00.000Z" };
}
