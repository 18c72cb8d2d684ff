/** Coming back: how long the pauses are, what is tried, and when it is over. Real sockets, no waiting for long. */
import { describe, expect, test } from "bun:test";
import { backoffDelayMs } from "../../../lib/base/backoff.ts";
import type { Found } from "../../../lib/client/desktop/find-room.ts";
import type { Introduction, Welcome } from "../../../lib/client/session/handshake.ts";
import type { ReturnOptions } from "../../../lib/client/session/reconnect.ts";
import { comeBack } from "../../../lib/client/session/reconnect.ts";
import { startFakeServer, welcome } from "../../support/fake-server.ts";

describe("the pause", () => {
  test("becomes longer with each failure, up to a bound, and is not everybody's the same", () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => backoffDelayMs(failures, 1));
    expect(longest).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    expect(backoffDelayMs(1, 0)).toBe(125);
  });
});

const hello = { name: "alice", voice: false, session: "s" };
const signed = { key: "k".repeat(43), signature: "s".repeat(86) };
const introduction: Introduction = { hello, sign: () => signed };

function foundAt(port: number): Found {
  const target = { hosts: ["127.0.0.1"], port, tls: false };
  return { target, isNamed: true, needsPassphrase: false, place: "here", otherIdentities: [], shown: "here" };
}

function optionsWith(fields: Partial<ReturnOptions> = {}) {
  const welcomes: Welcome[] = [];
  const options: ReturnOptions = {
    introduction,
    failuresBefore: 0,
    chance: () => 0,
    signal: new AbortController().signal,
    onWelcome(_link, message) {
      welcomes.push(message);
      return { message() {}, voice() {}, closed() {} };
    },
    ...fields,
  };
  return { options, welcomes };
}

describe("coming back", () => {
  test("says hello as before, and again until it is let in", async () => {
    const hellos: unknown[] = [];
    using server = await startFakeServer((message, peer) => {
      hellos.push(message);
      if (hellos.length < 3) peer.close();
      else peer.send(welcome);
    });
    const { options, welcomes } = optionsWith();
    await comeBack({ found: foundAt(server.port), identity: undefined }, options);
    expect(hellos).toEqual(
      Array.from({ length: 3 }, () => ({ type: "hello", protocol: 1, ...hello, ...signed })),
    );
    expect(welcomes).toHaveLength(1);
  });

  test("goes on where many of one address come back at once, and the server takes no more tries for a while", async () => {
    let hellos = 0;
    using server = await startFakeServer((_, peer) => {
      hellos += 1;
      if (hellos > 1) peer.send(welcome);
      else peer.send({ type: "goodbye", code: "too-many-tries", message: "Too many tries.", seconds: 30 });
    });
    const { options, welcomes } = optionsWith();
    await comeBack({ found: foundAt(server.port), identity: undefined }, options);
    expect([hellos, welcomes.length]).toEqual([2, 1]);
  });

  test("asks a person for another name when ours is taken, and ends a script", async () => {
    const names: string[] = [];
    using server = await startFakeServer((message, peer) => {
      if (message.type !== "hello") return;
      names.push(message.name);
      if (message.name !== "alicia") peer.send({ type: "goodbye", code: "name-taken", message: "Taken." });
      else peer.send(welcome);
    });
    const known = { found: foundAt(server.port), identity: undefined };
    const answers = ["no name", "alicia"];
    const asker = { ask: async () => answers.shift(), note() {} };
    const { options, welcomes } = optionsWith({ asker });
    await comeBack(known, options);
    expect([names, welcomes.length]).toEqual([["alice", "alicia"], 1]);
    await expect(comeBack(known, optionsWith().options)).rejects.toMatchObject({
      code: "name-taken",
      status: 4,
    });
  });

  test("is over when the server will not have us", async () => {
    using server = await startFakeServer((_, peer) =>
      peer.send({ type: "goodbye", code: "room-full", message: "Full." }),
    );
    const known = { found: foundAt(server.port), identity: undefined };
    await expect(comeBack(known, optionsWith().options)).rejects.toMatchObject({ code: "room-full" });
  });

  test("stops when it is told to, in a pause", async () => {
    using server = await startFakeServer(() => {});
    const { port } = server;
    server[Symbol.dispose]();
    const stop = new AbortController();
    const chance = (): number => {
      stop.abort();
      return 1;
    };
    const { options, welcomes } = optionsWith({ signal: stop.signal, chance });
    await comeBack({ found: foundAt(port), identity: undefined }, options);
    expect(welcomes).toEqual([]);
  });
});
