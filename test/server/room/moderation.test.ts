/** Moderation: every action, who may do it, to whom, and who is told. */
import { describe, expect, test } from "bun:test";
import type { ErrorCode } from "../../../lib/protocol/errors.ts";
import { refusal } from "../../../lib/protocol/errors.ts";
import type { ModerationAction } from "../../../lib/protocol/messages.ts";
import { moderationActions } from "../../../lib/protocol/messages.ts";
import type { ModerationRequest } from "../../../lib/protocol/moderation-commands.ts";
import { consoleId } from "../../../lib/server/core.ts";
import { bobCredentials, createModerationScene, refusedAs, say, told } from "./moderation-scene.ts";
import { closings, effectsOf, local, messagesTo, namesIn, origin, reconnect, refusalsTo } from "./scene.ts";

/** A request for each action. */
const examples: Record<ModerationAction, ModerationRequest> = {
  kick: { action: "kick", name: "bob" },
  ban: { action: "ban", name: "bob" },
  unban: { action: "unban", name: "bob" },
  bans: { action: "bans" },
  silence: { action: "silence", name: "bob" },
  unsilence: { action: "unsilence", name: "bob" },
  lock: { action: "lock", on: true },
  announce: { action: "announce", on: true },
  floor: { action: "floor" },
  op: { action: "op", name: "bob" },
  deop: { action: "deop", name: "bob" },
  release: { action: "release", name: "zoe" },
};

describe.each([...moderationActions])("%s", (action) => {
  const request = examples[action];

  test("is refused to members who are no operators", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    for (const id of [bob, carol]) {
      const effects = moderate(id, request);
      expect(effects).toHaveLength(1);
      const code = action === "release" ? "not-yours" : "not-operator";
      expect(messagesTo(id, effects)).toMatchObject([{ type: "error", code, ref: "m" }]);
    }
    expect([say(scene, bob), say(scene, alice)]).toEqual([[], []]);
  });

  test("may be done on the server's console, and then has no `by`", () => {
    const { scene, moderate, alice } = createModerationScene();
    if (action === "unban") moderate(alice, { action: "ban", name: "bob" });
    const effects = scene.feed({ type: "console", message: { type: "moderate", ...request, ref: "c" } });
    expect(messagesTo(consoleId, effects)).toMatchObject([{ type: "moderated", action, ref: "c" }]);
    expect(messagesTo(consoleId, effects)[0]).not.toHaveProperty("by");
    const [log] = effectsOf("log", effects).filter(({ what }) => what === "moderated");
    expect(log?.detail?.split(" ")[0]).toBe(action);
    expect(log).not.toHaveProperty("by");
  });

  test("is logged with the name of the operator, and without the reason", () => {
    const { alice, moderate } = createModerationScene();
    if (action === "unban") moderate(alice, { action: "ban", name: "bob" });
    const effects = moderate(alice, { ...request, reason: "because of spam" });
    const [log] = effectsOf("log", effects).filter(({ what }) => what === "moderated");
    expect(log).toMatchObject({ id: alice, by: "alice" });
    expect(log?.detail?.split(" ")[0]).toBe(action);
    expect(JSON.stringify(effectsOf("log", effects))).not.toContain("spam");
  });
});

const named = moderationActions.filter((action) => "name" in examples[action]);

test.each(named)("%s is refused without a name, and with an unknown one", (action) => {
  const { alice, moderate } = createModerationScene();
  expect(refusalsTo(alice, moderate(alice, { action }))).toEqual(["name-missing"]);
  const codes: Partial<Record<ModerationAction, ErrorCode>> = { unban: "not-banned", release: "not-yours" };
  const effects = moderate(alice, { action, name: "\x1bzack" });
  expect(messagesTo(alice, effects)).toMatchObject([{ code: codes[action] ?? "no-such-name", name: "zack" }]);
});

test.each(["kick", "ban", "silence"] as const)(
  "%s is refused for operators, the operator itself included",
  (action) => {
    const { scene, alice, bob, moderate } = createModerationScene();
    moderate(alice, { action: "op", name: "bob" });
    expect(refusalsTo(bob, moderate(bob, { action, name: "alice" }))).toEqual(["is-operator"]);
    expect(refusalsTo(alice, moderate(alice, { action, name: "alice" }))).toEqual(["is-operator"]);
    const byConsole = scene.feed({
      type: "console",
      message: { type: "moderate", action, name: "bob", ref: "c" },
    });
    expect(refusalsTo(consoleId, byConsole)).toEqual(["is-operator"]);
  },
);

describe("a kicked member", () => {
  test("reads the reason in its goodbye, has left for the others, and may join again", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    const effects = moderate(alice, { action: "kick", name: "BOB", reason: " too\nloud " });
    const why = refusal("kicked", { name: "alice", reason: "too loud" });
    expect(effectsOf("close", effects)).toEqual([{ type: "close", id: bob, why }]);
    expect(messagesTo(carol, effects)).toEqual([{ type: "left", name: "Bob", reason: "kicked" }]);
    expect(told(effects, alice, carol)).toEqual([
      [{ type: "moderated", action: "kick", by: "alice", name: "Bob", reason: "too loud", ref: "m" }],
      [],
    ]);
    expect(namesIn(scene)).toEqual(["alice", "carol"]);
    expect(scene.feed({ type: "closed", id: bob })).toEqual([]);
    expect(refusedAs(scene, "bob", bobCredentials)).toBeUndefined();
  });

  test("may be detached, and cannot resume its session", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    scene.lose(bob);
    const effects = moderate(alice, { action: "kick", name: "bob" });
    expect(closings(effects)).toEqual([]);
    expect(messagesTo(carol, effects)).toEqual([{ type: "left", name: "Bob", reason: "kicked" }]);
    const back = reconnect(scene, "Bob", bobCredentials);
    expect(messagesTo(carol, back.effects)).toEqual([{ type: "joined", name: "Bob" }]);
  });

  test("reads 200 characters of the reason", () => {
    const { alice, moderate } = createModerationScene();
    const [closing] = effectsOf(
      "close",
      moderate(alice, { action: "kick", name: "bob", reason: "é".repeat(1_000) }),
    );
    expect(closing?.why?.reason).toBe("é".repeat(200));
  });
});

describe("a banned user", () => {
  test("loses all its sessions, and cannot join under any name", () => {
    const { scene, alice, bob, carol, moderate } = createModerationScene();
    const second = scene.joinWithKey("bobby", { publicKey: "key of Bob", session: "other" });
    const effects = moderate(alice, { action: "ban", name: "bob", reason: "spam" });
    expect(closings(effects)).toEqual([
      [bob, "banned"],
      [second, "banned"],
    ]);
    expect(messagesTo(carol, effects)).toMatchObject([{ reason: "banned" }, { reason: "banned" }]);
    for (const credentials of [
      bobCredentials,
      { publicKey: "key of Bob" },
      { publicKey: "key of Bob", guest: true },
    ])
      expect(refusedAs(scene, "robert", credentials)).toBe("banned");
    const back = reconnect(scene, "bob", bobCredentials);
    const why = refusal("banned", { name: "alice", reason: "spam" });
    expect(effectsOf("close", back.effects)).toEqual([{ type: "close", id: back.id, why }]);
    expect(refusedAs(scene, "dave", { publicKey: "D" })).toBeUndefined();
  });

  test("may be absent, if it owns the name", () => {
    const { scene, alice, bob, moderate } = createModerationScene();
    scene.tell(bob, { type: "quit" });
    expect(told(moderate(alice, { action: "ban", name: "bob" }), alice)).toMatchObject([[{ name: "Bob" }]]);
    expect(refusedAs(scene, "bob", bobCredentials)).toBe("banned");
  });

  test("who is a guest is banned by its address, as are other guests there, and owners of names are not", () => {
    const { scene, alice, moderate } = createModerationScene();
    const dave = scene.connect(origin());
    scene.greet(dave, "dave", { publicKey: "D" });
    scene.tell(dave, { type: "quit" });
    moderate(alice, { action: "ban", name: "carol" });
    expect(refusedAs(scene, "caro", {})).toBe("banned");
    expect(refusedAs(scene, "caro", { publicKey: "new" })).toBe("banned");
    expect(refusedAs(scene, "dave", { publicKey: "D" })).toBeUndefined();
    expect(refusedAs(scene, "caro", {}, origin("192.0.2.8"))).toBeUndefined();
  });

  test("with a key is banned by its address, too, so that a new key does not help, except on the server's own machine", () => {
    const { scene, alice, moderate } = createModerationScene();
    for (const [name, publicKey] of [
      ["dave", "D"],
      ["erin", "E"],
    ] as const)
      expect(refusedAs(scene, name, { publicKey })).toBeUndefined();
    for (const name of ["dave", "bob"]) moderate(alice, { action: "ban", name });
    expect(refusedAs(scene, "davy", { publicKey: "new" })).toBe("banned");
    expect(refusedAs(scene, "davy", {})).toBe("banned");
    expect(refusedAs(scene, "erin", { publicKey: "E", session: "another" })).toBe("name-taken");
    expect(refusedAs(scene, "erin2", { publicKey: "E", session: "another" })).toBeUndefined();
    expect(refusedAs(scene, "bobby", { publicKey: "new" }, local)).toBeUndefined();
    moderate(alice, { action: "unban", name: "dave" });
    expect(refusedAs(scene, "davy", { publicKey: "new" })).toBeUndefined();
  });

  test("is listed, and may join after an unban of the name at that time", () => {
    const { scene, alice, moderate } = createModerationScene();
    moderate(alice, { action: "ban", name: "bob" });
    moderate(alice, { action: "ban", name: "carol" });
    expect(told(moderate(alice, { action: "bans" }), alice)).toEqual([
      [{ type: "moderated", action: "bans", by: "alice", names: ["Bob", "carol"], ref: "m" }],
    ]);
    expect(told(moderate(alice, { action: "unban", name: "BOB" }), alice)).toMatchObject([[{ name: "Bob" }]]);
    expect(refusedAs(scene, "bob", bobCredentials)).toBeUndefined();
    expect(refusalsTo(alice, moderate(alice, { action: "unban", name: "bob" }))).toEqual(["not-banned"]);
  });
});
