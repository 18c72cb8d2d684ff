/** Lines for one who is not here, and lines that come twice. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { CoreOptions } from "../../../lib/server/room/state.ts";
import { deliveries, fakeHistory } from "../../support/rooms.ts";
import type { Scene } from "./scene.ts";
import { createScene, effectsOf, messagesTo, refusalsTo } from "./scene.ts";

function pair(options: Partial<CoreOptions> = {}) {
  const scene = createScene(options);
  return { scene, alice: scene.joinKnown("Alice"), bob: scene.joinKnown("bob") };
}

let lastRef = 0;

function whisper(scene: Scene, id: number, to: string, ref = `r${++lastRef}`) {
  return scene.tell(id, { type: "whisper", to, text: "psst", ref });
}

describe("a whisper", () => {
  const ways: [string, (scene: Scene, alice: number) => unknown][] = [
    ["lost the connection", (scene, alice) => scene.lose(alice)],
    ["left", (scene, alice) => scene.tell(alice, { type: "quit" })],
  ];

  test.each(ways)("to one who %s waits, as its author alone is told", (_, go) => {
    const { scene, alice, bob } = pair();
    go(scene, alice);
    const effects = whisper(scene, bob, "ALICE", "r");
    const [keep] = effectsOf("line", effects);
    expect(keep?.line).toMatchObject({ to: "Alice", receiver: "key of Alice", author: "key of bob" });
    const shown = { type: "whispered", id: 42, from: "bob", to: "Alice", away: true, ref: "r" };
    expect(deliveries(effects)).toMatchObject([{ to: [bob], message: shown }]);
  });

  test.each(ways)("to one who %s is refused when too many wait, until they were here", (_, go) => {
    const { scene, alice, bob } = pair();
    // What was heard does not wait.
    whisper(scene, bob, "alice");
    go(scene, alice);
    for (let line = 0; line < limits.waitingLinesMax; line += 1) {
      scene.pass(1_000 / limits.linesPerSecond);
      expect(refusalsTo(bob, whisper(scene, bob, "alice"))).toEqual([]);
    }
    expect(messagesTo(bob, whisper(scene, bob, "alice"))).toMatchObject([
      { type: "error", code: "mailbox-full", name: "Alice", max: limits.waitingLinesMax },
    ]);
    const again = scene.joinKnown("Alice");
    expect(messagesTo(again, whisper(scene, bob, "alice"))).toHaveLength(1);
    scene.lose(again);
    expect(refusalsTo(bob, whisper(scene, bob, "alice"))).toEqual([]);
  });

  test("to one of whom nobody knows, or to a guest who left, is refused", () => {
    const { scene, bob } = pair();
    scene.tell(scene.join("carol"), { type: "quit" });
    for (const name of ["nobody", "carol"])
      expect(refusalsTo(bob, whisper(scene, bob, name))).toEqual(["no-such-name"]);
  });

  test("to a guest who is here is for nobody to read later", () => {
    const { scene, bob } = pair();
    const carol = scene.join("carol");
    const [keep] = effectsOf("line", whisper(scene, bob, "carol"));
    expect(keep?.line?.to).toBe("carol");
    expect(keep?.line).not.toHaveProperty("receiver");
    const [guests] = effectsOf("line", whisper(scene, carol, "bob"));
    expect(guests?.line).not.toHaveProperty("author");
  });

  test("to the name that somebody had before is heard under the name they have", () => {
    const { scene, alice, bob } = pair();
    scene.tell(alice, { type: "rename", name: "al" });
    const effects = whisper(scene, bob, "alice");
    expect(messagesTo(alice, effects)).toMatchObject([{ to: "Alice" }]);
    expect(messagesTo(bob, effects)[0]).not.toHaveProperty("away");
    scene.lose(alice);
    expect(messagesTo(bob, whisper(scene, bob, "alice"))[0]).toMatchObject({ to: "Alice", away: true });
  });

  test("goes to whoever has the name now", () => {
    const { scene, alice, bob } = pair();
    scene.tell(alice, { type: "moderate", action: "release", name: "alice", ref: "r" });
    scene.tell(alice, { type: "quit" });
    const other = scene.join("alice");
    expect(messagesTo(other, whisper(scene, bob, "alice"))).toHaveLength(1);
  });

  test("to one who left is refused where nobody reads what was said before", () => {
    const { scene, alice, bob } = pair({ showsHistory: false });
    scene.lose(alice);
    expect(messagesTo(bob, whisper(scene, bob, "alice"))[0]).toMatchObject({ away: true });
    scene.pass(limits.gracePeriodMs);
    scene.tick();
    expect(refusalsTo(bob, whisper(scene, bob, "alice"))).toEqual(["no-such-name"]);
    const under = scene.joinKnown("al", { publicKey: "key of Alice" });
    expect(messagesTo(under, whisper(scene, bob, "alice"))).toMatchObject([{ to: "Alice" }]);
  });
});

describe("a line that comes twice", () => {
  test("is said once, and confirmed again to its author, whatever it says by now", () => {
    const { scene, alice, bob } = pair();
    const [first] = messagesTo(alice, scene.tell(alice, { type: "say", text: "hi", ref: "r" }));
    scene.lose(alice);
    const back = scene.connect();
    scene.greet(back, "Alice", { publicKey: "key of Alice", session: "Alice's program" });
    for (const text of ["hi", "", "x".repeat(limits.textCharsMax + 1)]) {
      const effects = scene.tell(back, { type: "say", text, ref: "r" });
      expect(effects).toEqual([{ type: "send", to: [back], message: first as never }]);
    }
    const [next] = messagesTo(bob, scene.tell(back, { type: "say", text: "hi", ref: "s" }));
    expect(next).toMatchObject({ id: 43 });
  });

  test("in the same turn, before the first is committed, may be lost with it", () => {
    const uncommitted = { ...fakeHistory(41), lastId: () => 41 };
    const scene = createScene({ history: uncommitted });
    const alice = scene.joinKnown("alice");
    const say = { type: "say", text: "hi", ref: "r" } as const;
    const [first] = effectsOf("line", scene.tell(alice, say));
    if (first?.line !== undefined) uncommitted.add(first.line);
    const [again] = scene.tell(alice, say);
    expect(again).toEqual({ type: "line", sends: first?.sends.slice(-1) ?? [], author: alice, ref: "r" });
  });

  test("is another one's when another one says it, or a guest", () => {
    const { scene, alice, bob } = pair();
    const carol = scene.join("carol");
    for (const id of [alice, bob, carol, carol])
      expect(effectsOf("line", scene.tell(id, { type: "say", text: "hi", ref: "r" }))[0]).toHaveProperty(
        "line",
      );
  });

  test("for one person says whether they are here now", () => {
    const { scene, alice, bob } = pair();
    whisper(scene, bob, "alice", "r");
    expect(messagesTo(bob, whisper(scene, bob, "alice", "r"))[0]).not.toHaveProperty("away");
    scene.lose(alice);
    const repeated = whisper(scene, bob, "nobody", "r");
    expect(deliveries(repeated)).toMatchObject([
      { to: [bob], message: { type: "whispered", id: 42, to: "Alice", away: true, ref: "r" } },
    ]);
    scene.joinKnown("Alice");
    expect(messagesTo(bob, whisper(scene, bob, "alice", "r"))[0]).not.toHaveProperty("away");
  });

  test("for a guest never waits", () => {
    const { scene, bob } = pair();
    const carol = scene.join("carol");
    whisper(scene, bob, "carol", "r");
    scene.lose(carol);
    expect(messagesTo(bob, whisper(scene, bob, "carol", "r"))[0]).not.toHaveProperty("away");
  });
});
