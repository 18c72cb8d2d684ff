/** References: no two alike, also of two sessions at once, and in the order of time. */
import { expect, setSystemTime, test } from "bun:test";
import { createRefs } from "../../../lib/client/session/client-message-ids.ts";
import { limits } from "../../../lib/protocol/limits.ts";

test("are all different, and short", () => {
  const sessions = Array.from({ length: 20 }, createRefs);
  const refs = sessions.flatMap((newRef) => Array.from({ length: 1_000 }, newRef));
  expect(new Set(refs).size).toBe(refs.length);
  expect(Math.max(...refs.map((ref) => ref.length))).toBeLessThanOrEqual(limits.refCharsMax / 4);
});

test("sort by the time at which they are made, whoever makes them", () => {
  const [one, another] = [createRefs(), createRefs()];
  const refs: string[] = [];
  try {
    for (const day of ["2026-11-26", "2026-11-27", "2030-01-01", "2059-05-25"]) {
      setSystemTime(new Date(day));
      refs.push(refs.length % 2 === 0 ? one() : another());
    }
  } finally {
    setSystemTime();
  }
  expect(refs.toSorted()).toEqual(refs);
});
