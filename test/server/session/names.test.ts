/** Whose names are whose, who is a guest, who is behind a name, and who is kept out. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import { createMember } from "../../../lib/server/room/member.ts";
import { guestsAmong } from "../../../lib/server/room/registry.ts";
import type { Known, Scene } from "../room/scene.ts";
import {
  closings,
  comeBack,
  createScene,
  hello,
  messagesTo,
  origin,
  refusalsTo,
  sent,
} from "../room/scene.ts";

/** Says hello and returns why it was refused, if it was. */
function refusedAs(scene: Scene, name: string, known: Known = {}) {
  return closings(comeBack(scene, name, known).effects)[0]?.[1];
}

/** Comes in, and is gone again. */
function visit(scene: Scene, name: string, known: Known) {
  const { id } = comeBack(scene, name, known);
  scene.tell(id, { type: "quit" });
}

const whois = (scene: Scene, id: number, name: string) =>
  messagesTo(id, scene.tell(id, { type: "whois", name, ref: "r" }));

describe("a name", () => {
  test("belongs to whoever came in under it first, also when they are gone", () => {
    const scene = createScene();
    visit(scene, "Alice", { publicKey: "A" });
    for (const known of [{}, { publicKey: "B" }, { publicKey: "B", guest: true }])
      expect(refusedAs(scene, "ALICE", known)).toBe("name-taken");
    expect(refusedAs(scene, "alice", { publicKey: "A" })).toBeUndefined();
  });

  test("belongs to them also while they are away, and when they come in under another one", () => {
    const scene = createScene();
    const alice = scene.joinKnown("alice", { publicKey: "A", session: "s" });
    scene.lose(alice);
    expect(refusedAs(scene, "alice", { publicKey: "B" })).toBe("name-taken");
    scene.joinKnown("al", { publicKey: "A", session: "t" });
    scene.pass(limits.gracePeriodMs);
    scene.tick();
    expect(refusedAs(scene, "alice", { publicKey: "B" })).toBe("name-taken");
  });

  test("that somebody takes later is theirs, too, and so is the one before", () => {
    const scene = createScene();
    const alice = scene.joinKnown("alice", { publicKey: "A" });
    scene.tell(alice, { type: "rename", name: "al", ref: "r" });
    const bob = scene.joinKnown("bob", { publicKey: "B" });
    for (const name of ["alice", "AL"])
      expect(refusalsTo(bob, scene.tell(bob, { type: "rename", name, ref: "r" }))).toEqual(["name-taken"]);
    scene.tell(alice, { type: "rename", name: "alice", ref: "r" });
    expect(refusedAs(scene, "al", {})).toBe("name-taken");
  });

  test("of a guest belongs to nobody", () => {
    const scene = createScene();
    visit(scene, "alice", {});
    visit(scene, "alice", { publicKey: "G", guest: true });
    expect(scene.registry.owner("alice")).toBeUndefined();
    visit(scene, "alice", { publicKey: "A" });
    expect(scene.registry.owner("alice")?.publicKey).toBe("A");
  });
});

describe("of the names of one person", () => {
  const ownersOf = (scene: Scene, names: string[]) =>
    names.filter((name) => scene.registry.owner(name)?.publicKey === "A");
  const five = ["a", "b", "c", "d", "e"];

  test("the one that makes way for a sixth is none that is in use, by a session that is in or away", () => {
    const scene = createScene();
    scene.joinKnown("a", { publicKey: "A", session: "in" });
    scene.lose(scene.joinKnown("b", { publicKey: "A", session: "away" }));
    const roamer = scene.joinKnown("c", { publicKey: "A", session: "roamer" });
    for (const name of ["d", "e", "f", "g"]) scene.tell(roamer, { type: "rename", name, ref: "r" });
    expect(ownersOf(scene, [...five, "f", "g"])).toEqual(["a", "b", "e", "f", "g"]);
  });

  test("five are in use, and one more session is a guest, until one of them is free", () => {
    const scene = createScene({ operators: ["f"] });
    const [first = 0] = five.map((name) => scene.joinKnown(name, { publicKey: "A", session: name }));
    const { id, effects } = comeBack(scene, "f", { publicKey: "A", session: "f" });
    expect(messagesTo(id, effects)[0]).not.toHaveProperty("operator");
    expect(effects).toContainEqual(sent([1, 2, 3, 4, 5], { type: "joined", name: "f", guest: true }));
    expect(ownersOf(scene, [...five, "f"])).toEqual(five);
    scene.tell(first, { type: "quit" });
    scene.tell(id, { type: "rename", name: "g", ref: "r" });
    expect(ownersOf(scene, [...five, "f", "g"])).toEqual(["b", "c", "d", "e", "g"]);
    expect(whois(scene, id, "g")[0]).not.toHaveProperty("guest");
  });
});

test("who comes in first under the name of an operator is one, and is told so at once; a guest is not", () => {
  const welcomedAs = (known: Known) => {
    const scene = createScene({ operators: ["alice"] });
    const { id, effects } = comeBack(scene, "Alice", known);
    return messagesTo(id, effects)[0];
  };
  expect(welcomedAs({ publicKey: "A" })).toMatchObject({ type: "welcome", operator: true });
  for (const known of [{}, { publicKey: "A", guest: true }])
    expect(welcomedAs(known)).not.toHaveProperty("operator");
});

describe("a guest", () => {
  test("is marked in lists as long as there are not very many, so that the list fits a frame", () => {
    const guests = Array.from({ length: limits.guestsListedMax + 1 }, (_, id) => ({
      ...createMember(id, origin(), { monotonicMs: 0 }),
      name: `g${id}`,
    }));
    expect(guestsAmong(guests).guests).toEqual(guests.slice(0, -1).map(({ name }) => name));
  });

  test("is marked as such to others, by coming in, in lists, and to those who ask", () => {
    const scene = createScene();
    const bob = scene.joinKnown("bob", { publicKey: "B" });
    for (const known of [{}, { publicKey: "G", guest: true }]) {
      const { id, effects } = comeBack(scene, "alice", known);
      expect(effects).toContainEqual(sent([bob], { type: "joined", name: "alice", guest: true }));
      expect(messagesTo(bob, scene.tell(bob, { type: "who" }))).toEqual([
        { type: "members", names: ["bob", "alice"], guests: ["alice"] },
      ]);
      const key = known.publicKey === undefined ? {} : { key: known.publicKey };
      expect(whois(scene, bob, "ALICE")).toEqual([
        { type: "person", ref: "r", name: "alice", ...key, guest: true, here: true },
      ]);
      const { id: carol, effects: welcomed } = comeBack(scene, "carol", { publicKey: "C" });
      expect(messagesTo(carol, welcomed)[0]).toMatchObject({ members: ["bob", "alice"], guests: ["alice"] });
      expect(messagesTo(bob, welcomed)).toEqual([{ type: "joined", name: "carol" }]);
      scene.tell(id, { type: "quit" });
      scene.tell(carol, { type: "quit" });
    }
  });

  test("with a key comes back like everybody, and stays one", () => {
    const scene = createScene();
    const guest = { publicKey: "G", session: "s", guest: true };
    scene.lose(scene.joinKnown("alice", guest));
    const { id, effects } = comeBack(scene, "alice", guest);
    expect(messagesTo(id, effects)[0]).toMatchObject({ type: "welcome", you: "alice" });
    expect(whois(scene, id, "alice")).toMatchObject([{ guest: true }]);
  });

  test("by whose key a name is owned is its owner under that name", () => {
    const scene = createScene();
    visit(scene, "alice", { publicKey: "A" });
    const { id } = comeBack(scene, "alice", { publicKey: "A", guest: true });
    expect(whois(scene, id, "alice")[0]).not.toHaveProperty("guest");
  });

  test("cannot take a name that belongs to somebody", () => {
    const scene = createScene();
    visit(scene, "alice", { publicKey: "A" });
    const guest = scene.join("bob");
    expect(refusalsTo(guest, scene.tell(guest, { type: "rename", name: "alice", ref: "r" }))).toEqual([
      "name-taken",
    ]);
    expect(refusalsTo(guest, scene.tell(guest, { type: "rename", name: "bobby", ref: "r" }))).toEqual([]);
    expect(scene.registry.owner("bobby")).toBeUndefined();
  });
});

describe("who is behind a name", () => {
  test("is said of those who are here, of those who are not, and of operators", () => {
    const scene = createScene({ operators: ["alice"] });
    const alice = scene.joinKnown("Alice", { publicKey: "A" });
    visit(scene, "bob", { publicKey: "B" });
    expect(whois(scene, alice, "alice")).toEqual([
      { type: "person", ref: "r", name: "Alice", key: "A", operator: true, here: true },
    ]);
    expect(whois(scene, alice, "BOB")).toEqual([
      { type: "person", ref: "r", name: "bob", key: "B", here: false },
    ]);
  });

  test("is nobody where nobody is known, whatever is asked for", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    const asked = `\x1b[2J${"x".repeat(100)}`;
    expect(whois(scene, alice, asked)).toMatchObject([
      { code: "no-such-name", name: `[2J${"x".repeat(21)}`, ref: "r" },
    ]);
  });
});

describe("one address", () => {
  const comeFrom = (scene: Scene, name: string, from = origin()) => {
    const id = scene.connect(from);
    return closings(scene.tell(id, hello(name)))[0]?.[1];
  };

  test("has half of the places", () => {
    const scene = createScene({ clientsMax: 5 });
    for (const name of ["a", "b", "c"]) expect(comeFrom(scene, name)).toBeUndefined();
    expect(comeFrom(scene, "d")).toBe("address-full");
    expect(comeFrom(scene, "d", origin("192.0.2.8"))).toBeUndefined();
  });

  test("may be that of the server's machine, which may have all of them", () => {
    const scene = createScene({ clientsMax: 4 });
    for (const name of ["a", "b", "c", "d"]) scene.join(name);
    expect(comeFrom(scene, "e")).toBe("room-full");
  });

  test("has so many connections without a hello: the longest waiting makes way, and no other address for it", () => {
    const scene = createScene();
    const other = scene.connect(origin("192.0.2.8"));
    const [longest = 0] = Array.from({ length: limits.pendingPerAddressMax }, () => scene.connect(origin()));
    const next = longest + limits.pendingPerAddressMax;
    expect(closings(scene.feed({ type: "connected", id: next, origin: origin() }))).toEqual([
      [longest, "too-many"],
    ]);
    expect(closings(scene.tell(other, hello("alice")))).toEqual([]);
  });
});
