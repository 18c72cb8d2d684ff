/** Every answer to a hello, and the end of connections that say none. */
import { describe, expect, test } from "bun:test";
import type { ErrorCode } from "../../../lib/protocol/errors.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { CoreMessage } from "../../../lib/server/core.ts";
import {
  closings,
  createScene,
  effectsOf,
  hello,
  local,
  messagesTo,
  namesIn,
  origin,
  sent,
} from "../room/scene.ts";

describe("a hello", () => {
  test("is answered by a welcome with all members, after the others were told", () => {
    const scene = createScene({ motd: "Be kind." });
    const bob = scene.join("bob");
    const alice = scene.connect();
    const effects = scene.tell(alice, hello("alice"));
    expect(effectsOf("send", effects)).toEqual([
      sent([bob], { type: "joined", name: "alice", guest: true }),
      sent([alice], {
        type: "welcome",
        protocol: 1,
        you: "alice",
        room: "Lab 3",
        members: ["bob"],
        lastId: 41,
        talking: [],
        motd: "Be kind.",
        server: "holler-server test",
        history: scene.history.name,
        guests: ["bob"],
      }),
    ]);
    expect(effectsOf("log", effects)).toMatchObject([{ id: alice, what: "joined", name: "alice" }]);
    expect(namesIn(scene)).toEqual(["bob", "alice"]);
  });

  test("of the first member is answered by a welcome without members", () => {
    const scene = createScene();
    const alice = scene.connect();
    const [first] = scene.tell(alice, hello("Zoe\u0308"));
    expect(first).toMatchObject({ type: "send", to: [alice], message: { you: "Zoë", members: [] } });
  });

  test("is answered with the transmissions to everyone, not with those to one person", () => {
    const scene = createScene({ speakersMax: 2 });
    const bob = scene.join("bob");
    const carol = scene.join("carol");
    scene.tell(bob, { type: "requestFloor", seconds: 5, ref: "r" });
    scene.tell(carol, { type: "requestFloor", seconds: 5, to: "bob", ref: "r" });
    const early = scene.connect();
    expect(messagesTo(early, scene.tell(early, hello("early")))[0]).toMatchObject({ talking: [] });
    scene.speak(bob, 1);
    scene.speak(carol, 2);
    const late = scene.connect();
    const [welcome] = messagesTo(late, scene.tell(late, hello("late")));
    expect(welcome).toMatchObject({ talking: [{ stream: 1, from: "bob" }] });
  });

  const refused: [string, CoreMessage, string][] = [
    ["a name that is taken", hello("bob"), "name-taken"],
    ["a name taken in another case", hello("BOB"), "name-taken"],
    ["no name", hello(""), "name-invalid"],
    ["a name with a blank", hello("b ob"), "name-invalid"],
    ["a name too long", hello("b".repeat(25)), "name-invalid"],
    ["an older protocol", { ...hello("alice"), protocol: 0 } as CoreMessage, "protocol-version"],
    ["a newer protocol", { ...hello("alice"), protocol: 2 } as CoreMessage, "protocol-version"],
  ];
  test.each(refused)("with %s is refused with a code, and no member is told", (_, message, code) => {
    const scene = createScene();
    scene.join("bob");
    const id = scene.connect();
    const effects = scene.tell(id, message);
    expect(closings(effects)).toEqual([[id, code as ErrorCode]]);
    expect(effectsOf("send", effects)).toEqual([]);
    expect(effectsOf("log", effects)).toMatchObject([{ what: "refused", name: "", detail: code }]);
    expect(namesIn(scene)).toEqual(["bob"]);
    expect(scene.feed({ type: "closed", id })).toEqual([]);
  });

  test("is refused in a full room, until a member leaves", () => {
    const scene = createScene({ clientsMax: 2 });
    const bob = scene.join("bob");
    scene.join("carol");
    const id = scene.connect();
    expect(closings(scene.tell(id, hello("dave")))).toEqual([[id, "room-full"]]);
    scene.feed({ type: "closed", id: bob });
    const again = scene.connect();
    expect(closings(scene.tell(again, hello("dave")))).toEqual([]);
  });

  test("may have the former name of a guest who left or changed it", () => {
    const scene = createScene();
    const bob = scene.join("bob");
    const carol = scene.join("carol");
    scene.feed({ type: "closed", id: bob });
    scene.tell(carol, { type: "rename", name: "caroline" });
    for (const name of ["bob", "carol"]) {
      const id = scene.connect();
      expect(closings(scene.tell(id, hello(name)))).toEqual([]);
    }
  });
});

describe("a pending connection", () => {
  test("is closed with `hello-timeout` once it has waited for helloTimeoutMs", () => {
    const scene = createScene();
    const first = scene.connect();
    scene.pass(1);
    const second = scene.connect();
    expect(scene.core.deadline()).toBe(limits.helloTimeoutMs);
    scene.pass(limits.helloTimeoutMs - 2);
    expect(scene.tick()).toEqual([]);
    scene.pass(1);
    expect(closings(scene.tick())).toEqual([[first, "hello-timeout"]]);
    expect(scene.core.deadline()).toBe(limits.helloTimeoutMs + 1);
    scene.pass(1);
    expect(closings(scene.tick())).toEqual([[second, "hello-timeout"]]);
    expect(scene.core.deadline()).toBeUndefined();
  });

  test("is closed with `too-many` when it waits longest of more than pendingConnectionsMax", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    const idle = Array.from({ length: limits.pendingConnectionsMax }, () => scene.connect());
    const [longest = 0, next = 0] = idle;
    const bob = 1 + alice + idle.length;
    expect(closings(scene.feed({ type: "connected", id: bob, origin: local }))).toEqual([
      [longest, "too-many"],
    ]);
    scene.tell(bob, hello("bob"));
    expect(namesIn(scene)).toEqual(["alice", "bob"]);
    expect(scene.feed({ type: "connected", id: bob + 1, origin: local })).toEqual([]);
    expect(closings(scene.feed({ type: "connected", id: bob + 2, origin: local }))).toEqual([
      [next, "too-many"],
    ]);
  });

  test("is closed with `too-many` when it waits longest of more than the server has room for, which one address cannot use up", () => {
    const scene = createScene({ pendingMax: 4 });
    const [longest, next] = [scene.connect(origin()), scene.connect(origin())];
    expect(closings(scene.feed({ type: "connected", id: 3, origin: origin() }))).toEqual([
      [longest, "too-many"],
    ]);
    for (const id of [4, 5])
      expect(closings(scene.feed({ type: "connected", id, origin: local }))).toEqual([]);
    expect(closings(scene.feed({ type: "connected", id: 6, origin: local }))).toEqual([[next, "too-many"]]);
  });

  test("leaves no deadline behind once it has joined or is gone", () => {
    const scene = createScene();
    scene.join("alice");
    const id = scene.connect();
    scene.feed({ type: "closed", id });
    expect(scene.core.deadline()).toBeUndefined();
    scene.pass(limits.helloTimeoutMs);
    expect(scene.tick()).toEqual([]);
  });
});
