/** Operators: how they are made, recognised and protected; and names that are released. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import { consoleId } from "../../../lib/server/core.ts";
import { bobCredentials, createModerationScene, refusedAs, say, told } from "./moderation-scene.ts";
import { createScene, effectsOf, messagesTo, reconnect, refusalsTo } from "./scene.ts";

describe("an operator", () => {
  test("is made and unmade by another operator, and no other member is told", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    for (const action of ["op", "deop"] as const) {
      const effects = moderate(alice, { action, name: "bob" });
      const moderated = { type: "moderated", action, by: "alice", name: "Bob" } as const;
      expect(told(effects, alice, bob, carol)).toEqual([[{ ...moderated, ref: "m" }], [moderated], []]);
      const codes = refusalsTo(bob, moderate(bob, { action: "bans" }));
      expect(codes).toEqual(action === "op" ? [] : ["not-operator"]);
    }
    expect(scene.registry.isOperator("key of Bob")).toBeFalse();
  });

  test("is recognised by its key under another name, and its welcome says so", () => {
    const { scene, alice, bob, moderate } = createModerationScene();
    moderate(alice, { action: "op", name: "bob" });
    scene.tell(bob, { type: "quit" });
    const back = reconnect(scene, "robert", bobCredentials);
    expect(messagesTo(back.id, back.effects)[0]).toMatchObject({ type: "welcome", operator: true });
    expect(refusalsTo(back.id, moderate(back.id, { action: "bans" }))).toEqual([]);
  });

  test.each(["op", "deop"] as const)("%s is refused for a guest with `is-guest`", (action) => {
    const { scene, alice, moderate } = createModerationScene();
    scene.joinWithKey("dave", { publicKey: "D", guest: true });
    for (const name of ["carol", "dave"])
      expect(messagesTo(alice, moderate(alice, { action, name }))).toMatchObject([
        { code: "is-guest", name },
      ]);
  });

  test("is recognised by its key as a guest, and cannot be made or unmade under the name of a guest", () => {
    const { scene, alice, bob, moderate } = createModerationScene();
    moderate(alice, { action: "op", name: "bob" });
    scene.tell(bob, { type: "quit" });
    const guest = reconnect(scene, "robert", { publicKey: "key of Bob", guest: true });
    expect(messagesTo(guest.id, guest.effects)[0]).toMatchObject({ type: "welcome", operator: true });
    expect(refusalsTo(guest.id, moderate(guest.id, { action: "bans" }))).toEqual([]);
    expect(refusalsTo(alice, moderate(alice, { action: "deop", name: "robert" }))).toEqual(["is-guest"]);
    expect(refusalsTo(alice, moderate(alice, { action: "deop", name: "bob" }))).toEqual([]);
    expect(refusalsTo(guest.id, moderate(guest.id, { action: "bans" }))).toEqual(["not-operator"]);
  });

  test.each(["deop", "release"] as const)("by the option --op is protected from %s", (action) => {
    const { scene, alice, bob, moderate } = createModerationScene();
    moderate(alice, { action: "op", name: "bob" });
    for (const id of [alice, bob, consoleId]) {
      const message = { type: "moderate", action, name: "alice", ref: "m" } as const;
      const effects = id === consoleId ? scene.feed({ type: "console", message }) : moderate(id, message);
      expect(messagesTo(id, effects)).toMatchObject([{ code: "operator-by-name", name: "alice" }]);
      expect(effectsOf("registry-change", effects)).toEqual([]);
    }
  });

  test("by the option --op stays one under another name, and may release that name", () => {
    const { alice, bob, scene, moderate } = createModerationScene();
    moderate(alice, { action: "op", name: "bob" });
    scene.tell(alice, { type: "rename", name: "alicia" });
    expect(refusalsTo(bob, moderate(bob, { action: "deop", name: "alicia" }))).toEqual(["operator-by-name"]);
    expect(refusalsTo(alice, moderate(alice, { action: "release", name: "alicia" }))).toEqual([]);
  });

  test("has no rate limits", () => {
    const { scene, alice, bob } = createModerationScene();
    for (let line = 0; line < limits.linesBurst; line += 1) expect(say(scene, bob)).toEqual([]);
    expect(say(scene, bob)).toEqual(["too-fast"]);
    for (let line = 0; line < 2 * limits.messagesBurst; line += 1) expect(say(scene, alice)).toEqual([]);
  });

  test("has no advantage where rate limits are off", () => {
    const scene = createScene({ limitsSenders: false });
    const bob = scene.join("bob");
    for (let line = 0; line < 2 * limits.messagesBurst; line += 1) expect(say(scene, bob)).toEqual([]);
  });
});

describe("a released name", () => {
  test("stays in use as a guest's, and is free once its user has left", () => {
    const { scene, alice, bob, moderate } = createModerationScene();
    expect(told(moderate(bob, { action: "release", name: "BOB" }), bob, alice)).toMatchObject([
      [{ name: "Bob" }],
      [],
    ]);
    expect(refusedAs(scene, "bob", { publicKey: "D" })).toBe("name-taken");
    expect(messagesTo(alice, scene.tell(alice, { type: "whois", name: "bob", ref: "r" }))).toMatchObject([
      { guest: true },
    ]);
    scene.tell(bob, { type: "rename", name: "BOB" });
    expect(scene.registry.owner("bob"), "another spelling does not claim it again").toBeUndefined();
    scene.tell(bob, { type: "quit" });
    expect(refusedAs(scene, "bob", { publicKey: "D" })).toBeUndefined();
    expect(scene.registry.owner("bob")?.publicKey).toBe("D");
  });

  test("may be taken from one who is not here, by operators alone", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    scene.tell(bob, { type: "quit" });
    expect(messagesTo(carol, moderate(carol, { action: "release", name: "bob" }))).toMatchObject([
      { code: "not-yours", name: "Bob" },
    ]);
    moderate(alice, { action: "release", name: "bob" });
    expect(refusedAs(scene, "bob", { publicKey: "D" })).toBeUndefined();
  });

  test("is theirs again by coming in anew", () => {
    const { scene, bob, moderate } = createModerationScene();
    moderate(bob, { action: "release", name: "bob" });
    scene.tell(bob, { type: "quit" });
    reconnect(scene, "bob", bobCredentials);
    expect(scene.registry.owner("bob")?.publicKey).toBe("key of Bob");
  });
});
