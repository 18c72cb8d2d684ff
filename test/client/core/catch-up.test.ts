/** Tests catching up: earlier and missed lines come in order, without a gap, and none twice. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent } from "../../../lib/client/api.ts";
import type { ChatEffect } from "../../../lib/client/core/chat-io.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type {
  ClientMessage,
  ClientMessageOf,
  ServerMessage,
  ServerMessageOf,
} from "../../../lib/protocol/messages.ts";
import { at, beforeWelcome, type Scene, welcomeOf } from "./scene.ts";

type Entry = ServerMessageOf<"history">["entries"][number];

const line = (id: number, fields: Partial<Entry> = {}) => ({
  id,
  from: "bob",
  text: `line ${id}`,
  at,
  ...fields,
});
const whisper = (id: number): Entry => line(id, { to: "alice" });
const said = (id: number): ServerMessage => ({ type: "said", ...line(id) });
/** A welcome to a history that has lines up to this one. */
const welcomeTo = (lastId: number) => welcomeOf({ history: "h1", lastId });
const welcome = welcomeTo(0);

function shownIn(effects: ChatEffect[]): ClientEvent[] {
  return effects.flatMap((effect) => (effect.type === "show" ? [effect.event] : []));
}

function sentIn(effects: ChatEffect[]): ClientMessage[] {
  return effects.flatMap((effect) => (effect.type === "send" ? [effect.message] : []));
}

/** The page request in these effects. */
function asked(effects: ChatEffect[]): ClientMessageOf<"history"> {
  const [question] = sentIn(effects).filter((message) => message.type === "history");
  if (question === undefined) throw new Error("nothing was asked");
  return question;
}

/** Answers a page request; `since` 1: every line is kept. */
function answer(
  scene: Scene,
  question: { ref: string },
  entries: Entry[],
  { more = false, since = 1 } = {},
): ChatEffect[] {
  return scene.server({ type: "history", ref: question.ref, entries, more, since });
}

/** Ids of lines as they are shown, `-` in front of those that are late. */
function idsIn(effects: ChatEffect[]): string[] {
  return shownIn(effects).flatMap((event) =>
    event.type === "said" || event.type === "whispered" ? [`${event.late ? "-" : ""}${event.id}`] : [],
  );
}

/** A chat that has read the lines up to this one. */
function live(lastId = 3): Scene {
  const scene = beforeWelcome(false);
  const entries = Array.from({ length: lastId }, (_, index) => line(index + 1));
  answer(scene, asked(scene.server(welcome)), entries);
  return scene;
}

/** The connection is lost, and there again. */
function again(scene: Scene, history = "h1"): ChatEffect[] {
  scene.lose();
  return scene.server(welcomeOf({ history }));
}

describe("the first welcome", () => {
  test("the last lines are requested and shown, and live lines are ignored meanwhile because the page has them", () => {
    const scene = beforeWelcome(false);
    const question = asked(scene.server(welcome));
    expect(question).toMatchObject({ limit: limits.earlierLines });
    expect(scene.server(said(2))).toEqual([]);
    expect(shownIn(answer(scene, question, [line(1), line(2)]))).toMatchObject([
      { type: "history", cause: "joining", entries: [line(1), line(2)], more: false },
    ]);
    expect(idsIn(scene.server(said(2)))).toEqual([]);
    expect(idsIn(scene.server(said(3)))).toEqual(["3"]);
  });

  test("our own lines are not sent before the last lines have been read", () => {
    const scene = beforeWelcome(false);
    const question = asked(scene.server(welcome));
    expect(sentIn(scene.command({ type: "say", text: "hi" }))).toEqual([]);
    expect(sentIn(answer(scene, question, []))).toMatchObject([{ type: "say", text: "hi" }]);
  });

  test("the read marker comes with the history, and whispers after it are shown as late", () => {
    const scene = beforeWelcome(false);
    scene.chat.handle({ type: "read-marker", marker: { history: "h1", id: 2 } }, scene.now);
    const question = asked(scene.server(welcomeTo(4)));
    const effects = answer(scene, question, [whisper(2), line(3), whisper(4)]);
    expect(shownIn(effects)).toMatchObject([
      { type: "history", leftOff: 2, entries: [{ id: 2 }, { id: 3 }] },
      { type: "whispered", id: 4, late: true },
    ]);
  });

  test("unread whispers from before the last lines are requested, then the lines that were said meanwhile", () => {
    const scene = beforeWelcome(false);
    scene.chat.handle({ type: "read-marker", marker: { history: "h1", id: 5 } }, scene.now);
    const question = asked(scene.server(welcomeTo(91)));
    const first = answer(scene, question, [line(90), whisper(91)], { more: true });
    const own = line(7, { to: "bob", ref: "other-1" });
    expect(asked(first)).toMatchObject({ after: 5, private: true });
    const second = answer(scene, asked(first), [whisper(6), own, whisper(8)], { more: true });
    expect([idsIn(second), asked(second)]).toMatchObject([["-6", "-8"], { after: 8, private: true }]);
    expect(scene.server(said(92))).toEqual([]);
    const third = answer(scene, asked(second), [whisper(9), whisper(91)]);
    expect([idsIn(third), asked(third)]).toMatchObject([["-9", "-91"], { after: 91 }]);
    expect(idsIn(answer(scene, asked(third), [line(92)]))).toEqual(["-92"]);
    expect(idsIn(scene.server(said(93)))).toEqual(["93"]);
  });

  test("the read marker moves once everything up to there was shown, and not before", () => {
    const scene = beforeWelcome(false);
    const readIn = (effects: ChatEffect[]) => effects.filter(({ type: what }) => what === "read");
    const question = asked(scene.server(welcome));
    expect(readIn(answer(scene, question, [line(4)]))).toEqual([{ type: "read", history: "h1", id: 4 }]);
    expect(readIn(scene.server(said(6)))).toEqual([{ type: "read", history: "h1", id: 6 }]);
  });

  test("the read marker moves with each page of whispers, so that none comes again after a crash", () => {
    const scene = beforeWelcome(false);
    const readIn = (effects: ChatEffect[]) =>
      effects.flatMap((effect) => (effect.type === "read" ? [effect.id] : []));
    scene.chat.handle({ type: "read-marker", marker: { history: "h1", id: 5 } }, scene.now);
    const first = answer(scene, asked(scene.server(welcomeTo(91))), [line(90), whisper(91)], { more: true });
    expect(readIn(first)).toEqual([]);
    const second = answer(scene, asked(first), [whisper(6), whisper(8)], { more: true });
    expect(readIn(second)).toEqual([8]);
    expect(readIn(answer(scene, asked(second), [whisper(9), whisper(91)]))).toEqual([91]);
  });

  test("a server without a history needs no catching up", () => {
    const scene = beforeWelcome(false);
    expect(sentIn(scene.server(welcomeOf({})))).toEqual([]);
    expect(sentIn(scene.command({ type: "say", text: "hi" }))).toHaveLength(1);
  });
});

describe("a reconnect", () => {
  test("missed lines come page by page, and live lines follow without a gap", () => {
    const scene = live();
    const first = again(scene);
    expect(shownIn(first)).toEqual([{ type: "connection", state: "restored" }]);
    expect(asked(first)).toMatchObject({ after: 3, limit: limits.historyPageMax });
    const second = answer(scene, asked(first), [line(4), whisper(5)], { more: true });
    expect(idsIn(second)).toEqual(["-4", "-5"]);
    expect(scene.server(said(6))).toEqual([]);
    expect(asked(second)).toMatchObject({ after: 5 });
    expect(idsIn(answer(scene, asked(second), [line(6)]))).toEqual(["-6"]);
    expect(idsIn(scene.server(said(7)))).toEqual(["7"]);
  });

  test("our own line that had arrived is confirmed by the page and not sent again", () => {
    const scene = live();
    const [sent] = sentIn(scene.command({ type: "say", text: "hi", ref: "r1" }));
    const ref = sent?.type === "say" ? sent.ref : "";
    const back = answer(scene, asked(again(scene)), [line(4), line(5, { from: "alice", text: "hi", ref })]);
    expect(shownIn(back)).toMatchObject([
      { type: "said", id: 4, late: true },
      { type: "said", id: 5, from: "alice", text: "hi", ref: "r1" },
    ]);
    expect(shownIn(back)[1]).not.toHaveProperty("late");
    expect([sentIn(back), scene.chat.unconfirmed()]).toEqual([[], 0]);
  });

  test("our own lines that had not arrived are sent again in their order, with the same ids, before newer ones", () => {
    const scene = live();
    const [one] = sentIn(scene.command({ type: "say", text: "one" }));
    const [two] = sentIn(scene.command({ type: "whisper", to: "bob", text: "two" }));
    scene.lose();
    expect(sentIn(scene.command({ type: "say", text: "three" }))).toEqual([]);
    const question = asked(scene.server(welcome));
    expect(sentIn(scene.command({ type: "say", text: "four" }))).toEqual([]);
    const sent = sentIn(answer(scene, question, []));
    expect(sent.slice(0, 2)).toEqual([one, two] as ClientMessage[]);
    expect(sent.slice(2)).toMatchObject([{ text: "three" }, { text: "four" }]);
  });

  test("catching up continues where a second loss interrupted it", () => {
    const scene = live();
    answer(scene, asked(again(scene)), [line(4)], { more: true });
    expect(asked(again(scene))).toMatchObject({ after: 4 });
    const waiting = beforeWelcome(false);
    waiting.server(welcome);
    expect(asked(again(waiting)), "before the first page").toMatchObject({ limit: limits.earlierLines });
  });

  test("a page for the connection before is ignored", () => {
    const scene = live();
    const old = asked(again(scene));
    const newer = asked(again(scene));
    expect(answer(scene, old, [line(4)])).toEqual([]);
    expect(idsIn(answer(scene, newer, [line(4)]))).toEqual(["-4"]);
  });

  test("one warning tells that missed lines are no longer kept", () => {
    const scene = live();
    const first = answer(scene, asked(again(scene)), [line(90)], { more: true, since: 80 });
    expect(shownIn(first)[0]).toMatchObject({ type: "warning", code: "history-gap" });
    const second = answer(scene, asked(first), [line(91)], { since: 95 });
    expect(idsIn(second)).toEqual(["-91"]);
    expect(shownIn(second)).toHaveLength(1);
  });

  test("a warning tells on joining, too, that the server cannot read its history", () => {
    const scene = beforeWelcome(false);
    const unreadable = { since: Number.MAX_SAFE_INTEGER };
    const effects = answer(scene, asked(scene.server(welcome)), [], unreadable);
    expect(shownIn(effects)).toMatchObject([{ type: "warning", code: "history-gap" }]);
    expect(idsIn(scene.server(said(9)))).toEqual(["9"]);
  });

  test("an empty history makes no warning about missing lines", () => {
    const scene = beforeWelcome(false);
    answer(scene, asked(scene.server(welcomeTo(50))), [], { since: 51 });
    scene.lose();
    const question = asked(scene.server(welcomeTo(51)));
    expect(question).toMatchObject({ after: 50 });
    expect(shownIn(answer(scene, question, [line(51)], { since: 51 }))).toMatchObject([
      { type: "said", id: 51 },
    ]);
  });

  test("a server that was restored from a copy is read anew, because its ids mean other lines", () => {
    const scene = live(9);
    const [sent] = sentIn(scene.command({ type: "say", text: "hi" }));
    scene.lose();
    const question = asked(scene.server(welcomeTo(5)));
    expect(question).toMatchObject({ limit: limits.earlierLines });
    expect(question).not.toHaveProperty("after");
    // If that line got through, the server knows it by its reference.
    expect(sentIn(answer(scene, question, [line(4), line(5)]))).toEqual([sent] as ClientMessage[]);
    expect(idsIn(scene.server(said(6)))).toEqual(["6"]);
  });

  test("the read marker is cut to the last id of a server that was restored from a copy", () => {
    const scene = beforeWelcome(false);
    scene.chat.handle({ type: "read-marker", marker: { history: "h1", id: 9 } }, scene.now);
    const effects = answer(scene, asked(scene.server(welcomeTo(5))), [whisper(5)]);
    expect(shownIn(effects)).toMatchObject([{ type: "history", leftOff: 5, entries: [{ id: 5 }] }]);
  });

  test("after a reconnect to another history, sent lines fail with `not-confirmed`, unsent lines are sent, and reading begins anew", () => {
    const scene = live();
    scene.command({ type: "say", text: "sent", ref: "r1" });
    scene.lose();
    scene.command({ type: "say", text: "unsent", ref: "r2" });
    const back = scene.server(welcomeOf({ history: "h2", lastId: 1 }));
    expect(shownIn(back)).toContainEqual({
      type: "error",
      code: "not-confirmed",
      fate: "forgotten",
      ref: "r1",
      text: "sent",
    });
    const page = answer(scene, asked(back), [line(1)]);
    expect(shownIn(page)).toContainEqual(expect.objectContaining({ type: "history", cause: "joining" }));
    expect(sentIn(page)).toMatchObject([{ type: "say", text: "unsent" }]);
    expect(idsIn(scene.server(said(2)))).toEqual(["2"]);
  });
});

describe("a hostile server", () => {
  test("it cannot cause endless requests, lines shown twice, or lines out of order", () => {
    const scene = live();
    const first = answer(scene, asked(again(scene)), [line(3), line(6), line(5), line(6), line(7)], {
      more: true,
    });
    expect(idsIn(first)).toEqual(["-6", "-7"]);
    const second = answer(scene, asked(first), [line(7), line(1)], { more: true });
    expect([idsIn(second), sentIn(second)]).toEqual([[], []]);
    expect(idsIn(scene.server(said(8)))).toEqual(["8"]);
  });

  test("its page without a request is ignored, and its control characters are removed", () => {
    const scene = live();
    expect(answer(scene, { ref: "mine" }, [line(9)])).toEqual([]);
    const page = answer(scene, asked(again(scene)), [line(4, { text: "a\x1b[2Jb", from: "x\ny" })]);
    expect(shownIn(page)).toMatchObject([{ text: "a[2Jb", from: "x y" }]);
  });
});

describe("a quit while a line waits for the page before it", () => {
  const start = () => {
    const scene = beforeWelcome();
    const question = asked(scene.server(welcomeTo(5)));
    scene.command({ type: "say", text: "hi" });
    return { scene, question };
  };

  test("is sent behind the line, once the page has come", () => {
    const { scene, question } = start();
    expect(sentIn(scene.command({ type: "quit" }))).toEqual([]);
    expect(sentIn(answer(scene, question, [line(5)])).map(({ type }) => type)).toEqual(["say", "quit"]);
  });

  test("is sent at once when it is typed a second time", () => {
    const { scene } = start();
    scene.command({ type: "quit" });
    expect(sentIn(scene.command({ type: "quit" }))).toEqual([{ type: "quit" }]);
  });
});
