/** Lines that were said before: who may ask for which. */
import { describe, expect, test } from "bun:test";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { createScene, effectsOf, refusalsTo } from "./scene.ts";

const page: ClientMessage = { type: "history", limit: 20, ref: "r" };

test("a page is asked for as it was wished, for the person who asks", () => {
  const scene = createScene();
  const alice = scene.joinKnown("alice");
  const wished = { before: 9, after: 3, private: true } as const;
  expect(scene.tell(alice, { ...page, ...wished })).toEqual([
    {
      type: "history-query",
      id: alice,
      ref: "r",
      query: { reader: "key of alice", from: 1, upTo: 41, before: 9, after: 3, isPrivate: true, limit: 20 },
    },
  ]);
  expect(scene.tell(scene.join("guest"), page)).toMatchObject([
    { query: { from: 1, isPrivate: false, limit: 20 } },
  ]);
});

test("a guest is no reader of private lines", () => {
  const scene = createScene();
  const [recall] = effectsOf("history-query", scene.tell(scene.join("guest"), page));
  expect(recall?.query).not.toHaveProperty("reader");
});

describe("words", () => {
  const search = (words: string): ClientMessage => ({ type: "search", words, before: 7, limit: 5, ref: "r" });

  test("are cleaned and bounded", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    expect(scene.tell(alice, search(" \x1b[2Jone\ntwo "))).toEqual([
      {
        type: "history-query",
        id: alice,
        ref: "r",
        query: { from: 1, upTo: 41, before: 7, isPrivate: false, words: "[2Jone two", limit: 5 },
      },
    ]);
    const [recall] = effectsOf("history-query", scene.tell(alice, search("😀a".repeat(30_000))));
    expect([...(recall?.query.words ?? "")]).toHaveLength(200);
  });

  test.each(["", " ", "…!?", "\x1b\u200b", `${"-".repeat(200)}a`])(
    "without any word are refused: %j",
    (words) => {
      const scene = createScene();
      const alice = scene.join("alice");
      expect(refusalsTo(alice, scene.tell(alice, search(words)))).toEqual(["search-empty"]);
    },
  );

  test.each(["7", "é", "陈", "и"])("of any script are words: %s", (words) => {
    const scene = createScene();
    expect(refusalsTo(1, scene.tell(scene.join("alice"), search(words)))).toEqual([]);
  });
});

test("where nothing earlier is shown, one reads from coming in on, also after coming back", () => {
  const scene = createScene({ showsHistory: false });
  const from = (id: number) => effectsOf("history-query", scene.tell(id, page))[0]?.query.from;
  const alice = scene.joinKnown("alice");
  expect(from(alice)).toBe(42);
  scene.tell(alice, { type: "say", text: "hi", ref: "r" });
  const bob = scene.joinKnown("bob");
  expect(from(bob)).toBe(43);
  scene.tell(bob, { type: "say", text: "hi", ref: "r" });
  scene.lose(bob);
  scene.tell(alice, { type: "say", text: "bob?", ref: "s" });
  const back = scene.connect();
  scene.greet(back, "bob", { publicKey: "key of bob", session: "bob's program" });
  expect(from(back)).toBe(43);
});
