/** What operators do: every deed, who may do it, to whom, and who is told. */
import { describe, expect, test } from "bun:test";
import type { ErrorCode } from "../../../lib/protocol/errors.ts";
import { refusal } from "../../../lib/protocol/errors.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ModerationAction } from "../../../lib/protocol/messages.ts";
import { moderationActions } from "../../../lib/protocol/messages.ts";
import type { ModerationRequest } from "../../../lib/protocol/moderation-commands.ts";
import { consoleId } from "../../../lib/server/core.ts";
import { bobs, createClass, refusedAs, say, told } from "./class.ts";
import {
  closings,
  comeBack,
  createScene,
  effectsOf,
  local,
  messagesTo,
  namesIn,
  origin,
  refusalsTo,
} from "./scene.ts";

/** A deed of each kind that could be done to bob. */
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
  const deed = examples[action];

  test("is for operators", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    for (const id of [bob, carol]) {
      const effects = moderate(id, deed);
      expect(effects).toHaveLength(1);
      const code = action === "release" ? "not-yours" : "not-operator";
      expect(messagesTo(id, effects)).toMatchObject([{ type: "error", code, ref: "m" }]);
    }
    expect([say(scene, bob), say(scene, alice)]).toEqual([[], []]);
  });

  test("is for whoever runs the server, who has no name", () => {
    const { scene, moderate, alice } = createClass();
    if (action === "unban") moderate(alice, { action: "ban", name: "bob" });
    const effects = scene.feed({ type: "console", message: { type: "moderate", ...deed, ref: "c" } });
    expect(messagesTo(consoleId, effects)).toMatchObject([{ type: "moderated", action, ref: "c" }]);
    expect(messagesTo(consoleId, effects)[0]).not.toHaveProperty("by");
    const [log] = effectsOf("log", effects).filter(({ what }) => what === "moderated");
    expect(log?.detail?.split(" ")[0]).toBe(action);
    expect(log).not.toHaveProperty("by");
  });

  test("is logged with who did it, without the reason", () => {
    const { alice, moderate } = createClass();
    if (action === "unban") moderate(alice, { action: "ban", name: "bob" });
    const effects = moderate(alice, { ...deed, reason: "because of spam" });
    const [log] = effectsOf("log", effects).filter(({ what }) => what === "moderated");
    expect(log).toMatchObject({ id: alice, by: "alice" });
    expect(log?.detail?.split(" ")[0]).toBe(action);
    expect(JSON.stringify(effectsOf("log", effects))).not.toContain("spam");
  });
});

const named = moderationActions.filter((action) => "name" in examples[action]);

test.each(named)("%s needs a name, of somebody", (action) => {
  const { alice, moderate } = createClass();
  expect(refusalsTo(alice, moderate(alice, { action }))).toEqual(["name-missing"]);
  const codes: Partial<Record<ModerationAction, ErrorCode>> = { unban: "not-banned", release: "not-yours" };
  const effects = moderate(alice, { action, name: "\x1bnobody" });
  expect(messagesTo(alice, effects)).toMatchObject([
    { code: codes[action] ?? "no-such-name", name: "nobody" },
  ]);
});

test.each(["kick", "ban", "silence"] as const)("%s spares operators, oneself included", (action) => {
  const { scene, alice, bob, moderate } = createClass();
  moderate(alice, { action: "op", name: "bob" });
  expect(refusalsTo(bob, moderate(bob, { action, name: "alice" }))).toEqual(["is-operator"]);
  expect(refusalsTo(alice, moderate(alice, { action, name: "alice" }))).toEqual(["is-operator"]);
  const byConsole = scene.feed({
    type: "console",
    message: { type: "moderate", action, name: "bob", ref: "c" },
  });
  expect(refusalsTo(consoleId, byConsole)).toEqual(["is-operator"]);
});

describe("who is kicked", () => {
  test("is told why by the goodbye, and gone for the others; may come again", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
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
    expect(refusedAs(scene, "bob", bobs)).toBeUndefined();
  });

  test("may be away, and does not come back to the place", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    scene.lose(bob);
    const effects = moderate(alice, { action: "kick", name: "bob" });
    expect(closings(effects)).toEqual([]);
    expect(messagesTo(carol, effects)).toEqual([{ type: "left", name: "Bob", reason: "kicked" }]);
    const back = comeBack(scene, "Bob", bobs);
    expect(messagesTo(carol, back.effects)).toEqual([{ type: "joined", name: "Bob" }]);
  });

  test("is told as much of the reason as counts", () => {
    const { alice, moderate } = createClass();
    const [closing] = effectsOf(
      "close",
      moderate(alice, { action: "kick", name: "bob", reason: "é".repeat(1_000) }),
    );
    expect(closing?.why?.reason).toBe("é".repeat(200));
  });
});

describe("who is banned", () => {
  test("is removed everywhere, and comes in no more, by whatever name", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    const second = scene.joinKnown("bobby", { publicKey: "key of Bob", session: "other" });
    const effects = moderate(alice, { action: "ban", name: "bob", reason: "spam" });
    expect(closings(effects)).toEqual([
      [bob, "banned"],
      [second, "banned"],
    ]);
    expect(messagesTo(carol, effects)).toMatchObject([{ reason: "banned" }, { reason: "banned" }]);
    for (const known of [bobs, { publicKey: "key of Bob" }, { publicKey: "key of Bob", guest: true }])
      expect(refusedAs(scene, "robert", known)).toBe("banned");
    const back = comeBack(scene, "bob", bobs);
    const why = refusal("banned", { name: "alice", reason: "spam" });
    expect(effectsOf("close", back.effects)).toEqual([{ type: "close", id: back.id, why }]);
    expect(refusedAs(scene, "dave", { publicKey: "D" })).toBeUndefined();
  });

  test("may be one who is not here, if the name is theirs", () => {
    const { scene, alice, bob, moderate } = createClass();
    scene.tell(bob, { type: "quit" });
    expect(told(moderate(alice, { action: "ban", name: "bob" }), alice)).toMatchObject([[{ name: "Bob" }]]);
    expect(refusedAs(scene, "bob", bobs)).toBe("banned");
  });

  test("if a guest, is known by the address, and so are other guests, but nobody who owns a name", () => {
    const { scene, alice, moderate } = createClass();
    const dave = scene.connect(origin());
    scene.greet(dave, "dave", { publicKey: "D" });
    scene.tell(dave, { type: "quit" });
    moderate(alice, { action: "ban", name: "carol" });
    expect(refusedAs(scene, "caro", {})).toBe("banned");
    expect(refusedAs(scene, "caro", { publicKey: "new" })).toBe("banned");
    expect(refusedAs(scene, "dave", { publicKey: "D" })).toBeUndefined();
    expect(refusedAs(scene, "caro", {}, origin("192.0.2.8"))).toBeUndefined();
  });

  test("is known by the address with a key, too: a new key brings back nobody, but on the server's own machine", () => {
    const { scene, alice, moderate } = createClass();
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

  test("is listed, and comes in when that is taken back by the name as it was", () => {
    const { scene, alice, moderate } = createClass();
    moderate(alice, { action: "ban", name: "bob" });
    moderate(alice, { action: "ban", name: "carol" });
    expect(told(moderate(alice, { action: "bans" }), alice)).toEqual([
      [{ type: "moderated", action: "bans", by: "alice", names: ["Bob", "carol"], ref: "m" }],
    ]);
    expect(told(moderate(alice, { action: "unban", name: "BOB" }), alice)).toMatchObject([[{ name: "Bob" }]]);
    expect(refusedAs(scene, "bob", bobs)).toBeUndefined();
    expect(refusalsTo(alice, moderate(alice, { action: "unban", name: "bob" }))).toEqual(["not-banned"]);
  });
});

describe("an operator", () => {
  test("is made and unmade by another one, and told so; nobody else is", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    for (const action of ["op", "deop"] as const) {
      const effects = moderate(alice, { action, name: "bob" });
      const moderated = { type: "moderated", action, by: "alice", name: "Bob" } as const;
      expect(told(effects, alice, bob, carol)).toEqual([[{ ...moderated, ref: "m" }], [moderated], []]);
      const codes = refusalsTo(bob, moderate(bob, { action: "bans" }));
      expect(codes).toEqual(action === "op" ? [] : ["not-operator"]);
    }
    expect(scene.registry.isOperator("key of Bob")).toBeFalse();
  });

  test("is known by the key: also after coming again, under another name, and by being told", () => {
    const { scene, alice, bob, moderate } = createClass();
    moderate(alice, { action: "op", name: "bob" });
    scene.tell(bob, { type: "quit" });
    const back = comeBack(scene, "robert", bobs);
    expect(messagesTo(back.id, back.effects)[0]).toMatchObject({ type: "welcome", operator: true });
    expect(refusalsTo(back.id, moderate(back.id, { action: "bans" }))).toEqual([]);
  });

  test.each(["op", "deop"] as const)("%s cannot be done to a guest", (action) => {
    const { scene, alice, moderate } = createClass();
    scene.joinKnown("dave", { publicKey: "D", guest: true });
    for (const name of ["carol", "dave"])
      expect(messagesTo(alice, moderate(alice, { action, name }))).toMatchObject([
        { code: "is-guest", name },
      ]);
  });

  test("is known by the key also as a guest, but is not made or unmade under such a name", () => {
    const { scene, alice, bob, moderate } = createClass();
    moderate(alice, { action: "op", name: "bob" });
    scene.tell(bob, { type: "quit" });
    const guest = comeBack(scene, "robert", { publicKey: "key of Bob", guest: true });
    expect(messagesTo(guest.id, guest.effects)[0]).toMatchObject({ type: "welcome", operator: true });
    expect(refusalsTo(guest.id, moderate(guest.id, { action: "bans" }))).toEqual([]);
    expect(refusalsTo(alice, moderate(alice, { action: "deop", name: "robert" }))).toEqual(["is-guest"]);
    expect(refusalsTo(alice, moderate(alice, { action: "deop", name: "bob" }))).toEqual([]);
    expect(refusalsTo(guest.id, moderate(guest.id, { action: "bans" }))).toEqual(["not-operator"]);
  });

  test.each(["deop", "release"] as const)(
    "that the server was started with does not lose it to %s",
    (action) => {
      const { scene, alice, bob, moderate } = createClass();
      moderate(alice, { action: "op", name: "bob" });
      for (const id of [alice, bob, consoleId]) {
        const message = { type: "moderate", action, name: "alice", ref: "m" } as const;
        const effects = id === consoleId ? scene.feed({ type: "console", message }) : moderate(id, message);
        expect(messagesTo(id, effects)).toMatchObject([{ code: "operator-by-name", name: "alice" }]);
        expect(effectsOf("registry-change", effects)).toEqual([]);
      }
    },
  );

  test("that the server was started with keeps it under another name, and may release that one", () => {
    const { alice, bob, scene, moderate } = createClass();
    moderate(alice, { action: "op", name: "bob" });
    scene.tell(alice, { type: "rename", name: "alicia" });
    expect(refusalsTo(bob, moderate(bob, { action: "deop", name: "alicia" }))).toEqual(["operator-by-name"]);
    expect(refusalsTo(alice, moderate(alice, { action: "release", name: "alicia" }))).toEqual([]);
  });

  test("may send what others may not", () => {
    const { scene, alice, bob } = createClass();
    for (let line = 0; line < limits.linesBurst; line += 1) expect(say(scene, bob)).toEqual([]);
    expect(say(scene, bob)).toEqual(["too-fast"]);
    for (let line = 0; line < 2 * limits.messagesBurst; line += 1) expect(say(scene, alice)).toEqual([]);
  });

  test("are no exception where nobody is limited", () => {
    const scene = createScene({ limitsSenders: false });
    const bob = scene.join("bob");
    for (let line = 0; line < 2 * limits.messagesBurst; line += 1) expect(say(scene, bob)).toEqual([]);
  });
});

describe("a name that is released", () => {
  test("is given up by its owner, and free once they have left", () => {
    const { scene, alice, bob, moderate } = createClass();
    expect(told(moderate(bob, { action: "release", name: "BOB" }), bob, alice)).toMatchObject([
      [{ name: "Bob" }],
      [],
    ]);
    expect(refusedAs(scene, "bob", { publicKey: "D" })).toBe("name-taken");
    expect(messagesTo(alice, scene.tell(alice, { type: "whois", name: "bob", ref: "r" }))).toMatchObject([
      { guest: true },
    ]);
    scene.tell(bob, { type: "rename", name: "BOB" });
    expect(scene.registry.owner("bob"), "spelling it anew does not take it again").toBeUndefined();
    scene.tell(bob, { type: "quit" });
    expect(refusedAs(scene, "bob", { publicKey: "D" })).toBeUndefined();
    expect(scene.registry.owner("bob")?.publicKey).toBe("D");
  });

  test("may be taken from one who is not here, by operators alone", () => {
    const { scene, alice, bob, carol, moderate } = createClass();
    scene.tell(bob, { type: "quit" });
    expect(messagesTo(carol, moderate(carol, { action: "release", name: "bob" }))).toMatchObject([
      { code: "not-yours", name: "Bob" },
    ]);
    moderate(alice, { action: "release", name: "bob" });
    expect(refusedAs(scene, "bob", { publicKey: "D" })).toBeUndefined();
  });

  test("is theirs again by coming in anew", () => {
    const { scene, bob, moderate } = createClass();
    moderate(bob, { action: "release", name: "bob" });
    scene.tell(bob, { type: "quit" });
    comeBack(scene, "bob", bobs);
    expect(scene.registry.owner("bob")?.publicKey).toBe("key of Bob");
  });
});
