/** Whispers to receivers who are detached or gone, and lines that are sent a second time. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { CoreOptions } from "../../../lib/server/core.ts";
import { deliveries, fakeHistory } from "../../support/rooms.ts";
import type { Scene } from "./scene.ts";
import { createScene, effectsOf, messagesTo, refusalsTo } from "./scene.ts";

function pair(options: Partial<CoreOptions> = {}) {
  const scene = createScene(options);
  return { scene, alice: scene.joinWithKey("Alice"), bob: scene.joinWithKey("bob") };
}

let lastRef = 0;

function whisper(scene: Scene, id: number, to: string, ref = `r${++lastRef}`) {
  return scene.tell(id, { type: "whisper", to, text: "psst", ref });
}

describe("a whisper", () => {
  const ways: [string, (scene: Scene, alice: number) => unknown][] = [
    ["lost its connection", (scene, alice) => scene.lose(alice)],
    ["left", (scene, alice) => scene.tell(alice, { type: "quit" })],
  ];

  test.each(ways)("to a receiver who %s waits, and only its author is told", (_, go) => {
    const { scene, alice, bob } = pair();
    go(scene, alice);
    const effects = whisper(scene, bob, "ALICE", "r");
    const [keep] = effectsOf("line", effects);
    expect(keep?.line).toMatchObject({ to: "Alice", receiver: "key of Alice", author: "key of bob" });
    const shown = { type: "whispered", id: 42, from: "bob", to: "Alice", away: true, ref: "r" };
    expect(deliveries(effects)).toMatchObject([{ to: [bob], message: shown }]);
  });

  test.each(ways)(
    "to a receiver who %s is refused with `mailbox-full` once waitingLinesMax wait, until the receiver was here",
    (_, go) => {
      const { scene, alice, bob } = pair();
      // A line that was heard does not wait.
      whisper(scene, bob, "alice");
      go(scene, alice);
      for (let line = 0; line < limits.waitingLinesMax; line += 1) {
        scene.pass(1_000 / limits.linesPerSecond);
        expect(refusalsTo(bob, whisper(scene, bob, "alice"))).toEqual([]);
      }
      expect(messagesTo(bob, whisper(scene, bob, "alice"))).toMatchObject([
        { type: "error", code: "mailbox-full", name: "Alice", max: limits.waitingLinesMax },
      ]);
      const again = scene.joinWithKey("Alice");
      expect(messagesTo(again, whisper(scene, bob, "alice"))).toHaveLength(1);
      scene.lose(again);
      expect(refusalsTo(bob, whisper(scene, bob, "alice"))).toEqual([]);
    },
  );

  test("to an unknown name, or to a guest who left, is refused with `no-such-name`", () => {
    const { scene, bob } = pair();
    scene.tell(scene.join("carol"), { type: "quit" });
    for (const name of ["zack", "carol"])
      expect(refusalsTo(bob, whisper(scene, bob, name))).toEqual(["no-such-name"]);
  });

  test("to or from a guest is kept without the key of the guest", () => {
    const { scene, bob } = pair();
    const carol = scene.join("carol");
    const [keep] = effectsOf("line", whisper(scene, bob, "carol"));
    expect(keep?.line?.to).toBe("carol");
    expect(keep?.line).not.toHaveProperty("receiver");
    const [guests] = effectsOf("line", whisper(scene, carol, "bob"));
    expect(guests?.line).not.toHaveProperty("author");
  });

  test("to an earlier name of a member reaches it under its present name", () => {
    const { scene, alice, bob } = pair();
    scene.tell(alice, { type: "rename", name: "al" });
    const effects = whisper(scene, bob, "alice");
    expect(messagesTo(alice, effects)).toMatchObject([{ to: "Alice" }]);
    expect(messagesTo(bob, effects)[0]).not.toHaveProperty("away");
    scene.lose(alice);
    expect(messagesTo(bob, whisper(scene, bob, "alice"))[0]).toMatchObject({ to: "Alice", away: true });
  });

  test("to a name that was released goes to the member who uses it now", () => {
    const { scene, alice, bob } = pair();
    scene.tell(alice, { type: "moderate", action: "release", name: "alice", ref: "r" });
    scene.tell(alice, { type: "quit" });
    const other = scene.join("alice");
    expect(messagesTo(other, whisper(scene, bob, "alice"))).toHaveLength(1);
  });

  test("to a receiver who left is refused where members read no earlier lines", () => {
    const { scene, alice, bob } = pair({ showsHistory: false });
    scene.lose(alice);
    expect(messagesTo(bob, whisper(scene, bob, "alice"))[0]).toMatchObject({ away: true });
    scene.pass(limits.gracePeriodMs);
    scene.tick();
    expect(refusalsTo(bob, whisper(scene, bob, "alice"))).toEqual(["no-such-name"]);
    const under = scene.joinWithKey("al", { publicKey: "key of Alice" });
    expect(messagesTo(under, whisper(scene, bob, "alice"))).toMatchObject([{ to: "Alice" }]);
  });
});

describe("a line that is sent twice", () => {
  test("is said once, and confirmed again to its author, even if its text is different by now", () => {
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

  test("before the first commit is a line effect without a line, so that it is lost with that commit", () => {
    const uncommitted = { ...fakeHistory(41), lastId: () => 41 };
    const scene = createScene({ history: uncommitted });
    const alice = scene.joinWithKey("alice");
    const say = { type: "say", text: "hi", ref: "r" } as const;
    const [first] = effectsOf("line", scene.tell(alice, say));
    if (first?.line !== undefined) uncommitted.add(first.line);
    const [again] = scene.tell(alice, say);
    expect(again).toEqual({ type: "line", sends: first?.sends.slice(-1) ?? [], author: alice, ref: "r" });
  });

  test("with the same ref by another author, or by a guest, is a line of its own", () => {
    const { scene, alice, bob } = pair();
    const carol = scene.join("carol");
    for (const id of [alice, bob, carol, carol])
      expect(effectsOf("line", scene.tell(id, { type: "say", text: "hi", ref: "r" }))[0]).toHaveProperty(
        "line",
      );
  });

  test("to one receiver tells its author whether the receiver is here now", () => {
    const { scene, alice, bob } = pair();
    whisper(scene, bob, "alice", "r");
    expect(messagesTo(bob, whisper(scene, bob, "alice", "r"))[0]).not.toHaveProperty("away");
    scene.lose(alice);
    const repeated = whisper(scene, bob, "zack", "r");
    expect(deliveries(repeated)).toMatchObject([
      { to: [bob], message: { type: "whispered", id: 42, to: "Alice", away: true, ref: "r" } },
    ]);
    scene.joinWithKey("Alice");
    expect(messagesTo(bob, whisper(scene, bob, "alice", "r"))[0]).not.toHaveProperty("away");
  });

  test("to a guest never waits", () => {
    const { scene, bob } = pair();
    const carol = scene.join("carol");
    whisper(scene, bob, "carol", "r");
    scene.lose(carol);
    expect(messagesTo(bob, whisper(scene, bob, "carol", "r"))[0]).not.toHaveProperty("away");
  });
});
