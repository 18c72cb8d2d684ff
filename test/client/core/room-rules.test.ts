/** Tests the rules of a room as the client keeps them. */
import { expect, test } from "bun:test";
import {
  noRules,
  type RoomRules,
  ruleChanges,
  ruleMarks,
  rulesAfter,
  rulesOf,
} from "../../../lib/client/core/room-rules.ts";
import { welcomeOf } from "./scene.ts";

const flags = [false, true];
const allRules: RoomRules[] = flags.flatMap((isOperator) =>
  flags.flatMap((isLocked) => flags.map((isModerated) => ({ isOperator, isLocked, isModerated }))),
);

test("a welcome without marks has no rules, and each mark is read", () => {
  expect(rulesOf(welcomeOf({}))).toEqual(noRules);
  const marks = { operator: true, locked: true, announce: true } as const;
  expect(rulesOf(welcomeOf(marks))).toEqual({ isOperator: true, isLocked: true, isModerated: true });
});

test.each(allRules)("the rules %j are the same after they were shown and read again", (rules) => {
  expect(rulesOf(welcomeOf(ruleMarks(rules)))).toEqual(rules);
});

test.each(allRules)("the changes from any rules lead to %j, one for each rule that differs", (after) => {
  for (const before of allRules) {
    const changes = ruleChanges(before, after, "alice");
    const keys = ["isOperator", "isLocked", "isModerated"] as const;
    expect(changes).toHaveLength(keys.filter((key) => before[key] !== after[key]).length);
    expect(changes.reduce((rules, change) => rulesAfter(rules, change, "alice"), before)).toEqual(after);
  }
});

test("an action on another person, or one that is no rule, changes no rule", () => {
  const rules = rulesOf(welcomeOf({ locked: true }));
  for (const action of ["op", "deop", "kick", "silence"] as const)
    expect(rulesAfter(rules, { type: "moderated", action, name: "bob" }, "alice")).toBe(rules);
});
