/** How a stay ends: what was sent, what was not, and who wanted to go. */
import { describe, expect, test } from "bun:test";
import type { Asker } from "../../lib/client/asker.ts";
import type { Session } from "../../lib/client/session.ts";
import { createSession } from "../../lib/client/session.ts";
import { openStore } from "../../lib/client/store.ts";
import type { ClientMessage } from "../../lib/protocol/messages.ts";
import type { ClientEvent } from "../../lib/terminal/events.ts";
import { type FakeServer, type Peer, startFakeServer, welcome } from "../support/fake-server.ts";
import { makeFolder } from "../support/folder.ts";

const folder = makeFolder();

interface Stay {
  session: Session;
  events: ClientEvent[];
  /** Resolves when such an event is shown. */
  shown(event: ClientEvent["event"]): Promise<void>;
}

/** Nobody to ask unless given: a script. */
function stayAt({ port }: FakeServer, asker?: Asker): Stay {
  const events: ClientEvent[] = [];
  const waiting = new Map<string, () => void>();
  const session = createSession({
    name: "alice",
    loginName: "alice",
    server: { host: "127.0.0.1", port },
    plaintext: true,
    trustNewIdentity: false,
    client: "holler test",
    store: openStore(folder),
    onProblem() {},
    ...(asker === undefined ? {} : { asker }),
    front: {
      show(event) {
        events.push(event);
        waiting.get(event.event)?.();
      },
    },
  });
  return { session, events, shown: (event) => new Promise((resolve) => waiting.set(event, resolve)) };
}

const person: Asker = { ask: () => Promise.resolve(undefined), note() {} };

/** Lets everybody in; what is said is reacted to like this. */
function room(react: (message: ClientMessage, peer: Peer) => void): Promise<FakeServer> {
  return startFakeServer((message, peer) => {
    if (message.type === "hello") peer.send(welcome);
    else if (message.type === "quit") peer.close();
    else react(message, peer);
  });
}

/** A room that is never reached. */
const nowhere = () => startFakeServer(() => {});

function confirm(message: ClientMessage, peer: Peer): void {
  if (message.type !== "say") return;
  const { text, ref } = message;
  peer.send({ type: "said", id: 1, from: "alice", text, at: "2026-11-22T10:00:00.000Z", ref });
}

describe("before the room is joined", () => {
  test("a script that is ended with something to send has failed", async () => {
    using server = await nowhere();
    const { session } = stayAt(server);
    void session.intend({ do: "say", text: "hi" });
    session.finish();
    session.leave();
    expect(await session.run()).toBeFalse();
  });

  test("a script that is ended with nothing to send has not", async () => {
    using server = await nowhere();
    const { session } = stayAt(server);
    session.leave();
    expect(await session.run()).toBeTrue();
  });

  test.each(["quit", "the end of the input"])("a person leaves at once: %s", async (how) => {
    using server = await nowhere();
    const { session } = stayAt(server, person);
    const left = session.run();
    if (how === "quit") void session.intend({ do: "quit" });
    else session.finish();
    expect(await left).toBeTrue();
  });
});

describe("in the room", () => {
  test("a script leaves when all is confirmed", async () => {
    using server = await room(confirm);
    const { session, events } = stayAt(server);
    void session.intend({ do: "say", text: "hi" });
    session.finish();
    expect(await session.run()).toBeTrue();
    expect(events.map(({ event }) => event)).toEqual(["welcome", "said"]);
  });

  test("what the client refuses is a failure, and the next wish is done", async () => {
    using server = await room(confirm);
    const { session, events } = stayAt(server);
    void session.intend({ do: "say", text: '"'.repeat(40_000) });
    void session.intend({ do: "say", text: "hi" });
    session.finish();
    expect(await session.run()).toBeFalse();
    expect(events.slice(1)).toMatchObject([
      { event: "error", code: "text-too-long" },
      { event: "said", text: "hi" },
    ]);
  });

  test("a server that dies while a script leaves has lost what was not confirmed", async () => {
    using server = await room(() => {});
    const { session, shown } = stayAt(server);
    const welcomed = shown("welcome");
    const left = session.run();
    await welcomed;
    void session.intend({ do: "say", text: "hi" });
    session.leave();
    expect(await left).toBeFalse();
  });

  test("a person may leave before all is confirmed", async () => {
    using server = await room(() => {});
    const { session, shown } = stayAt(server, person);
    const welcomed = shown("welcome");
    const left = session.run();
    await welcomed;
    void session.intend({ do: "say", text: "hi" });
    void session.intend({ do: "quit" });
    expect(await left).toBeTrue();
  });

  test("a person who was refused something has seen it, and leaves well", async () => {
    using server = await room(() => {});
    const { session, shown } = stayAt(server, person);
    const welcomed = shown("welcome");
    const left = session.run();
    await welcomed;
    void session.intend({ do: "say", text: " " });
    void session.intend({ do: "quit" });
    expect(await left).toBeTrue();
  });
});

test("a script with too much on its way waits for the confirmations", async () => {
  using server = await room(confirm);
  const { session } = stayAt(server);
  const left = session.run();
  let taken = 0;
  const write = async () => {
    for (; taken < 200; taken += 1) await session.intend({ do: "say", text: `${taken}` });
    session.finish();
  };
  const written = write();
  await Bun.sleep(0);
  expect(taken).toBeLessThan(64);
  await written;
  expect(await left).toBeTrue();
});
