/** Tests attempts to be let into a room again, with servers that the tests play. */
import { describe, expect, test } from "bun:test";
import type { Prompter } from "../../../lib/client/api.ts";
import type { Joined } from "../../../lib/client/session/join.ts";
import type { Rejoin } from "../../../lib/client/session/rejoin.ts";
import { createRejoin } from "../../../lib/client/session/rejoin.ts";
import { welcome } from "../../support/fake-server.ts";
import type { FakeConnection } from "./fakes.ts";
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
) {
  const calls: string[] = [];
  const joined: Joined = {
    identity: "identity",
    introduction: { hello: { ...hello }, sign: () => Promise.resolve(signature) },
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
  });
  return { rejoin, calls, welcomes: handshake.welcomes };
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

  test.each(["too-many-tries", "too-slow", "connection-lost"])(
    "a goodbye with `%s` allows another attempt",
    async (code) => {
      const connection = refusing(code);
      const { rejoin } = createScene([connection]);
      expect([await rejoin.attempt(), connection.isClosed]).toEqual([false, true]);
    },
  );

  test("a goodbye with any other code ends all attempts", async () => {
    const { rejoin } = createScene([refusing("room-full")]);
    await expect(rejoin.attempt()).rejects.toMatchObject({ code: "room-full", status: 4 });
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
