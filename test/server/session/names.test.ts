/** Names: whose they are, whose they may become, who is behind one, and the limits of one address. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import { guestsAmong } from "../../../lib/server/room/users.ts";
import type { Credentials, Scene } from "../room/scene.ts";
import {
  closings,
  createScene,
  hello,
  messagesTo,
  origin,
  reconnect,
  refusalsTo,
  sent,
} from "../room/scene.ts";

/** Says hello and returns the code of the refusal, if there is one. */
function refusedAs(scene: Scene, name: string, credentials: Credentials = {}) {
  return closings(reconnect(scene, name, credentials).effects)[0]?.[1];
}

/** Joins, and quits. */
function visit(scene: Scene, name: string, credentials: Credentials) {
  const { id } = reconnect(scene, name, credentials);
  scene.tell(id, { type: "quit" });
}

const whois = (scene: Scene, id: number, name: string) =>
  messagesTo(id, scene.tell(id, { type: "whois", name, ref: "r" }));

describe("a name", () => {
  test("belongs to the key that joined under it first, also when its user is gone", () => {
    const scene = createScene();
    visit(scene, "Alice", { publicKey: "A" });
    for (const credentials of [{}, { publicKey: "B" }, { publicKey: "B", guest: true }])
      expect(refusedAs(scene, "ALICE", credentials)).toBe("name-taken");
    expect(refusedAs(scene, "alice", { publicKey: "A" })).toBeUndefined();
  });

  test("belongs to its key while the session is detached, and while the key uses another name", () => {
    const scene = createScene();
    const alice = scene.joinWithKey("alice", { publicKey: "A", session: "s" });
    scene.lose(alice);
    expect(refusedAs(scene, "alice", { publicKey: "B" })).toBe("name-taken");
    scene.joinWithKey("al", { publicKey: "A", session: "t" });
    scene.pass(limits.gracePeriodMs);
    scene.tick();
    expect(refusedAs(scene, "alice", { publicKey: "B" })).toBe("name-taken");
  });

  test("that a member changes to belongs to its key, and so does the one before", () => {
    const scene = createScene();
    const alice = scene.joinWithKey("alice", { publicKey: "A" });
    scene.tell(alice, { type: "rename", name: "al", ref: "r" });
    const bob = scene.joinWithKey("bob", { publicKey: "B" });
    for (const name of ["alice", "AL"])
      expect(refusalsTo(bob, scene.tell(bob, { type: "rename", name, ref: "r" }))).toEqual(["name-taken"]);
    scene.tell(alice, { type: "rename", name: "alice", ref: "r" });
    expect(refusedAs(scene, "al", {})).toBe("name-taken");
  });

  test("of a guest belongs to no key", () => {
    const scene = createScene();
    visit(scene, "alice", {});
    visit(scene, "alice", { publicKey: "G", guest: true });
    expect(scene.registry.owner("alice")).toBeUndefined();
    visit(scene, "alice", { publicKey: "A" });
    expect(scene.registry.owner("alice")?.publicKey).toBe("A");
  });
});

describe("of the names of one key", () => {
  const ownersOf = (scene: Scene, names: string[]) =>
    names.filter((name) => scene.registry.owner(name)?.publicKey === "A");
  const five = ["a", "b", "c", "d", "e"];

  test("the one that is freed for a sixth is none that a joined or detached session uses", () => {
    const scene = createScene();
    scene.joinWithKey("a", { publicKey: "A", session: "in" });
    scene.lose(scene.joinWithKey("b", { publicKey: "A", session: "away" }));
    const roamer = scene.joinWithKey("c", { publicKey: "A", session: "roamer" });
    for (const name of ["d", "e", "f", "g"]) scene.tell(roamer, { type: "rename", name, ref: "r" });
    expect(ownersOf(scene, [...five, "f", "g"])).toEqual(["a", "b", "e", "f", "g"]);
  });

  test("five may be in use, and the user of a sixth is a guest until one of them is free", () => {
    const scene = createScene({ operators: ["f"] });
    const [first = 0] = five.map((name) => scene.joinWithKey(name, { publicKey: "A", session: name }));
    const { id, effects } = reconnect(scene, "f", { publicKey: "A", session: "f" });
    expect(messagesTo(id, effects)[0]).not.toHaveProperty("operator");
    expect(effects).toContainEqual(sent([1, 2, 3, 4, 5], { type: "joined", name: "f", guest: true }));
    expect(ownersOf(scene, [...five, "f"])).toEqual(five);
    scene.tell(first, { type: "quit" });
    scene.tell(id, { type: "rename", name: "g", ref: "r" });
    expect(ownersOf(scene, [...five, "f", "g"])).toEqual(["b", "c", "d", "e", "g"]);
    expect(whois(scene, id, "g")[0]).not.toHaveProperty("guest");
  });
});

test("the first key that joins under a name in --op is an operator, and its welcome says so, which a guest's does not", () => {
  const welcomedAs = (credentials: Credentials) => {
    const scene = createScene({ operators: ["alice"] });
    const { id, effects } = reconnect(scene, "Alice", credentials);
    return messagesTo(id, effects)[0];
  };
  expect(welcomedAs({ publicKey: "A" })).toMatchObject({ type: "welcome", operator: true });
  for (const credentials of [{}, { publicKey: "A", guest: true }])
    expect(welcomedAs(credentials)).not.toHaveProperty("operator");
});

describe("a guest", () => {
  test("is marked in lists up to guestsListedMax, so that the list fits a frame", () => {
    const guests = Array.from({ length: limits.guestsListedMax + 1 }, (_, id) => ({
      identity: { name: `g${id}`, publicKey: undefined, isGuest: true, origin: origin() },
    }));
    const names = guests.slice(0, -1).map(({ identity }) => identity.name);
    expect(guestsAmong(guests).guests).toEqual(names);
  });

  test("is marked as one in joined, members, welcome and person", () => {
    const scene = createScene();
    const bob = scene.joinWithKey("bob", { publicKey: "B" });
    for (const credentials of [{}, { publicKey: "G", guest: true }]) {
      const { id, effects } = reconnect(scene, "alice", credentials);
      expect(effects).toContainEqual(sent([bob], { type: "joined", name: "alice", guest: true }));
      expect(messagesTo(bob, scene.tell(bob, { type: "who" }))).toEqual([
        { type: "members", names: ["bob", "alice"], guests: ["alice"] },
      ]);
      const key = credentials.publicKey === undefined ? {} : { key: credentials.publicKey };
      expect(whois(scene, bob, "ALICE")).toEqual([
        { type: "person", ref: "r", name: "alice", ...key, guest: true, here: true },
      ]);
      const { id: carol, effects: welcomed } = reconnect(scene, "carol", { publicKey: "C" });
      expect(messagesTo(carol, welcomed)[0]).toMatchObject({ members: ["bob", "alice"], guests: ["alice"] });
      expect(messagesTo(bob, welcomed)).toEqual([{ type: "joined", name: "carol" }]);
      scene.tell(id, { type: "quit" });
      scene.tell(carol, { type: "quit" });
    }
  });

  test("with a key resumes its session, and stays a guest", () => {
    const scene = createScene();
    const guest = { publicKey: "G", session: "s", guest: true };
    scene.lose(scene.joinWithKey("alice", guest));
    const { id, effects } = reconnect(scene, "alice", guest);
    expect(messagesTo(id, effects)[0]).toMatchObject({ type: "welcome", you: "alice" });
    expect(whois(scene, id, "alice")).toMatchObject([{ guest: true }]);
  });

  test("whose key owns the name is no guest under that name", () => {
    const scene = createScene();
    visit(scene, "alice", { publicKey: "A" });
    const { id } = reconnect(scene, "alice", { publicKey: "A", guest: true });
    expect(whois(scene, id, "alice")[0]).not.toHaveProperty("guest");
  });

  test("cannot rename to a name that belongs to a key", () => {
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

describe("whois", () => {
  test("is answered for members, for absent owners, and for operators", () => {
    const scene = createScene({ operators: ["alice"] });
    const alice = scene.joinWithKey("Alice", { publicKey: "A" });
    visit(scene, "bob", { publicKey: "B" });
    expect(whois(scene, alice, "alice")).toEqual([
      { type: "person", ref: "r", name: "Alice", key: "A", operator: true, here: true },
    ]);
    expect(whois(scene, alice, "BOB")).toEqual([
      { type: "person", ref: "r", name: "bob", key: "B", here: false },
    ]);
  });

  test("is refused with `no-such-name` for an unknown name of any content", () => {
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

  test("may have half of the sessions", () => {
    const scene = createScene({ clientsMax: 5 });
    for (const name of ["a", "b", "c"]) expect(comeFrom(scene, name)).toBeUndefined();
    expect(comeFrom(scene, "d")).toBe("address-full");
    expect(comeFrom(scene, "d", origin("192.0.2.8"))).toBeUndefined();
  });

  test("may have all of the sessions if it is the server's own machine", () => {
    const scene = createScene({ clientsMax: 4 });
    for (const name of ["a", "b", "c", "d"]) scene.join(name);
    expect(comeFrom(scene, "e")).toBe("room-full");
  });

  test("may have pendingPerAddressMax pending connections, of which the longest waiting is closed, and none of another address", () => {
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
