/** A promise with a time limit. */
import { expect, test } from "bun:test";
import { withTimeout } from "../../lib/base/timeout.ts";

test("a promise that settles in time passes its result or error through the time limit", async () => {
  expect(await withTimeout(60_000, Promise.resolve(7), "too late")).toBe(7);
  await expect(withTimeout(60_000, Promise.reject(new Error("no")), "too late")).rejects.toThrow("no");
});

test("a promise that never settles is rejected with the given message after the time limit", async () => {
  await expect(withTimeout(1, new Promise(() => {}), "too late")).rejects.toThrow("too late");
});
