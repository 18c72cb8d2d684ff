/** The contract of a turn, by its numbers, with a store that fails where it is told to. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { CoreEffect } from "../../../lib/server/room/state.ts";
import type { Turn } from "../../../lib/server/runtime/commit-batch.ts";
import { createTurn } from "../../../lib/server/runtime/commit-batch.ts";

type Call = "add" | "know" | "commit";

let calls: string[];
let failing: Call | undefined;
let turn: Turn;

beforeEach(() => {
  calls = [];
  failing = undefined;
  let isOpen = false;
  const act = (what: Call, opens: boolean): void => {
    isOpen = opens || isOpen;
    if (failing === what) throw new Error("disk full");
    calls.push(what);
  };
  const store = {
    add: () => act("add", true),
    recordPresence: () => act("know", true),
    isOpen: () => isOpen,
    commit() {
      act("commit", false);
      isOpen = false;
    },
    rollback() {
      calls.push("rollback");
      isOpen = false;
    },
  };
  turn = createTurn(
    store,
    (effect) => calls.push(nameOf(effect)),
    () => calls.push("failed"),
    () => calls.push("succeeded"),
  );
});

function nameOf(effect: CoreEffect): string {
  if (effect.type !== "send") return effect.type;
  const { message, to } = effect;
  const what = message.type === "error" ? `${message.code} ${message.ref}` : message.type;
  return `${what} to ${to.join()}`;
}

const at = "2026-11-22T10:00:00.000Z";
const said = { type: "said", id: 1, from: "alice", text: "hi", at } as const;

function keep(ref: string, isAgain = false): CoreEffect {
  const line = { id: 1, from: "alice", author: "a", ref, text: "hi", at };
  const sends = [{ type: "send" as const, to: [1, 2], message: said }];
  return { type: "line", ...(isAgain ? {} : { line }), sends, author: 1, ref };
}
const know: CoreEffect = { type: "presence", publicKey: "a", name: "alice", isPresent: true, lastId: 0 };
const joined: CoreEffect = { type: "send", to: [3], message: { type: "joined", name: "carol" } };
const close: CoreEffect = { type: "close", id: 2 };
const relay: CoreEffect = { type: "relay", to: [2], except: 1, body: new Uint8Array(1) };

describe("a line", () => {
  test("is sent after its commit, never before (1)", () => {
    turn.run(keep("r1"));
    turn.run(keep("r2"));
    expect(calls).toEqual(["add", "add"]);
    turn.settle();
    expect(calls.slice(2)).toEqual(["commit", "succeeded", "said to 1,2", "said to 1,2"]);
  });

  test("that is kept already is answered at once, unless it may be lost with this turn (1)", () => {
    turn.run(keep("r0", true));
    expect(calls).toEqual(["said to 1,2"]);
    turn.run(keep("r1"));
    turn.run(keep("r1", true));
    expect(calls).toEqual(["said to 1,2", "add"]);
    failing = "commit";
    turn.settle();
    expect(calls.slice(2)).toEqual(["rollback", "failed", "not-saved r1 to 1", "not-saved r1 to 1"]);
  });
});

describe("everything else", () => {
  test("goes at once when nothing is kept (2)", () => {
    for (const effect of [joined, relay, close]) turn.run(effect);
    expect(calls).toEqual(["joined to 3", "relay", "close"]);
  });

  test("that is written down, or logged, is so at once (2)", () => {
    const change = { type: "own", name: "alice", publicKey: "a" } as const;
    for (const effect of [know, joined, { type: "registry-change", change } as const]) turn.run(effect);
    expect(calls).toEqual(["know", "registry-change"]);
  });

  test("keeps its place behind a line, and behind what is known of people (2)", () => {
    for (const effect of [know, joined, keep("r"), relay, close]) turn.run(effect);
    expect(calls).toEqual(["know", "add"]);
    turn.settle();
    expect(calls.slice(4)).toEqual(["joined to 3", "said to 1,2", "relay", "close"]);
  });

  test("but what is for the log, which is read by nobody in the room (2)", () => {
    turn.run(keep("r"));
    turn.run({ type: "log", id: 1, what: "left", name: "alice" });
    expect(calls).toEqual(["add", "log"]);
  });

  test("is over when it was settled: the next turn holds nothing (2)", () => {
    turn.run(keep("r"));
    turn.settle();
    turn.run(joined);
    expect(calls.at(-1)).toBe("joined to 3");
    turn.settle();
    expect(calls.filter((call) => call === "commit")).toHaveLength(1);
  });
});

test("who asks for lines gets those before, and none that come after in the same turn (2)", () => {
  const recall: CoreEffect = {
    type: "history-query",
    id: 1,
    ref: "h",
    query: { from: 1, upTo: 9, isPrivate: false, limit: 1 },
  };
  for (const effect of [keep("r1"), recall, keep("r2")]) turn.run(effect);
  expect(calls).toEqual(["add", "commit", "succeeded", "said to 1,2", "history-query", "add"]);
});

describe("a disk that fails", () => {
  test.each(["add", "commit"] as const)("at %s: the authors are told, the rest goes on (3)", (what) => {
    turn.run(know);
    turn.run(joined);
    if (what === "commit") turn.run(keep("r1"));
    failing = what;
    turn.run(keep("r2"));
    turn.run(close);
    turn.settle();
    const told = calls.slice(calls.indexOf("failed") + 1);
    const expected = [
      "joined to 3",
      ...(what === "commit" ? ["not-saved r1 to 1"] : []),
      "not-saved r2 to 1",
    ];
    expect(told).toEqual([...expected, "close"]);
    expect(calls).not.toContain("said to 1,2");
  });

  test("at what is known of people costs the lines before it in the turn, and tells so (3)", () => {
    turn.run(keep("r1"));
    failing = "know";
    turn.run(know);
    expect(calls).toEqual(["add", "rollback", "failed", "not-saved r1 to 1"]);
  });

  test("costs nothing that comes after it, in the same turn or the next (4)", () => {
    failing = "add";
    turn.run(keep("r1"));
    failing = undefined;
    turn.run(keep("r2"));
    turn.settle();
    expect(calls.slice(-3)).toEqual(["commit", "succeeded", "said to 1,2"]);
  });
});

test("a burst is committed and sent on the way: by its number, and by its length (5)", () => {
  for (let line = 0; line < 300; line += 1) turn.run(keep(`r${line}`));
  expect(calls.filter((call) => call === "commit")).toHaveLength(1);
  turn.settle();
  calls = [];
  const long = { id: 1, from: "alice", text: "x".repeat(4_000), at };
  for (let line = 0; line < 30; line += 1)
    turn.run({ type: "line", line: long, sends: [], author: 1, ref: "r" });
  expect(calls.filter((call) => call === "commit").length).toBeGreaterThan(2);
});
