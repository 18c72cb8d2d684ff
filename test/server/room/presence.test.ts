/** Members change their names and leave in every way, and the server stops. */
import { describe, expect, test } from "bun:test";
import { errorCodes, refusal } from "../../../lib/protocol/errors.ts";
import { deliveries } from "../../support/rooms.ts";
import { closings, createScene, effectsOf, messagesTo, namesIn, refusalsTo, sent } from "./scene.ts";

describe("a new name", () => {
  test("is told to the others, and then to its member with the ref", () => {
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

  test("may be the old one in another case", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    expect(scene.tell(alice, { type: "rename", name: "ALICE" })).toContainEqual(
      sent([alice], { type: "renamed", from: "alice", to: "ALICE" }),
    );
  });

  test("that equals the old one is confirmed, and no other member is told", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    scene.join("bob");
    expect(scene.tell(alice, { type: "rename", name: "alice", ref: "r" })).toEqual([
      sent([alice], { type: "renamed", from: "alice", to: "alice", ref: "r" }),
    ]);
  });

  test("that is taken or invalid is refused, and nothing changes", () => {
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

  test("is the last in the list of members, as if it had just joined", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    scene.join("bob");
    scene.tell(alice, { type: "rename", name: "al" });
    expect(namesIn(scene)).toEqual(["bob", "al"]);
  });

  test("makes the old one free", () => {
    const scene = createScene();
    const [alice, bob] = [scene.join("alice"), scene.join("bob")];
    scene.tell(alice, { type: "rename", name: "al" });
    expect(refusalsTo(bob, scene.tell(bob, { type: "rename", name: "Alice" }))).toEqual([]);
  });
});

describe("a member", () => {
  test("who quits is announced as left, and its connection is closed without a refusal", () => {
    const scene = createScene();
    const [alice, bob] = [scene.join("alice"), scene.join("bob")];
    const effects = scene.tell(alice, { type: "quit" });
    expect(deliveries(effects)).toEqual([
      { to: [bob], message: { type: "left", name: "alice", reason: "quit" } },
    ]);
    expect(closings(effects)).toEqual([[alice, undefined]]);
    expect(effectsOf("log", effects)).toMatchObject([{ what: "left", name: "alice", detail: "quit" }]);
    expect(scene.feed({ type: "closed", id: alice })).toEqual([]);
  });

  test("is not announced as left when it quits before its hello", () => {
    const scene = createScene();
    scene.join("bob");
    const id = scene.connect();
    expect(scene.tell(id, { type: "quit" })).toEqual([{ type: "close", id }]);
  });

  test("without a key is announced as lost when its connection is gone", () => {
    const scene = createScene();
    const [alice, bob] = [scene.join("alice"), scene.join("bob")];
    expect(deliveries(scene.feed({ type: "closed", id: alice }))).toEqual([
      { to: [bob], message: { type: "left", name: "alice", reason: "lost" } },
    ]);
    expect(namesIn(scene)).toEqual(["bob"]);
  });

  test.each(errorCodes)("whose connection breaks with %s leaves, and is told this code", (code) => {
    const scene = createScene();
    const [alice, bob] = [scene.join("alice"), scene.join("bob")];
    const effects = scene.feed({ type: "broken", id: alice, why: refusal(code) });
    expect(deliveries(effects)).toEqual([
      { to: [bob], message: { type: "left", name: "alice", reason: "lost" } },
    ]);
    expect(closings(effects)).toEqual([[alice, code]]);
    expect(effectsOf("log", effects)).toMatchObject([{ what: "left", name: "alice", detail: code }]);
    expect(scene.feed({ type: "broken", id: alice, why: refusal(code) })).toEqual([]);
  });

  test("that does not exist has no effect", () => {
    const scene = createScene();
    expect(scene.feed({ type: "closed", id: 99 })).toEqual([]);
    expect(scene.tell(99, { type: "who" })).toEqual([]);
  });
});

describe("the shutdown", () => {
  test("closes every connection with `server-stopped`, pending ones included", () => {
    const scene = createScene();
    const ids = [scene.join("alice"), scene.connect(), scene.join("bob")];
    expect(closings(scene.feed({ type: "shutdown" }))).toEqual(ids.map((id) => [id, "server-stopped"]));
    for (const id of ids) expect(scene.tell(id, { type: "who" })).toEqual([]);
  });

  test("keeps the members present, each with what it has read", () => {
    const scene = createScene();
    const [, bob] = [scene.joinWithKey("alice"), scene.joinWithKey("bob"), scene.join("guest without a key")];
    scene.lose(bob);
    expect(effectsOf("presence", scene.feed({ type: "shutdown" }))).toMatchObject([
      { name: "alice", isPresent: true },
    ]);
    const present = [...scene.history.people.values()].filter(({ isPresent }) => isPresent);
    expect(present.map(({ name }) => name)).toEqual(["alice", "bob"]);
  });

  test("leaves no deadline, and later inputs have no effect", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    scene.connect();
    scene.tell(alice, { type: "requestFloor", seconds: 5, ref: "r" });
    scene.feed({ type: "shutdown" });
    expect(scene.core.deadline()).toBeUndefined();
    expect(scene.tell(alice, { type: "say", text: "hi", ref: "r" })).toEqual([]);
    expect(scene.feed({ type: "closed", id: alice })).toEqual([]);
    scene.pass(100_000);
    expect(scene.tick()).toEqual([]);
  });
});
