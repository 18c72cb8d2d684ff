/** The ledger of the soak finds every lost, repeated, changed or misdirected line. */
import { describe, expect, test } from "bun:test";
import { createLedger, type Ledger, type Witness } from "../../scripts/soak/ledger.ts";

interface Scene {
  ledger: Ledger;
  alice: Witness;
  bob: Witness;
  carol: Witness;
  /** Alice says it, and these are shown it under that id. */
  said(id: number, to?: Witness[]): void;
  complaints(lastId?: number): string[];
}

function scene(): Scene {
  const ledger = createLedger();
  const [alice, bob, carol] = [ledger.witness("alice"), ledger.witness("bob"), ledger.witness("carol")];
  for (const one of [alice, bob, carol]) one.begin(0);
  return {
    ledger,
    alice,
    bob,
    carol,
    said(id, to = [alice, bob, carol]) {
      alice.say(`r${id}`, `line ${id}`);
      for (const one of to) {
        const line = { id, from: "alice", text: `line ${id}` };
        one.see(one === alice ? { ...line, ref: `r${id}` } : line);
      }
    },
    complaints(lastId) {
      if (lastId !== undefined) ledger.close(lastId);
      return ledger.complaints().first;
    },
  };
}

test("the ledger has no complaint when every client read every line", () => {
  const { said, alice, bob, complaints, ledger } = scene();
  said(1);
  alice.say("w", "psst", bob);
  alice.see({ id: 2, from: "alice", to: "bob", text: "psst", ref: "w" });
  bob.see({ id: 2, from: "alice", to: "bob", text: "psst" });
  said(5);
  expect(complaints(5)).toEqual([]);
  expect([...ledger.lines()]).toEqual([
    [1, "alice: line 1"],
    [5, "alice: line 5"],
  ]);
});

describe("the ledger complains of a public line", () => {
  test("that one client missed", () => {
    const { said, alice, bob, complaints } = scene();
    said(1);
    said(2, [alice, bob]);
    said(3);
    expect(complaints(3)).toEqual(["carol missed 1 lines: 2 (alice: line 2)"]);
  });

  test("only when the client was there, and is not gone for good", () => {
    const { said, alice, bob, carol, ledger, complaints } = scene();
    said(1);
    const dave = ledger.witness("dave");
    ledger.witness("erin, who never came in");
    dave.begin(1);
    carol.retire();
    said(2, [alice, bob, dave]);
    expect(complaints(2)).toEqual([]);
    expect(ledger.owedSince()).toBe(0);
    for (const one of [alice, bob]) one.retire();
    expect(ledger.owedSince()).toBe(1);
  });

  test("that comes twice or late", () => {
    const { said, bob, complaints } = scene();
    said(1);
    said(2);
    for (const id of [2, 1]) bob.see({ id, from: "alice", text: `line ${id}` });
    expect(complaints()).toEqual(["bob was shown 2 (line 2) after 2", "bob was shown 1 (line 1) after 2"]);
  });

  test("that differs between clients", () => {
    const { said, alice, bob, complaints } = scene();
    said(1, [alice]);
    bob.see({ id: 1, from: "mallory", text: "line 1" });
    expect(complaints()).toEqual(['1 is "alice: line 1", and "mallory: line 1" to bob']);
  });
});

describe("the ledger complains of an own line", () => {
  test("that was never confirmed", () => {
    const { alice, complaints } = scene();
    alice.say("r", "hello?");
    expect(alice.unconfirmed()).toEqual([{ ref: "r", text: "hello?" }]);
    expect(complaints(0)).toEqual(['alice never heard what became of "hello?"']);
  });

  test("that was confirmed twice, or as another line", () => {
    const { said, alice, complaints } = scene();
    said(1);
    alice.see({ id: 2, from: "alice", text: "line 1", ref: "r1" });
    alice.say("r3", "line 3");
    alice.see({ id: 3, from: "alice", text: "line 4", ref: "r3" });
    expect(complaints()).toEqual([
      "r1 of alice was confirmed twice, or never said",
      'r3 of alice was confirmed as "line 4"',
    ]);
  });
});

describe("the ledger complains of a whisper", () => {
  const psst = { from: "alice", to: "bob", text: "psst" };

  test("that was confirmed and never read", () => {
    const { alice, bob, complaints } = scene();
    alice.say("w", "psst", bob);
    alice.see({ id: 1, ...psst, ref: "w" });
    expect(complaints(1)).toEqual(['bob never read "psst", which was confirmed']);
  });

  test("only when its receiver is not gone for good", () => {
    const { alice, bob, complaints } = scene();
    alice.say("w", "psst", bob);
    bob.retire();
    alice.see({ id: 1, ...psst, ref: "w" });
    expect(complaints(1)).toEqual([]);
  });

  test("that a third client read, or that was read twice", () => {
    const { alice, bob, carol, complaints } = scene();
    alice.say("w", "psst", bob);
    carol.see({ id: 1, ...psst });
    for (const id of [1, 2]) bob.see({ id, ...psst });
    alice.see({ id: 2, ...psst, ref: "w" });
    bob.see({ id: 3, ...psst });
    expect(complaints()).toEqual([
      "carol read 1, which is between others",
      "bob read the whisper 2 (psst) twice",
      "bob was shown the whisper 3 (psst) again",
    ]);
  });
});

test("the ledger keeps the first of many complaints, and counts all", () => {
  const { ledger } = scene();
  for (let n = 0; n < 250; n += 1) ledger.wrong(`${n}`);
  expect(ledger.complaints()).toEqual({ first: Array.from({ length: 100 }, (_, n) => `${n}`), count: 250 });
});
