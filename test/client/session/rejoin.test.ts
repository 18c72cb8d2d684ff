/** Tests attempts to be let into a room again, with servers that the tests play. */
import { describe, expect, test } from "bun:test";
import type { Prompter } from "../../../lib/client/api.ts";
import type { Joined } from "../../../lib/client/session/join.ts";
import type { Rejoin } from "../../../lib/client/session/rejoin.ts";
import { createRejoin } from "../../../lib/client/session/rejoin.ts";
import { welcome } from "../../support/fake-server.ts";
import type { FakeClock, FakeConnection } from "./fakes.ts";
import {
  createFakeClock,
  createFakeConnection,
  goodbye,
  handshakeOptions,
  settled,
  signature,
} from "./fakes.ts";

const hello = { name: "alice", voice: false, session: "s" };

/** Servers that are reached one after another; undefined: an attempt without a connection. */
function createScene(
  connections: (FakeConnection | undefined | Promise<FakeConnection>)[],
  prompter?: Prompter,
  sign = () => Promise.resolve(signature),
) {
  const calls: string[] = [];
  const joined: Joined = {
    identity: "identity",
    introduction: { hello: { ...hello }, sign },
    room: {
      place: "room:Lab 3",
      needsPassphrase: false,
      connect: () => Promise.reject(new Error("the tracker connects")),
      track(identity) {
        calls.push(`track ${identity}`);
        return {
          connect: () => Promise.resolve(connections.shift()),
          async close() {
            calls.push("close");
          },
        };
      },
    },
  };
  const handshake = handshakeOptions(createFakeClock());
  const rejoin: Rejoin = createRejoin({
    ...handshake,
    joined: Promise.resolve(joined),
    prompter,
    name: () => "alice",
    onChange() {},
    onKeptOut: ({ code }) => void calls.push(`kept out: ${code}`),
  });
  return { rejoin, calls, clock: handshake.clock as FakeClock, welcomes: handshake.welcomes };
}

const open = () => createFakeConnection((_, connection) => connection.receive(welcome));
const refusing = (code: string) => createFakeConnection((_, connection) => connection.receive(goodbye(code)));

describe("an attempt to rejoin", () => {
  test("it says hello as before, under the name that we had", async () => {
    const connection = open();
    const { rejoin, calls, welcomes } = createScene([connection]);
    expect(await rejoin.attempt()).toBeTrue();
    expect(connection.sent).toEqual([{ type: "hello", protocol: 1, ...hello, ...signature }]);
    expect([welcomes.length, calls]).toEqual([1, ["track identity"]]);
  });

  test("it fails without a connection, and the next one uses the same tracker", async () => {
    const { rejoin, calls } = createScene([undefined, open()]);
    expect(await rejoin.attempt()).toBeFalse();
    expect(await rejoin.attempt()).toBeTrue();
    expect(calls).toEqual(["track identity"]);
  });

  test("the tracker is closed after the welcome, and the next loss begins another one", async () => {
    const { rejoin, calls } = createScene([open(), open()]);
    await rejoin.attempt();
    rejoin.pause();
    await rejoin.attempt();
    expect(calls).toEqual(["track identity", "close", "track identity"]);
  });

  test.each([
    "server-stopped",
    "hello-timeout",
    "too-many",
    "closed-at-once",
    "too-many-tries",
    "too-slow",
    "connection-lost",
    "not-holler",
  ])("a goodbye with `%s` allows another attempt", async (code) => {
    const connection = refusing(code);
    const { rejoin, calls } = createScene([connection]);
    expect([await rejoin.attempt(), connection.isClosed]).toEqual([false, true]);
    expect(calls).toEqual(["track identity"]);
  });

  test.each(["room-full", "address-full", "room-locked"])(
    "a goodbye with `%s` is told, and allows another attempt",
    async (code) => {
      const { rejoin, calls } = createScene([refusing(code)]);
      expect(await rejoin.attempt()).toBeFalse();
      expect(calls).toEqual(["track identity", `kept out: ${code}`]);
    },
  );

  test.each(["banned", "kicked", "replaced", "flooded", "protocol-version", "bad-signature", "unknown"])(
    "a goodbye with `%s` ends all attempts",
    async (code) => {
      const { rejoin } = createScene([refusing(code)]);
      await expect(rejoin.attempt()).rejects.toMatchObject({ code });
    },
  );

  test("a server that does not answer the hello allows another attempt", async () => {
    const { rejoin, clock } = createScene([createFakeConnection()]);
    const attempt = rejoin.attempt();
    await clock.pass(10_000);
    expect(await attempt).toBeFalse();
  });

  test("an error of our own ends all attempts", async () => {
    const connection = open();
    const { rejoin } = createScene([connection], undefined, () => Promise.reject(new Error("no key")));
    await expect(rejoin.attempt()).rejects.toThrow("no key");
    expect(connection.isClosed).toBeTrue();
  });

  test("a person is asked for another name when ours is taken", async () => {
    const answers = ["no name", "alicia"];
    const told: string[] = [];
    const prompter: Prompter = {
      ask: async () => answers.shift(),
      tell: ({ type }) => void told.push(type),
    };
    const connection = open();
    const { rejoin, welcomes } = createScene([refusing("name-taken"), connection], prompter);
    expect(await rejoin.attempt()).toBeTrue();
    expect(connection.sent).toMatchObject([{ type: "hello", name: "alicia" }]);
    expect([welcomes.length, told]).toEqual([1, ["refused", "bad-answer"]]);
  });

  test("a script whose name is taken fails", async () => {
    const { rejoin } = createScene([refusing("name-taken")]);
    await expect(rejoin.attempt()).rejects.toMatchObject({ code: "name-taken", status: 4 });
  });

  test("a connection that opens after the stop is closed without a word", async () => {
    const connection = open();
    const opening = Promise.withResolvers<FakeConnection>();
    const { rejoin, welcomes } = createScene([opening.promise]);
    const attempt = rejoin.attempt();
    await settled();
    rejoin.stop();
    opening.resolve(connection);
    await attempt;
    expect([connection.isClosed, connection.sent, welcomes]).toEqual([true, [], []]);
  });
});
