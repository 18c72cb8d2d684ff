/** Tests how a session ends, and that it reconnects. */
import { describe, expect, test } from "bun:test";
import type { Room } from "../../../lib/client/session/ports.ts";
import { welcome } from "../../support/fake-server.ts";
import type { FakeConnection } from "./fakes.ts";
import { createFakeConnection, goodbye, settled } from "./fakes.ts";
import type { React } from "./scene.ts";
import { confirm, createScene, joined, nowhere, person, room } from "./scene.ts";

describe("leaving before the room is joined", () => {
  test("a script that has something to send ends with a failure", async () => {
    const { session } = createScene(nowhere);
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    session.leave();
    expect(await session.run()).toBeFalse();
  });

  test("a script that has nothing to send ends well", async () => {
    const { session } = createScene(nowhere);
    session.leave();
    expect(await session.run()).toBeTrue();
  });

  test.each(["quit", "the end of the input"])("a person leaves at once with %s", async (how) => {
    const { session } = createScene(nowhere, { prompter: person });
    const left = session.run();
    if (how === "quit") void session.submit({ type: "quit" });
    else session.finish();
    expect(await left).toBeTrue();
  });
});

describe("leaving the room", () => {
  test("a script leaves when everything is confirmed", async () => {
    const { session, events } = createScene(room(confirm));
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    expect(await session.run()).toBeTrue();
    expect(events.map(({ type }) => type)).toEqual(["welcome", "said"]);
  });

  test("a command that the client refuses makes a failure, and the next command is carried out", async () => {
    const { session, events } = createScene(room(confirm));
    void session.submit({ type: "say", text: '"'.repeat(40_000) });
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    expect(await session.run()).toBeFalse();
    expect(events.slice(1)).toMatchObject([
      { type: "error", code: "text-too-long" },
      { type: "said", text: "hi" },
    ]);
  });

  test("a script that leaves before its line is confirmed ends with a failure", async () => {
    const { session, left } = await joined(room());
    void session.submit({ type: "say", text: "hi" });
    session.leave();
    expect(await left).toBeFalse();
  });

  test("a person who leaves before their line is confirmed ends well", async () => {
    const { session, left } = await joined(room(), { prompter: person });
    void session.submit({ type: "say", text: "hi" });
    void session.submit({ type: "quit" });
    expect(await left).toBeTrue();
  });

  test("a person whose command was refused ends well", async () => {
    const { session, left } = await joined(room(), { prompter: person });
    void session.submit({ type: "say", text: " " });
    void session.submit({ type: "quit" });
    expect(await left).toBeTrue();
  });

  test("a server that does not close the connection is waited for one second", async () => {
    const silent: React = (message, connection) => {
      if (message.type === "hello") connection.receive(welcome);
    };
    const { session, left, clock } = await joined(silent);
    let isOver = false;
    void left.then(() => {
      isOver = true;
    });
    session.leave();
    await clock.pass(999);
    expect(isOver).toBeFalse();
    await clock.pass(1);
    expect(await left).toBeTrue();
  });
});

describe("a lost connection", () => {
  /** Lets in, and hands out its connections. */
  function rooms() {
    const connections: FakeConnection[] = [];
    const react = room((message, connection) => confirm(message, connection));
    const noted: React = (message, connection) => {
      if (message.type === "hello") connections.push(connection);
      react(message, connection);
    };
    return { connections, noted };
  }

  test("the session comes back at once, and goes on", async () => {
    const { connections, noted } = rooms();
    const { session, events, left, clock } = await joined(noted);
    connections[0]?.end();
    await clock.pass(0);
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    expect(await left).toBeTrue();
    expect(connections).toHaveLength(2);
    expect(events.slice(1)).toMatchObject([
      { type: "connection", state: "lost" },
      { type: "connection", state: "restored" },
      { type: "said", text: "hi" },
    ]);
  });

  test("a server that was stopped is waited for, and the reason is shown", async () => {
    const { connections, noted } = rooms();
    const { session, events, left, clock } = await joined(noted);
    connections[0]?.receive(goodbye("server-stopped"));
    await clock.pass(0);
    session.finish();
    expect(await left).toBeTrue();
    expect(events.slice(1)).toMatchObject([
      { type: "connection", state: "lost", reason: "server-stopped", message: "server-stopped." },
      { type: "connection", state: "restored" },
    ]);
  });

  test("a person who waits for a server that was stopped leaves at once", async () => {
    const { connections, noted } = rooms();
    const gone: Room = {
      place: "room:Lab 3",
      needsPassphrase: false,
      connect: async () => createFakeConnection(noted),
      track: () => ({ connect: () => Promise.resolve(undefined), close: () => Promise.resolve() }),
    };
    const { session, left, clock } = await joined(noted, { prompter: person, findRoom: async () => gone });
    connections[0]?.receive(goodbye("server-stopped"));
    await clock.pass(60_000);
    void session.submit({ type: "say", text: "waits" });
    void session.submit({ type: "quit" });
    expect(await left).toBeTrue();
  });

  test("a goodbye that refuses us ends the session", async () => {
    const { connections, noted } = rooms();
    const { left } = await joined(noted);
    connections[0]?.end({ code: "banned", message: "Banned." });
    await expect(left).rejects.toMatchObject({ code: "banned", status: 4 });
  });

  test("a script whose input has ended waits 30 seconds for it, and then gives its line back", async () => {
    const connections: FakeConnection[] = [];
    const noted: React = (message, connection) => {
      if (message.type === "hello") connections.push(connection);
      room()(message, connection);
    };
    const lostRoom: Room = {
      place: "room:Lab 3",
      needsPassphrase: false,
      connect: async () => createFakeConnection(noted),
      track: () => ({ connect: () => Promise.resolve(undefined), close: () => Promise.resolve() }),
    };
    const { session, left, clock, events } = await joined(noted, { findRoom: async () => lostRoom });
    void session.submit({ type: "say", text: "hi", ref: "r1" });
    session.finish();
    await clock.pass(0);
    connections[0]?.end();
    await clock.pass(29_999);
    expect(events.at(-1)).toMatchObject({ type: "pending" });
    await clock.pass(1);
    expect(await left).toBeFalse();
    expect(events).toContainEqual({
      type: "error",
      code: "not-confirmed",
      fate: "unknown",
      ref: "r1",
      text: "hi",
    });
  });
});

test("a script waits for confirmations when 64 lines are unconfirmed", async () => {
  const unanswered: (() => void)[] = [];
  const { session, left } = await joined(
    room((message, connection) => void unanswered.push(() => confirm(message, connection))),
  );
  let taken = 0;
  const write = async () => {
    for (; taken < 200; taken += 1) await session.submit({ type: "say", text: `${taken}` });
    session.finish();
  };
  const written = write();
  for (let round = 0; round < 10; round += 1) await settled();
  expect(taken).toBe(63);
  while (taken < 200) {
    for (const answer of unanswered.splice(0)) answer();
    await settled();
  }
  await written;
  for (const answer of unanswered.splice(0)) answer();
  expect(await left).toBeTrue();
});

test("the words for a key come from the port", async () => {
  const { session, events, shown } = await joined(
    room((message, connection) => {
      if (message.type !== "whois") return;
      connection.receive({ type: "person", ref: message.ref, name: "bob", key: "k", here: true });
    }),
  );
  const answered = shown("whois");
  void session.submit({ type: "whois", name: "bob" });
  await answered;
  expect(events.at(-1)).toMatchObject({ type: "whois", name: "bob", key: "k", words: "words of k" });
  session.leave();
});
