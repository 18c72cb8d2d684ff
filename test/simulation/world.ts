/**
 * One simulated world: a server, some clients and a faulty network in one thread, driven by a random sequence that a seed
 * repeats. Core, commit batch, history and chats are the real ones; sockets, clocks and crashes are simulated.
 */
import type { Now } from "../../lib/base/now.ts";
import type { ClientEvent, Command } from "../../lib/client/api.ts";
import { createChat } from "../../lib/client/core/chat.ts";
import type { ChatEffect, ChatInput } from "../../lib/client/core/chat-io.ts";
import { retryableCodes } from "../../lib/client/session/closing-codes.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { isHandledBy } from "../../lib/protocol/messages.ts";
import type { CoreInput } from "../../lib/server/core.ts";
import type { Random } from "../support/random.ts";
import { countedRefs } from "../support/refs.ts";
import type { Client, Run } from "./client.ts";
import type { Bug, Connection, SimulatedDisk, SimulatedServer } from "./server.ts";
import { createSimulatedServer } from "./server.ts";

export interface World {
  readonly clients: Client[];
  readonly trace: string[];
  readonly server: Pick<SimulatedServer, "isDown" | "start" | "stop" | "tick">;
  readonly counts: {
    stops: number;
    crashes: number;
    cuts: number;
    resumes: number;
    failures: number;
    lines: number;
  };
  /** No grace period can have ended, and no failed disk can have lost a presence record. */
  isShort(): boolean;
  /** One random event. */
  step(): void;
  /** Runs without failures until every client has every line. */
  heal(): void;
}

/** More rounds than any correct world needs to heal. */
const roundsMax = 200;
const pageLinesMax = 8;
const names = ["alice", "bob", "carol", "dave"];

export interface WorldOptions {
  /** `failed` is to be called when the disk fails, `note` for the trace. */
  createDisk(failed: () => void, now: () => Now, note: (what: string) => void): SimulatedDisk;
  bug?: Bug | undefined;
}

export function createWorld(random: Random, { createDisk, bug }: WorldOptions): World {
  const trace: string[] = [];
  const counts = { stops: 0, crashes: 0, cuts: 0, resumes: 0, failures: 0, lines: 0 };
  let nowMs = 1_000;
  let lastConnection = 0;
  let lastSession = 0;
  let lastText = 0;
  /** The client of each connection; signatures are not simulated. */
  const ownerOf = new Map<number, Client>();

  const clients: Client[] = names.map((name) => ({
    name,
    catchesUp: name !== "dave",
    publicKey: `key of ${name}`,
    runs: [],
    connection: undefined,
    receivedMs: 0,
    seen: undefined,
  }));

  const now = () => ({ wallMs: Date.parse("2026-11-22T10:00:00.000Z") + nowMs, monotonicMs: nowMs });
  const note = (what: string): void => void trace.push(what);
  const pageLines = 1 + random.below(pageLinesMax);
  const diskFailed = () => {
    counts.failures += 1;
    note("the disk fails");
  };
  const disk = createDisk(diskFailed, now, note);
  const server = createSimulatedServer({ disk, bug, pageLines, now, note, counts });
  const { connections } = server;

  function connect(client: Client): void {
    const run = client.runs.at(-1);
    if (run === undefined || client.connection !== undefined) return;
    lastConnection += 1;
    const id = lastConnection;
    const connection: Connection = {
      id,
      up: [],
      down: [],
      isCut: false,
      isServerOpen: true,
      isClientOpen: true,
    };
    connections.set(id, connection);
    ownerOf.set(id, client);
    client.connection = connection;
    client.receivedMs = nowMs;
    note(`${client.name} connects (${id})`);
    connection.up.push({
      type: "hello",
      protocol: 1,
      name: run.isIn ? run.chat.you() : client.name,
      voice: false,
      ...(bug === "forgets-sessions" ? {} : { session: run.session }),
    });
    server.tick([{ type: "connected", id, origin: { address: "127.0.0.1", isLocal: true } }]);
  }

  /** The connection breaks: some of the messages under way arrive, and each side notices at its own time. */
  function cut(connection: Connection): void {
    counts.cuts += 1;
    connection.isCut = true;
    connection.up.length = random.below(connection.up.length + 1);
    connection.down.length = random.below(connection.down.length + 1);
  }

  /** The client notices that its connection is gone. */
  function clientLoses(client: Client, why: string): void {
    const { connection } = client;
    if (connection === undefined) return;
    note(`${client.name} loses ${connection.id}: ${why}`);
    connection.isClientOpen = false;
    connection.isCut = true;
    client.connection = undefined;
    const run = client.runs.at(-1);
    if (run?.isIn) feedChat(client, run, { type: "connection-lost" });
  }

  /** Some messages arrive at the server, of several connections, each in its order. */
  function arriveAtServer(): void {
    const inputs: CoreInput[] = [];
    const open = [...connections.values()].filter(({ isServerOpen }) => isServerOpen);
    for (let count = 1 + random.below(6); count > 0; count -= 1) {
      const busy = open.filter(({ up }) => up.length > 0);
      const connection = busy[random.below(busy.length)];
      const message = connection?.up.shift();
      if (connection === undefined || message === undefined) break;
      const owner = ownerOf.get(connection.id);
      const publicKey = message.type === "hello" && owner !== undefined ? { publicKey: owner.publicKey } : {};
      inputs.push({ type: "message", id: connection.id, message, ...publicKey });
    }
    if (inputs.length > 0) server.tick(inputs);
  }

  /** The server notices that a connection is gone. */
  function closeAtServer(connection: Connection): void {
    connection.isServerOpen = false;
    connections.delete(connection.id);
    note(`the server notices that ${connection.id} is gone`);
    server.tick([{ type: "closed", id: connection.id }]);
  }

  function startRun(client: Client): void {
    lastSession += 1;
    const chat = createChat({
      newRef: countedRefs(`s${lastSession}`),
      voice: false,
      earlierLines: client.catchesUp ? limits.earlierLines : 0,
    });
    client.runs.push({
      chat,
      session: `session ${lastSession}`,
      events: [],
      lines: new Map(),
      isIn: false,
      rejected: undefined,
    });
    note(`${client.name} starts`);
  }

  function feedChat(client: Client, run: Run, input: ChatInput): void {
    for (const effect of run.chat.handle(input, now())) runChat(client, run, effect);
  }

  function runChat(client: Client, run: Run, effect: ChatEffect): void {
    switch (effect.type) {
      case "send":
        if (client.connection?.isCut === false && !isHandledBy("transport", effect.message))
          client.connection.up.push(effect.message);
        return;
      case "show":
        return take(client, run, effect.event);
      case "read":
        client.seen = { history: effect.history, id: effect.id };
        return;
    }
  }

  function take(client: Client, run: Run, event: ClientEvent): void {
    run.events.push(event);
    if (event.type === "connection" && event.state === "restored") counts.resumes += 1;
    if ("id" in event) note(`${client.name} reads ${event.id}: ${event.text}`);
    if (!("ref" in event) || event.ref === undefined) return;
    const line = run.lines.get(event.ref);
    if (line === undefined) return;
    if (event.type === "error") line.fate = event.code === "not-confirmed" ? "unknown" : "refused";
    else line.fate = "confirmed";
    line.confirmations += 1;
    note(`${client.name}: ${line.text} is ${line.fate}`);
  }

  /** The client reads the next message of the server, or the end of the connection. */
  function arriveAtClient(client: Client): void {
    const { connection } = client;
    const run = client.runs.at(-1);
    if (connection === undefined || run === undefined) return;
    const message = connection.down.shift();
    if (message === undefined) {
      if (!connection.isServerOpen || connection.isCut) clientLoses(client, "it was closed");
      return;
    }
    client.receivedMs = nowMs;
    if (message.type === "goodbye") {
      if (run.isIn && !retryableCodes.has(message.code)) run.rejected = message.code;
      return clientLoses(client, message.code);
    }
    if (message.type === "ping") return;
    if (message.type === "welcome") {
      if (!run.isIn) {
        const seen = client.seen?.history === message.history ? client.seen : undefined;
        feedChat(client, run, { type: "read-marker", marker: seen });
      }
      run.isIn = true;
    }
    feedChat(client, run, { type: "server-message", message });
  }

  function say(client: Client): void {
    const run = client.runs.at(-1);
    if (run === undefined || !run.isIn) return;
    lastText += 1;
    counts.lines += 1;
    const ref = `r${lastText}`;
    const text = `${client.name} ${lastText}`;
    const to = random.chance(0.3) ? names[random.below(names.length)] : undefined;
    run.lines.set(ref, { text, fate: "open", confirmations: 0, ...(to === undefined ? {} : { to }) });
    note(`${client.name} says ${text}${to === undefined ? "" : ` to ${to}`}`);
    const command: Command =
      to === undefined ? { type: "say", text, ref } : { type: "whisper", to, text, ref };
    feedChat(client, run, { type: "command", command });
  }

  /** The client program is killed; its messages under way may still arrive. */
  function killClient(client: Client): void {
    const run = client.runs.at(-1);
    for (const line of run?.lines.values() ?? []) if (line.fate === "open") line.fate = "unknown";
    if (client.connection !== undefined) {
      client.connection.isClientOpen = false;
      client.connection.isCut = true;
      client.connection = undefined;
    }
    note(`${client.name} is killed`);
    startRun(client);
  }

  function pass(ms: number): void {
    nowMs += ms;
    note(`${ms} ms pass`);
    for (const client of clients) {
      const run = client.runs.at(-1);
      if (run?.isIn) feedChat(client, run, { type: "tick" });
      const isSilent = nowMs - client.receivedMs >= limits.lostAfterMs;
      if (client.connection?.isCut && isSilent) clientLoses(client, "it is silent");
    }
    const deadline = server.deadline();
    if (deadline !== undefined && deadline <= nowMs) server.tick([]);
  }

  function pickClient(): Client {
    return clients[random.below(clients.length)] as Client;
  }

  for (const client of clients) startRun(client);

  return {
    clients,
    trace,
    server,
    counts,
    isShort: () => counts.failures === 0 && nowMs - 1_000 < limits.gracePeriodMs,
    step() {
      const client = pickClient();
      const dice = random.below(1_000);
      if (dice < 180) say(client);
      else if (dice < 500) arriveAtServer();
      else if (dice < 820) arriveAtClient(client);
      else if (dice < 880) connect(client);
      else if (dice < 905) {
        if (client.connection !== undefined && !client.connection.isCut) cut(client.connection);
      } else if (dice < 920) clientLoses(client, "it gave up");
      else if (dice < 960) {
        const gone = [...connections.values()].filter((one) => one.isCut && one.up.length === 0);
        const one = gone[random.below(gone.length)];
        if (one !== undefined) closeAtServer(one);
      } else if (dice < 965) server.killAfter(random.below(20));
      else if (dice < 968) server.stop();
      else if (dice < 972) disk.fail(1 + random.below(3));
      else if (dice < 976) killClient(client);
      else pass(random.chance(0.1) ? 35_000 : random.below(1_500));
    },
    heal() {
      server.killAfter(Number.POSITIVE_INFINITY);
      disk.fail(0);
      let isHealed = false;
      for (let round = 0; !isHealed && round < roundsMax; round += 1) {
        for (const connection of [...connections.values()])
          if (connection.isCut && connection.up.length === 0) closeAtServer(connection);
        for (const client of clients) connect(client);
        for (let count = 0; count < 50; count += 1) {
          arriveAtServer();
          for (const client of clients) {
            if ((client.connection?.down.length ?? 0) > 0) arriveAtClient(client);
            else if (client.connection?.isCut || client.connection?.isServerOpen === false)
              arriveAtClient(client);
          }
        }
        isHealed = !clients.some(({ connection, runs }) => {
          const run = runs.at(-1);
          const isBusy = connection === undefined || connection.up.length + connection.down.length > 0;
          return isBusy || run === undefined || !run.isIn || run.chat.unconfirmed() > 0;
        });
      }
      note(isHealed ? "healed" : "it does not heal");
    },
  };
}
