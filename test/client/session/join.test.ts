/** Tests joining a room, with a room and a person that the tests play. */
import { describe, expect, test } from "bun:test";
import { exitStatus, Failure } from "../../../lib/base/failure.ts";
import type { Prompter } from "../../../lib/client/api.ts";
import type { JoinOptions } from "../../../lib/client/session/join.ts";
import { joinRoom } from "../../../lib/client/session/join.ts";
import type { Room } from "../../../lib/client/session/ports.ts";
import type { ClientMessageOf } from "../../../lib/protocol/messages.ts";
import { welcome } from "../../support/fake-server.ts";
import { createFakeClock, createFakeConnection, goodbye, handshakeOptions, signature } from "./fakes.ts";

interface Played {
  options?: Partial<JoinOptions>;
  prompter?: Prompter;
  lastName?: string;
  room?: Partial<Room>;
  isKeyKept?: boolean;
  /** The code of the refusal of this hello; undefined: it is let in. */
  refuses?: (message: ClientMessageOf<"hello">) => string | undefined;
}

/** Joins, and notes each hello and what is remembered. */
function join({ options, prompter, lastName, room, isKeyKept = true, refuses = () => undefined }: Played) {
  const hellos: ClientMessageOf<"hello">[] = [];
  const kept: string[] = [];
  const played: Room = {
    place: "room:Lab 3",
    needsPassphrase: false,
    connect: async () =>
      createFakeConnection((message, connection) => {
        if (message.type !== "hello") return;
        hellos.push(message);
        const code = refuses(message);
        connection.receive(code === undefined ? welcome : goodbye(code));
      }, "identity"),
    track: () => ({ connect: () => Promise.resolve(undefined), close: () => Promise.resolve() }),
    ...room,
  };
  const clock = createFakeClock();
  const joining = joinRoom({
    ...handshakeOptions(clock),
    options: { proposedName: "login", guest: false, client: "test", ...options },
    ports: {
      findRoom: () => Promise.resolve(played),
      loadKey: () => Promise.resolve({ isKept: isKeyKept, sign: () => Promise.resolve(signature) }),
      names: {
        lastName: () => Promise.resolve(lastName),
        async keepLastName(name) {
          kept.push(name);
        },
      },
      random: () => 0,
      ...(prompter === undefined ? {} : { prompter }),
    },
    sessionId: "s",
    hearsVoice: true,
  });
  return { joining, hellos, kept, clock };
}

const namesOf = (hellos: { name: string }[]) => hellos.map(({ name }) => name);

describe("the name of a script", () => {
  test("the name that was asked for is used and remembered", async () => {
    const { joining, hellos, kept } = join({ options: { name: "alice" } });
    expect(await joining).toMatchObject({ identity: "identity" });
    expect([namesOf(hellos), kept]).toEqual([["alice"], ["alice"]]);
  });

  test("without one the last name or the proposed one is used, with a number while it is taken, and not remembered", async () => {
    const refuses = ({ name }: { name: string }) => (name.endsWith("-3") ? undefined : "name-taken");
    const { joining, hellos, kept } = join({ lastName: "bob", refuses });
    await joining;
    expect([namesOf(hellos), kept]).toEqual([["bob", "bob-2", "bob-3"], []]);
    const other = join({});
    await other.joining;
    expect(namesOf(other.hellos)).toEqual(["login"]);
  });

  test("a name that was asked for and is taken fails", async () => {
    const { joining } = join({ options: { name: "alice" }, refuses: () => "name-taken" });
    await expect(joining).rejects.toMatchObject({ code: "name-taken", status: 4 });
  });
});

describe("a person", () => {
  test("they are asked for a name until one is free, and it is remembered", async () => {
    const answers = ["bob", "bobby"];
    const asked: unknown[] = [];
    const prompter: Prompter = {
      async ask(question) {
        asked.push(question);
        return answers.shift();
      },
      tell: (notice) => void asked.push(notice.type),
    };
    const refuses = ({ name }: { name: string }) => (name === "bob" ? "name-taken" : undefined);
    const { joining, kept } = join({ prompter, refuses });
    await joining;
    const question = { type: "name", fallback: "login" };
    expect([asked, kept]).toEqual([[question, "refused", question], ["bobby"]]);
  });

  test("leaving in place of an answer ends joining without a failure", async () => {
    const prompter: Prompter = { ask: async () => undefined, tell() {} };
    const { joining, hellos } = join({ prompter });
    await expect(joining).rejects.toMatchObject({ code: "left", status: 0 });
    expect(hellos).toEqual([]);
  });
});

describe("the hello", () => {
  test.each([
    [{ options: { guest: true } }, true],
    [{ isKeyKept: false }, true],
    [{}, undefined],
  ] as [Played, true | undefined][])("with %j its guest mark is %p", async (played, guest) => {
    const { joining, hellos } = join(played);
    await joining;
    expect(hellos).toMatchObject([{ voice: true, client: "test", session: "s", ...signature }]);
    expect(hellos[0]?.guest).toBe(guest);
  });
});

describe("the identity of the server", () => {
  test("it is checked before the hello, and remembered after the welcome", async () => {
    const steps: string[] = [];
    const checkIdentity = async (identity: string, hasPassphrase: boolean) => {
      steps.push(`check ${identity} ${hasPassphrase}`);
      return async () => void steps.push("remember");
    };
    await join({
      room: { checkIdentity },
      refuses: () => {
        steps.push("hello");
        return undefined;
      },
    }).joining;
    expect(steps).toEqual(["check identity false", "hello", "remember"]);
  });

  test("an identity that is not trusted ends joining before the hello", async () => {
    const checkIdentity = () => Promise.reject(new Error("changed"));
    const { joining, hellos } = join({ room: { checkIdentity } });
    await expect(joining).rejects.toThrow("changed");
    expect(hellos).toEqual([]);
  });

  test("an identity is not remembered when the server refuses us", async () => {
    let isRemembered = false;
    const checkIdentity = async () => async () => {
      isRemembered = true;
    };
    const { joining } = join({ room: { checkIdentity }, refuses: () => "room-full" });
    await expect(joining).rejects.toMatchObject({ code: "room-full" });
    expect(isRemembered).toBeFalse();
  });
});

describe("a server that stops, or is busy, when we come in", () => {
  test.each(["server-stopped", "too-many", "hello-timeout"])("is tried again after `%s`", async (code) => {
    let left = 2;
    const refuses = () => {
      left -= 1;
      return left >= 0 ? code : undefined;
    };
    const { joining, hellos, clock } = join({ refuses });
    await clock.pass(1_000);
    await joining;
    expect(hellos).toHaveLength(3);
  });

  test("is tried again after it closed the connection before it could answer", async () => {
    const ends = [
      (): never => {
        throw new Failure("closed-at-once", exitStatus.failed, "It closed the connection.");
      },
      () => createFakeConnection((_, connection) => connection.end()),
      () => createFakeConnection((_, connection) => connection.receive(welcome)),
    ];
    const { joining, clock } = join({
      room: { connect: async () => ends.shift()?.() ?? expect.unreachable() },
    });
    await Promise.all([joining, clock.pass(1_000)]);
    expect(ends).toEqual([]);
  });

  test("is waited for ten seconds, also while nothing answers; then the goodbye is the failure", async () => {
    const gone = new Failure("no-answer", exitStatus.failed, "Nothing answers.");
    let connections = 0;
    const stopping = createFakeConnection((_, connection) => connection.receive(goodbye("server-stopped")));
    const connect = async () => {
      connections += 1;
      if (connections === 1) return stopping;
      throw gone;
    };
    const { joining, clock } = join({ room: { connect } });
    const outcome = joining.catch((thrown) => thrown);
    await clock.pass(9_000);
    expect(await Promise.race([outcome, "waits"])).toBe("waits");
    await clock.pass(8_000);
    expect(await outcome).toBe(gone);
    expect(connections).toBeGreaterThan(4);
  });

  test("fails at once when it is another one meanwhile", async () => {
    const changed = new Failure("identity-changed", exitStatus.identityChanged, "Changed.");
    let times = 0;
    const checkIdentity = async () => {
      times += 1;
      if (times > 1) throw changed;
      return async () => {};
    };
    const { joining, clock } = join({ room: { checkIdentity }, refuses: () => "server-stopped" });
    const outcome = joining.catch((thrown) => thrown);
    await clock.pass(1_000);
    expect(await outcome).toBe(changed);
  });
});
