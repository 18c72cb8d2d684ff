/** Carried-over rate-limit debt, by the numbers of its contract. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ConnectionId, Origin } from "../../../lib/server/session/identity.ts";
import { createScene, local, origin, refusalsTo, type Scene } from "../room/scene.ts";

const burst = limits.linesBurst;

/** Joins from there; without a public key as a guest. */
function come(scene: Scene, name: string, from: Origin, publicKey?: string): ConnectionId {
  const id = scene.connect(from);
  scene.greet(id, name, { ...(publicKey === undefined ? {} : { publicKey }) });
  return id;
}

/** The number of lines that it may say at once. */
function said(scene: Scene, id: ConnectionId): number {
  for (let count = 0; count < 1_000; count += 1) {
    const effects = scene.tell(id, { type: "say", text: "hi", ref: `r${scene.now()}-${id}-${count}` });
    if (refusalsTo(id, effects).includes("too-fast")) return count;
  }
  throw new Error("there is no limit");
}

const quit = (scene: Scene, id: ConnectionId) => scene.tell(id, { type: "quit" });

describe("the user of a key", () => {
  test("has one usage for all its sessions (1)", () => {
    const scene = createScene();
    const desk = come(scene, "alice", origin(), "A");
    const phone = come(scene, "alice-2", origin("192.0.2.8"), "A");
    expect([said(scene, desk), said(scene, phone)]).toEqual([burst, 0]);
    const bob = come(scene, "bob", origin(), "B");
    expect(said(scene, bob)).toBe(burst);
  });

  test("keeps the usage when all its sessions but one have ended (1)", () => {
    const scene = createScene();
    const desk = come(scene, "alice", origin(), "A");
    const phone = come(scene, "alice-2", origin(), "A");
    said(scene, desk);
    quit(scene, desk);
    expect(said(scene, phone)).toBe(0);
    expect(said(scene, come(scene, "alice", origin(), "A"))).toBe(0);
    expect(said(scene, come(scene, "bob", origin(), "B")), "it still belongs to alice").toBe(burst);
  });

  test.each([
    ["the same address", origin()],
    ["another address", origin("192.0.2.8")],
    ["the server's own machine", local],
  ])("who joins again from %s keeps the debt (2)", (_, from) => {
    const scene = createScene();
    const alice = come(scene, "alice", origin(), "A");
    said(scene, alice);
    quit(scene, alice);
    const again = come(scene, "alice", from, "A");
    expect(said(scene, again)).toBe(0);
    scene.pass(limits.refusedForMs);
    expect(said(scene, again)).toBe((limits.linesPerSecond * limits.refusedForMs) / 1_000);
  });

  test("whose session ended after its grace period keeps the debt (2)", () => {
    const scene = createScene();
    const alice = scene.connect(origin());
    scene.greet(alice, "alice", { publicKey: "A", session: "s" });
    for (let word = 0; word < limits.whisperedPerMinute; word += 1)
      scene.tell(alice, { type: "whisper", to: `stranger${word}`, text: "hi", ref: `r${word}` });
    scene.lose(alice);
    scene.pass(limits.gracePeriodMs);
    scene.tick();
    const again = come(scene, "alice", origin(), "A");
    const whispered = scene.tell(again, { type: "whisper", to: "another", text: "hi", ref: "r" });
    expect(refusalsTo(again, whispered)).toEqual(["too-fast"]);
  });
});

describe("a user of an address", () => {
  test.each([
    ["without a key", undefined, undefined],
    ["with a new key", "A", "B"],
    ["with a key and then without", "A", undefined],
  ])("who joins again %s keeps the debt (2)", (_, before, after) => {
    const scene = createScene();
    const first = come(scene, "alice", origin(), before);
    said(scene, first);
    quit(scene, first);
    expect(said(scene, come(scene, "bob", origin(), after))).toBe(0);
  });

  test("takes the debt of one other user, and the next user takes none (2)", () => {
    const scene = createScene({ clientsMax: 20 });
    const flooder = come(scene, "flooder", origin());
    const others = ["a", "b", "c"].map((name) => come(scene, name, origin()));
    expect([flooder, ...others].map((id) => said(scene, id))).toEqual([burst, burst, burst, burst]);
    quit(scene, flooder);
    expect(["d", "e", "f"].map((name) => said(scene, come(scene, name, origin())))).toEqual([
      0,
      burst,
      burst,
    ]);
  });

  test.each([
    ["from another address", origin("192.0.2.8")],
    ["on the server's own machine (3)", local],
  ])("takes no debt %s", (_, from) => {
    const scene = createScene();
    const flooder = come(scene, "flooder", from);
    said(scene, flooder);
    quit(scene, flooder);
    expect(said(scene, come(scene, "alice", origin()))).toBe(burst);
    expect(said(scene, come(scene, "bob", local))).toBe(burst);
  });
});

test("a paid debt is forgotten, and so is the oldest of more than debtsMax (4)", () => {
  const scene = createScene();
  const flood = (name: string, from: Origin) => {
    const id = come(scene, name, from);
    said(scene, id);
    quit(scene, id);
  };
  flood("first", origin("192.0.2.7"));
  for (let one = 0; one < 1_000; one += 1) flood("other", origin(`other ${one}`));
  expect(said(scene, come(scene, "alice", origin("192.0.2.7")))).toBe(burst);
  expect(said(scene, come(scene, "bob", origin("other 999")))).toBe(0);
  scene.pass((burst * 1_000) / limits.linesPerSecond);
  expect(said(scene, come(scene, "carol", origin("other 998")))).toBe(burst);
});
