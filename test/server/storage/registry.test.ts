/** Names, operators and bans as they are kept, by the numbers of the registry's contract. */
import { describe, expect, jest, test } from "bun:test";
import { join } from "node:path";
import { limits } from "../../../lib/protocol/limits.ts";
import type { RegistryChange } from "../../../lib/server/session/registry.ts";
import { openRoomFile, openRoomMemory } from "../../../lib/server/storage/database.ts";
import type { SqliteRegistry } from "../../../lib/server/storage/registry.ts";
import { createSqliteRegistry } from "../../../lib/server/storage/registry.ts";
import { createRegistryShelf } from "../../../lib/server/storage/registry-store.ts";
import { makeFolder } from "../../support/folder.ts";

const dayMs = 86_400_000;
const none: ReadonlySet<string> = new Set();
const own = (name: string, publicKey: string): RegistryChange => ({ type: "own", name, publicKey });

function create(operators: string[] = []) {
  const file = openRoomMemory();
  let nowMs = 1_000 * dayMs;
  const time = () => nowMs;
  const registry = createSqliteRegistry(file, new Set(operators), time);
  return {
    file,
    registry,
    pass(ms: number) {
      nowMs += ms;
    },
    /** As the next start of the server finds it. */
    again: () => createSqliteRegistry(file, new Set(operators), time),
  };
}

/** Everything there is, as far as it can be asked for. */
function all(registry: SqliteRegistry, names: string[], persons: string[]) {
  return [
    names.map((key) => registry.owner(key)?.publicKey),
    persons.map((person) => registry.isOperator(person)),
    registry.bans(),
  ];
}

const changes: RegistryChange[] = [
  own("Alice", "A"),
  own("bob", "B"),
  own("Carol", "C"),
  { type: "release", name: "CAROL" },
  { type: "op", publicKey: "A" },
  { type: "op", publicKey: "B" },
  { type: "deop", publicKey: "B" },
  { type: "ban", ban: { name: "dave", publicKey: "D", by: "Alice", reason: "spam" } },
  { type: "ban", ban: { name: "eve", address: "192.0.2.7" } },
  { type: "ban", ban: { name: "Frank", publicKey: "F", address: "192.0.2.8" } },
  { type: "unban", name: "frank" },
];
const expected = [
  ["A", "B", undefined],
  [true, false],
  [
    { name: "dave", publicKey: "D", by: "Alice", reason: "spam" },
    { name: "eve", address: "192.0.2.7" },
  ],
];

test("changes hold at once, and after the next start if they were written (1, 2)", async () => {
  const folder = makeFolder();
  {
    using file = await openRoomFile(join(folder));
    const registry = createSqliteRegistry(file, none, () => 7);
    for (const change of changes) registry.apply(change);
    expect(all(registry, ["alice", "bob", "carol"], ["A", "B"])).toEqual(expected);
    expect(registry.isDirty()).toBeTrue();
    registry.write();
    expect(registry.isDirty()).toBeFalse();
  }
  using file = await openRoomFile(folder);
  expect(
    all(
      createSqliteRegistry(file, none, () => 8),
      ["alice", "bob", "carol"],
      ["A", "B"],
    ),
  ).toEqual(expected);
});

test("what cannot be written holds, is told once, and is written the next time (2)", () => {
  const { registry, again, file } = create();
  const told: string[] = [];
  const log = { event() {}, listening() {}, notice: (_: string, code: string) => void told.push(code) };
  let isFull = true;
  const shelf = createRegistryShelf(
    {
      ...registry,
      write() {
        if (isFull) throw new Error("disk full");
        registry.write();
      },
    },
    log,
  );
  shelf.apply(own("alice", "A"));
  shelf.write();
  shelf.apply({ type: "op", publicKey: "A" });
  shelf.write();
  expect(told).toEqual(["registry-failed"]);
  expect(all(registry, ["alice"], ["A"])).toEqual([["A"], [true], []]);
  expect(all(again(), ["alice"], ["A"])).toEqual([[undefined], [false], []]);
  isFull = false;
  shelf.write();
  expect(all(again(), ["alice"], ["A"])).toEqual([["A"], [true], []]);
  expect(file.inTransaction).toBeFalse();
});

test("nothing is written within a transaction of lines, which may be taken back (2)", () => {
  const { registry, again, file } = create();
  file.run("BEGIN");
  registry.apply(own("alice", "A"));
  registry.write();
  file.run("ROLLBACK");
  expect([registry.isDirty(), again().owner("alice")]).toEqual([true, undefined]);
  registry.write();
  expect(again().owner("alice")?.publicKey).toBe("A");
});

describe("a name", () => {
  test("that is taken over is the other one's", () => {
    const { registry } = create();
    registry.apply(own("bob", "A"));
    registry.apply(own("BOB", "B"));
    expect(registry.owner("bob")).toMatchObject({ name: "BOB", publicKey: "B" });
  });

  test("is one of five: of more, the one not used for longest is free (3)", () => {
    const { registry, again } = create();
    const names = Array.from({ length: limits.namesPerPersonMax + 1 }, (_, index) => `name${index}`);
    for (const name of names.slice(0, -1)) registry.apply(own(name, "A"));
    registry.apply(own("other", "B"));
    registry.used("A", "NAME0");
    registry.apply(own(names.at(-1) ?? "", "A"));
    const owners = names.map((name) => registry.owner(name)?.publicKey);
    expect(owners).toEqual(["A", undefined, "A", "A", "A", "A"]);
    registry.write();
    expect(names.map((name) => again().owner(name)?.publicKey)).toEqual(owners);
    expect(registry.owner("other")?.publicKey).toBe("B");
  });

  test("is one of five, but for those of operators: of more, none that is in use is free (3)", () => {
    const { registry } = create(["boss"]);
    const names = ["boss", "a", "b", "c", "d", "e"];
    for (const name of names) registry.apply(own(name, "A"));
    const owned = () => [...names, "f"].filter((name) => registry.owner(name) !== undefined);
    registry.apply({ type: "own", name: "E", publicKey: "A", inUse: ["boss", "a"] });
    expect(owned()).toEqual(names);
    registry.apply({ type: "own", name: "f", publicKey: "A", inUse: ["boss", "a"] });
    expect(owned()).toEqual(["boss", "a", "c", "d", "e", "f"]);
  });

  test("is one of so many in all (3)", () => {
    const { registry } = create();
    for (let one = 0; one <= limits.namesKnownMax; one += 1) registry.apply(own(`name${one}`, `p${one}`));
    expect([registry.owner("name0"), registry.owner("name1")?.publicKey]).toEqual([undefined, "p1"]);
  });

  test("that was in use for longer is not washed out by those of strangers (3)", () => {
    const { registry, pass, again } = create();
    registry.apply(own("alice", "A"));
    registry.apply(own("bob", "B"));
    pass(dayMs);
    registry.used("A", "alice");
    registry.used("B", "bob");
    // As somebody who is longer here than those who only come and go.
    registry.apply(own("newcomer", "N"));
    pass(60_000);
    registry.used("N", "newcomer");
    registry.apply(own("Bob", "B"));
    registry.write();
    for (const one of [registry, again()]) {
      for (let stranger = 0; stranger < limits.namesKnownMax; stranger += 1)
        one.apply(own(`stranger${stranger}`, `p${stranger}`));
      const known = ["alice", "bob", "newcomer"];
      expect(known.filter((name) => one.owner(name) !== undefined)).toEqual(known);
      expect(one.owner(`stranger${limits.namesKnownMax - 1}`)).toBeDefined();
    }
  });

  test("that was released and taken by somebody else is new to them (3)", () => {
    const { registry, pass } = create();
    registry.apply(own("alice", "A"));
    pass(dayMs);
    registry.used("A", "alice");
    registry.apply(own("alice", "B"));
    for (let one = 0; one < limits.namesKnownMax; one += 1) registry.apply(own(`name${one}`, `p${one}`));
    expect(registry.owner("alice")).toBeUndefined();
  });

  test("that was not used for so long is free, and one that was is not", () => {
    const { registry, pass, again } = create(["boss"]);
    for (const name of ["alice", "bob", "boss"]) registry.apply(own(name, name));
    registry.write();
    pass(50 * dayMs);
    registry.used("alice", "Alice");
    registry.used("stranger", "bob");
    registry.write();
    const restarted = again();
    for (const one of [registry, restarted]) {
      one.expire(1_000 * dayMs + 1);
      expect([one.owner("alice")?.publicKey, one.owner("bob")]).toEqual(["alice", undefined]);
      expect(one.owner("boss")?.publicKey, "operators keep theirs").toBe("boss");
    }
  });

  test("of somebody who stays is in use, until they have left for so long", () => {
    jest.useFakeTimers();
    const { registry, pass } = create();
    for (const name of ["alice", "bob"]) registry.apply(own(name, name));
    const here = [{ publicKey: "alice", name: "Alice" }];
    let isCertain = false;
    let timeMs = 1_000 * dayMs;
    const log = { event() {}, listening() {}, notice() {} };
    using _upkeep = createRegistryShelf(registry, log).startUpkeep({
      present: () => here,
      unusedSinceMs: () => (isCertain ? timeMs - 90 * dayMs : undefined),
    });
    const look = (days: number) => {
      pass(days * dayMs);
      timeMs += days * dayMs;
      jest.advanceTimersByTime(60_000);
      return ["alice", "bob"].filter((name) => registry.owner(name) !== undefined);
    };
    expect(look(100), "not before it is known how much time has passed").toEqual(["alice", "bob"]);
    isCertain = true;
    expect(look(1)).toEqual(["alice"]);
    expect(look(100)).toEqual(["alice"]);
    here.length = 0;
    expect(look(91)).toEqual([]);
    expect(registry.isDirty()).toBeFalse();
    jest.useRealTimers();
  });

  test("that is used all the time is written once a day", () => {
    const { registry, pass } = create();
    registry.apply(own("alice", "A"));
    registry.write();
    pass(dayMs - 1);
    registry.used("A", "alice");
    expect(registry.isDirty()).toBeFalse();
    pass(1);
    registry.used("A", "alice");
    expect(registry.isDirty()).toBeTrue();
  });
});

describe("an operator", () => {
  test("is whoever owns a name that the server was told, from the moment on that they do", () => {
    const { registry } = create(["alice"]);
    expect(registry.isOperator("A")).toBeFalse();
    registry.apply(own("Alice", "A"));
    expect([registry.isOperator("A"), registry.isOperator("B")]).toEqual([true, false]);
  });

  test("by name is one for as long as the server is told so, whatever was made of them beside that", () => {
    const { registry, again } = create(["alice"]);
    registry.apply(own("alice", "A"));
    for (const change of ["op", "deop"] as const) {
      registry.apply({ type: change, publicKey: "A" });
      registry.write();
      expect([registry, again()].map((one) => one.isOperator("A"))).toEqual([true, true]);
    }
  });

  test("by name does not lose it to newer ones", () => {
    const { registry } = create(["alice"]);
    registry.apply(own("alice", "A"));
    for (let one = 0; one < 2 * limits.namesPerPersonMax; one += 1) registry.apply(own(`name${one}`, "A"));
    expect(registry.isOperator("A")).toBeTrue();
  });
});

describe("a ban", () => {
  const banned = (...about: Parameters<SqliteRegistry["banOf"]>) => {
    const { registry } = create();
    registry.apply(own("owner", "O"));
    registry.apply({ type: "ban", ban: { name: "dave", publicKey: "D" } });
    registry.apply({ type: "ban", ban: { name: "eve", publicKey: "E", address: "192.0.2.7" } });
    return registry.banOf(...about)?.name;
  };

  test.each([
    ["the person", "D", "192.0.2.1", "dave"],
    ["a guest, by the person", "E", "192.0.2.1", "eve"],
    ["whoever comes from there without a key", undefined, "192.0.2.7", "eve"],
    ["whoever comes from there with a new key", "N", "192.0.2.7", "eve"],
    ["nobody who owns a name", "O", "192.0.2.7", undefined],
    ["nobody from elsewhere", undefined, "192.0.2.8", undefined],
  ])("keeps out %s", (_, person, address, name) => {
    expect(banned(person, address)).toBe(name);
  });

  test("is one of so many: the oldest goes (3)", () => {
    const { registry } = create();
    for (let one = 0; one <= limits.bansMax; one += 1)
      registry.apply({ type: "ban", ban: { name: `name${one}`, publicKey: `p${one}` } });
    expect(registry.bans()).toHaveLength(limits.bansMax);
    expect([registry.banOf("p0", ""), registry.banOf("p1", "")?.name]).toEqual([undefined, "name1"]);
  });
});
