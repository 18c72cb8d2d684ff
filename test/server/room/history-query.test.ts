/** Requests for lines of the history: which lines each member may ask for. */
import { describe, expect, test } from "bun:test";
import type { CoreMessage } from "../../../lib/server/core.ts";
import { createScene, effectsOf, refusalsTo } from "./scene.ts";

const page: CoreMessage = { type: "history", limit: 20, ref: "r" };

test("a page is asked for within the bounds of the request, for the key of the member, up to the last id of the room", () => {
  const scene = createScene();
  const alice = scene.joinWithKey("alice");
  const asked = { before: 9, after: 3, private: true } as const;
  expect(scene.tell(alice, { ...page, ...asked })).toEqual([
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

test("a query of a guest has no reader, so that it finds no private lines", () => {
  const scene = createScene();
  const [effect] = effectsOf("history-query", scene.tell(scene.join("guest"), page));
  expect(effect?.query).not.toHaveProperty("reader");
});

describe("the words of a search", () => {
  const search = (words: string): CoreMessage => ({ type: "search", words, before: 7, limit: 5, ref: "r" });

  test("are cleaned, and cut at 200 characters", () => {
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
    const [effect] = effectsOf("history-query", scene.tell(alice, search("😀a".repeat(30_000))));
    expect([...(effect?.query.words ?? "")]).toHaveLength(200);
  });

  test.each(["", " ", "…!?", "\x1b\u200b", `${"-".repeat(200)}a`])(
    "without a letter or digit are refused with `search-empty`: %j",
    (words) => {
      const scene = createScene();
      const alice = scene.join("alice");
      expect(refusalsTo(alice, scene.tell(alice, search(words)))).toEqual(["search-empty"]);
    },
  );

  test.each(["7", "é", "陈", "и"])("may be of any script: %s", (words) => {
    const scene = createScene();
    expect(refusalsTo(1, scene.tell(scene.join("alice"), search(words)))).toEqual([]);
  });
});

test("where new members read no earlier lines, a member reads from its join on, also after resuming its session", () => {
  const scene = createScene({ showsHistory: false });
  const from = (id: number) => effectsOf("history-query", scene.tell(id, page))[0]?.query.from;
  const alice = scene.joinWithKey("alice");
  expect(from(alice)).toBe(42);
  scene.tell(alice, { type: "say", text: "hi", ref: "r" });
  const bob = scene.joinWithKey("bob");
  expect(from(bob)).toBe(43);
  scene.tell(bob, { type: "say", text: "hi", ref: "r" });
  scene.lose(bob);
  scene.tell(alice, { type: "say", text: "bob?", ref: "s" });
  const back = scene.connect();
  scene.greet(back, "bob", { publicKey: "key of bob", session: "bob's program" });
  expect(from(back)).toBe(43);
});
