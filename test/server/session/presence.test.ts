/** Names changing, people leaving in every way there is, and the end of the room. */
import { describe, expect, test } from "bun:test";
import { errorCodes, refusal } from "../../../lib/protocol/errors.ts";
import { deliveries } from "../../support/rooms.ts";
import { closings, createScene, effectsOf, messagesTo, namesIn, refusalsTo, sent } from "../room/scene.ts";

describe("a new name", () => {
  test("is told to the others, then to its bearer with the ref", () => {
    const scene = createScene();
    const [alice, bob] = [scene.join("alice"), scene.join("bob")];
    const effects = scene.tell(alice, { type: "rename", name: "al", ref: "r" });
    expect(deliveries(effects)).toEqual([
      { to: [bob], message: { type: "renamed", from: "alice", to: "al" } },
      { to: [alice], message: { type: "renamed", from: "alice", to: "al", ref: "r" } },
    ]);
    expect(effectsOf("log", effects)).toMatchObject([{ what: "renamed", name: "alice", detail: "al" }]);
    expect(
      messagesTo(bob, scene.tell(bob, { type: "whisper", to: "al", text: "hi", ref: "r" })),
    ).toHaveLength(1);
  });

  test("may be one's own in another case", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    expect(scene.tell(alice, { type: "rename", name: "ALICE" })).toContainEqual(
      sent([alice], { type: "renamed", from: "alice", to: "ALICE" }),
    );
  });

  test("that is the old one is confirmed, and news to nobody", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    scene.join("bob");
    expect(scene.tell(alice, { type: "rename", name: "alice", ref: "r" })).toEqual([
      sent([alice], { type: "renamed", from: "alice", to: "alice", ref: "r" }),
    ]);
  });

  test("that is taken or none at all changes nothing", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    scene.join("bob");
    for (const [name, code] of [
      ["BOB", "name-taken"],
      ["a b", "name-invalid"],
      ["bob\u17b4", "name-invalid"],
    ] as const) {
      const effects = scene.tell(alice, { type: "rename", name, ref: "r" });
      expect(messagesTo(alice, effects)).toEqual([
        expect.objectContaining({ type: "error", code, ref: "r" }),
      ]);
    }
    expect(namesIn(scene)).toEqual(["alice", "bob"]);
  });

  test("frees the old one", () => {
    const scene = createScene();
    const [alice, bob] = [scene.join("alice"), scene.join("bob")];
    scene.tell(alice, { type: "rename", name: "al" });
    expect(refusalsTo(bob, scene.tell(bob, { type: "rename", name: "Alice" }))).toEqual([]);
  });
});

describe("leaving", () => {
  test("by quit is told to the others, and closes without a reason", () => {
    const scene = createScene();
    const [alice, bob] = [scene.join("alice"), scene.join("bob")];
    expect(scene.tell(alice, { type: "quit" })).toEqual([
      sent([bob], { type: "left", name: "alice", reason: "quit" }),
      { type: "log", id: alice, what: "left", name: "alice", detail: "quit" },
      { type: "close", id: alice },
    ]);
    expect(scene.feed({ type: "closed", id: alice })).toEqual([]);
  });

  test("before the hello is told to nobody", () => {
    const scene = createScene();
    scene.join("bob");
    const id = scene.connect();
    expect(scene.tell(id, { type: "quit" })).toEqual([{ type: "close", id }]);
  });

  test("because the connection is gone is being lost", () => {
    const scene = createScene();
    const [alice, bob] = [scene.join("alice"), scene.join("bob")];
    expect(scene.feed({ type: "closed", id: alice })).toEqual([
      sent([bob], { type: "left", name: "alice", reason: "lost" }),
      { type: "log", id: alice, what: "left", name: "alice", detail: "lost" },
    ]);
    expect(namesIn(scene)).toEqual(["bob"]);
  });

  test.each(errorCodes)("because of %s is said goodbye to, and logged", (code) => {
    const scene = createScene();
    const [alice, bob] = [scene.join("alice"), scene.join("bob")];
    expect(scene.feed({ type: "broken", id: alice, why: refusal(code) })).toEqual([
      sent([bob], { type: "left", name: "alice", reason: "lost" }),
      { type: "log", id: alice, what: "left", name: "alice", detail: code },
      { type: "close", id: alice, why: expect.objectContaining({ code }) },
    ]);
    expect(scene.feed({ type: "broken", id: alice, why: refusal(code) })).toEqual([]);
  });

  test("of one whom nobody knows means nothing", () => {
    const scene = createScene();
    expect(scene.feed({ type: "closed", id: 99 })).toEqual([]);
    expect(scene.tell(99, { type: "who" })).toEqual([]);
  });
});

describe("the server stopping", () => {
  test("says goodbye to everyone, those who have not come in included", () => {
    const scene = createScene();
    const ids = [scene.join("alice"), scene.connect(), scene.join("bob")];
    expect(closings(scene.feed({ type: "shutdown" }))).toEqual(ids.map((id) => [id, "server-stopped"]));
    for (const id of ids) expect(scene.tell(id, { type: "who" })).toEqual([]);
  });

  test("leaves nothing to be done", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    scene.connect();
    scene.tell(alice, { type: "requestFloor", seconds: 5, ref: "r" });
    scene.feed({ type: "shutdown" });
    expect(scene.room.deadline()).toBeUndefined();
    expect(scene.tell(alice, { type: "say", text: "hi", ref: "r" })).toEqual([]);
    expect(scene.feed({ type: "closed", id: alice })).toEqual([]);
    scene.pass(100_000);
    expect(scene.tick()).toEqual([]);
  });
});
