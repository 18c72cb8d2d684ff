/** Tests client message ids: no two are alike, also of two sessions, and they sort by time. */
import { expect, test } from "bun:test";
import { createClientMessageIds } from "../../../lib/client/session/client-message-ids.ts";
import { limits } from "../../../lib/protocol/limits.ts";

test("the ids of one and of two sessions all differ, and are short", () => {
  const nowMs = Date.parse("2059-05-25");
  const sessions = ["0a1b", "0a1c"].map((random) => createClientMessageIds(random, () => nowMs));
  const ids = sessions.flatMap((newId) => Array.from({ length: 1_000 }, newId));
  expect(new Set(ids).size).toBe(2_000);
  expect(Math.max(...ids.map((id) => id.length))).toBeLessThanOrEqual(limits.refCharsMax / 4);
});

test("ids sort by the time at which they are made, in any session", () => {
  let nowMs = 0;
  const one = createClientMessageIds("ffff", () => nowMs);
  const another = createClientMessageIds("0000", () => nowMs);
  const ids = ["2026-11-26", "2026-11-27", "2030-01-01", "2059-05-25"].map((day, index) => {
    nowMs = Date.parse(day);
    return index % 2 === 0 ? one() : another();
  });
  expect(ids.toSorted()).toEqual(ids);
});
