/** Tests names, operators and bans as they are kept, by the numbers of the contract of the registry. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { limits } from "../../../lib/protocol/limits.ts";
import type { RegistryChange } from "../../../lib/server/session/registry.ts";
import { openRoomFile, openRoomMemory } from "../../../lib/server/storage/database.ts";
import type { SqliteRegistry } from "../../../lib/server/storage/registry.ts";
import { createSqliteRegistry, isolateRegistry } from "../../../lib/server/storage/registry.ts";
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
    /** The registry after a restart of the server. */
    again: () => createSqliteRegistry(file, new Set(operators), time),
  };
}

/** Everything that the registry says about these names and people. */
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

test("changes hold at once, and after a restart if they were written (1, 2)", async () => {
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

test("a change that cannot be written holds, is reported once, and is written the next time (1, 2)", () => {
  const { registry, again, file } = create();
  const notices: string[] = [];
  let isFull = true;
  const isolated = isolateRegistry(
    {
      ...registry,
      write() {
        if (isFull) throw new Error("disk full");
        registry.write();
      },
    },
    (_level, code) => void notices.push(code),
  );
  isolated.apply(own("alice", "A"));
  isolated.write();
  isolated.apply({ type: "op", publicKey: "A" });
  isolated.write();
  expect(notices).toEqual(["registry-failed"]);
  expect(all(registry, ["alice"], ["A"])).toEqual([["A"], [true], []]);
  expect(all(again(), ["alice"], ["A"])).toEqual([[undefined], [false], []]);
  isFull = false;
  isolated.write();
  expect(all(again(), ["alice"], ["A"])).toEqual([["A"], [true], []]);
  expect(file.inTransaction).toBeFalse();
});

test("nothing is written within a transaction of lines, which may be rolled back (2)", () => {
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
  test("that another person takes over belongs to that person", () => {
    const { registry } = create();
    registry.apply(own("bob", "A"));
    registry.apply(own("BOB", "B"));
    expect(registry.owner("bob")).toMatchObject({ name: "BOB", publicKey: "B" });
  });

  test("beyond the limit of a person frees their least recently used name (3)", () => {
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

  test("beyond the limit of a person frees no name that is in use or of an operator (3)", () => {
    const { registry } = create(["boss"]);
    const names = ["boss", "a", "b", "c", "d", "e"];
    for (const name of names) registry.apply(own(name, "A"));
    const owned = () => [...names, "f"].filter((name) => registry.owner(name) !== undefined);
    registry.apply({ type: "own", name: "E", publicKey: "A", inUse: ["boss", "a"] });
    expect(owned()).toEqual(names);
    registry.apply({ type: "own", name: "f", publicKey: "A", inUse: ["boss", "a"] });
    expect(owned()).toEqual(["boss", "a", "c", "d", "e", "f"]);
  });

  test("beyond the limit of all names frees one (3)", () => {
    const { registry } = create();
    for (let one = 0; one <= limits.namesKnownMax; one += 1) registry.apply(own(`name${one}`, `p${one}`));
    expect([registry.owner("name0"), registry.owner("name1")?.publicKey]).toEqual([undefined, "p1"]);
  });

  test("that was in use for long is not freed by the names of strangers who come and go (3)", () => {
    const { registry, pass, again } = create();
    registry.apply(own("alice", "A"));
    registry.apply(own("bob", "B"));
    pass(dayMs);
    registry.used("A", "alice");
    registry.used("B", "bob");
    // Here for longer than strangers who only come and go.
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

  test("that another person takes counts as new to that person (3)", () => {
    const { registry, pass } = create();
    registry.apply(own("alice", "A"));
    pass(dayMs);
    registry.used("A", "alice");
    registry.apply(own("alice", "B"));
    for (let one = 0; one < limits.namesKnownMax; one += 1) registry.apply(own(`name${one}`, `p${one}`));
    expect(registry.owner("alice")).toBeUndefined();
  });

  test("that was not used for long enough is freed, and one that was used is not", () => {
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
      expect(one.owner("boss")?.publicKey, "operators keep their names").toBe("boss");
    }
  });

  test("of a person who stays is in use, and is freed when they have left for long enough", () => {
    const { registry, pass } = create();
    for (const name of ["alice", "bob"]) registry.apply(own(name, name));
    const here = [{ publicKey: "alice", name: "Alice" }];
    let isCertain = false;
    let timeMs = 1_000 * dayMs;
    const use = {
      present: () => here,
      unusedSinceMs: () => (isCertain ? timeMs - 90 * dayMs : undefined),
    };
    const ownedAfter = (days: number) => {
      pass(days * dayMs);
      timeMs += days * dayMs;
      expect(registry.maintain(use)).toBeFalse();
      return ["alice", "bob"].filter((name) => registry.owner(name) !== undefined);
    };
    expect(ownedAfter(100), "the elapsed time is not known yet").toEqual(["alice", "bob"]);
    isCertain = true;
    expect(ownedAfter(1)).toEqual(["alice"]);
    expect(ownedAfter(100)).toEqual(["alice"]);
    here.length = 0;
    expect(ownedAfter(91)).toEqual([]);
    expect(registry.isDirty()).toBeFalse();
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
  test("is a person who owns a name of `--op`, as soon as they own it", () => {
    const { registry } = create(["alice"]);
    expect(registry.isOperator("A")).toBeFalse();
    registry.apply(own("Alice", "A"));
    expect([registry.isOperator("A"), registry.isOperator("B")]).toEqual([true, false]);
  });

  test("by `--op` stays one, whatever `/op` and `/deop` did", () => {
    const { registry, again } = create(["alice"]);
    registry.apply(own("alice", "A"));
    for (const change of ["op", "deop"] as const) {
      registry.apply({ type: change, publicKey: "A" });
      registry.write();
      expect([registry, again()].map((one) => one.isOperator("A"))).toEqual([true, true]);
    }
  });

  test("by `--op` does not lose the name to newer names of the same person", () => {
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
    ["the banned person", "D", "192.0.2.1", "dave"],
    ["the banned person from another address", "E", "192.0.2.1", "eve"],
    ["a person without a key from the banned address", undefined, "192.0.2.7", "eve"],
    ["a person with a new key from the banned address", "N", "192.0.2.7", "eve"],
    ["no owner of a name from the banned address", "O", "192.0.2.7", undefined],
    ["no person without a key from another address", undefined, "192.0.2.8", undefined],
  ])("keeps out %s", (_, person, address, name) => {
    expect(banned(person, address)).toBe(name);
  });

  test("beyond the limit deletes the oldest one (3)", () => {
    const { registry } = create();
    for (let one = 0; one <= limits.bansMax; one += 1)
      registry.apply({ type: "ban", ban: { name: `name${one}`, publicKey: `p${one}` } });
    expect(registry.bans()).toHaveLength(limits.bansMax);
    expect([registry.banOf("p0", ""), registry.banOf("p1", "")?.name]).toEqual([undefined, "name1"]);
  });
});
