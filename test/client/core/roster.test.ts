/** Tests guests, whois and moderation actions. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent } from "../../../lib/client/api.ts";
import type { ChatEffect } from "../../../lib/client/core/chat-io.ts";
import type { ServerMessage } from "../../../lib/protocol/messages.ts";
import { at, beforeWelcome, createScene, shown, welcomeOf } from "./scene.ts";

function shownIn(effects: ChatEffect[]): ClientEvent[] {
  return effects.flatMap((effect) => (effect.type === "show" ? [effect.event] : []));
}

describe("guests", () => {
  const said = (from: string, id: number): ServerMessage => ({ type: "said", id, from, text: "hi", at });
  /** Whether what each of them says is marked. */
  function marks(scene: ReturnType<typeof createScene>, ...names: string[]) {
    return names.map((name, index) => {
      const [event] = shownIn(scene.server(said(name, 100 + index)));
      return event?.type === "said" && event.guest === true;
    });
  }

  test("guests are recognised from the welcome, from joining, and after a rename", () => {
    const scene = beforeWelcome(false);
    const welcome = welcomeOf({ members: ["bob", "carol"], guests: ["carol"] });
    expect(shownIn(scene.server(welcome))).toMatchObject([{ type: "welcome", guests: ["carol"] }]);
    expect(shownIn(scene.server({ type: "joined", name: "dave", guest: true }))).toEqual([
      { type: "joined", name: "dave", guest: true },
    ]);
    scene.server({ type: "joined", name: "erin" });
    scene.server({ type: "renamed", from: "carol", to: "caro" });
    expect(marks(scene, "bob", "carol", "caro", "dave", "erin")).toEqual([false, false, true, true, false]);
  });

  test("the mark of a guest who left does not pass to the next person with the name", () => {
    const scene = createScene(false);
    scene.server({ type: "joined", name: "dave", guest: true });
    scene.server({ type: "left", name: "dave", reason: "quit" });
    expect(shownIn(scene.server({ type: "joined", name: "dave" }))).toEqual([
      { type: "joined", name: "dave" },
    ]);
    expect(marks(scene, "dave")).toEqual([false]);
  });

  test("guests are marked in the list of members and after a reconnect", () => {
    const scene = createScene(false);
    const members: ServerMessage = { type: "members", names: ["alice", "bob"], guests: ["bob"] };
    expect(shownIn(scene.server(members))).toEqual([
      { type: "members", names: ["alice", "bob"], guests: ["bob"] },
    ]);
    expect(marks(scene, "bob")).toEqual([true]);
    scene.lose();
    const back = shownIn(scene.server(welcomeOf({ members: ["bob", "carol"], guests: ["carol"] })));
    expect(back).toContainEqual({ type: "joined", name: "carol", guest: true });
    expect(marks(scene, "bob", "carol")).toEqual([false, true]);
  });
});

describe("whois", () => {
  const key = "HJb9tJpEnxJ_ZAHaoa4eRp-9GrubvtTFr5tsDFjLjpE";

  test("`whois` asks the server, has the key put into words, and shows both", () => {
    const scene = createScene(false);
    expect(scene.command({ type: "whois", name: "bob", ref: "r1" })).toEqual([
      { type: "send", message: { type: "whois", name: "bob", ref: "me-1" } },
    ]);
    const person = { type: "person", ref: "me-1", name: "bob", key, operator: true, here: true } as const;
    expect(scene.server(person)).toEqual([{ type: "get-fingerprint-words", key, answer: person }]);
    expect(scene.chat.isBusy()).toBe(true);
    const now = scene.now;
    expect(scene.chat.handle({ type: "fingerprint-words", answer: person, words: "six words" }, now)).toEqual(
      [shown({ type: "whois", name: "bob", words: "six words", key, operator: true, here: true, ref: "r1" })],
    );
    expect(scene.chat.isBusy()).toBe(false);
    expect(scene.chat.handle({ type: "fingerprint-words", answer: person, words: "six words" }, now)).toEqual(
      [],
    );
  });

  test("the answer for a person without a key is shown at once; an answer without a question is ignored", () => {
    const scene = createScene(false);
    scene.command({ type: "whois", name: "bob" });
    const person = { type: "person", ref: "me-1", name: "bob", guest: true, here: true } as const;
    expect(scene.server({ ...person, ref: "me-7" })).toEqual([]);
    expect(scene.server(person)).toEqual([shown({ type: "whois", name: "bob", guest: true, here: true })]);
  });

  test("`whois` of an invalid name is refused here", () => {
    const scene = createScene(false);
    expect(shownIn(scene.command({ type: "whois", name: "b*b", ref: "r1" }))).toMatchObject([
      { type: "error", code: "no-such-name", ref: "r1" },
    ]);
  });
});

describe("moderation", () => {
  test("a moderation action is sent with an id of ours and confirmed with the reference of the script", () => {
    const scene = createScene(false);
    const action = { action: "silence", name: "bob", minutes: 5, reason: "too loud" } as const;
    expect(scene.command({ type: "moderate", ...action, ref: "r1" })).toEqual([
      { type: "send", message: { type: "moderate", ...action, ref: "me-1" } },
    ]);
    expect(scene.server({ type: "moderated", ...action, by: "alice", ref: "me-1" })).toEqual([
      shown({ type: "moderated", ...action, by: "alice", ref: "r1" }),
    ]);
    expect([scene.chat.unconfirmed(), scene.chat.hasFailed()]).toEqual([0, false]);
  });

  test("a refused moderation action is shown as an error", () => {
    const scene = createScene(false);
    scene.command({ type: "moderate", action: "kick", name: "bob", ref: "r1" });
    const refused = { code: "not-operator", message: "Only operators can do that." };
    expect(scene.server({ type: "error", ...refused, ref: "me-1" })).toEqual([
      shown({ type: "error", ...refused, ref: "r1" }),
    ]);
    expect([scene.chat.unconfirmed(), scene.chat.hasFailed()]).toEqual([0, true]);
  });

  test.each([-1, 10_081, Number.NaN, Number.POSITIVE_INFINITY])(
    "silencing for %p minutes is refused here",
    (minutes) => {
      const scene = createScene(false);
      const effects = scene.command({ type: "moderate", action: "silence", name: "bob", minutes });
      expect(effects).toMatchObject([{ event: { type: "error", code: "bad-minutes" } }]);
    },
  );

  test("`op` and `deop` change our own standing only when they name us", () => {
    const scene = createScene(false);
    const does = (action: "op" | "deop", name: string) => {
      scene.server({ type: "moderated", action, by: "bob", name });
      return scene.chat.isOperator();
    };
    expect([does("op", "carol"), does("op", "alice"), does("deop", "carol"), does("deop", "alice")]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test("rules that changed while we were away are shown after the reconnect, once", () => {
    const scene = beforeWelcome(false);
    const first = shownIn(scene.server(welcomeOf({ operator: true, locked: true })));
    expect(first).toMatchObject([{ type: "welcome", operator: true, locked: true }]);
    expect(first[0]).not.toContainKey("announce");
    scene.lose();
    const told = shownIn(scene.server(welcomeOf({ announce: true })));
    expect(told.filter(({ type: event }) => event === "moderated")).toEqual([
      { type: "moderated", action: "deop", name: "alice" },
      { type: "moderated", action: "lock", on: false },
      { type: "moderated", action: "announce", on: true },
    ]);
    expect(scene.chat.isOperator()).toBe(false);
    scene.lose();
    const again = shownIn(scene.server(welcomeOf({ announce: true })));
    expect(again.filter(({ type: event }) => event === "moderated")).toEqual([]);
  });

  test("the fields of a moderation action are cleaned", () => {
    const scene = createScene(false);
    const hostile = { by: "a\nb", name: "\x1b[2Jc", reason: "x\u202ey\n", names: ["\x07d"] };
    const [event] = shownIn(scene.server({ type: "moderated", action: "bans", ...hostile }));
    expect(event).toEqual({
      type: "moderated",
      action: "bans",
      by: "a b",
      name: "[2Jc",
      reason: "xy",
      names: ["d"],
    });
  });
});
