/** Every refusal is a whole sentence, carries what it is made of, and fits the message that carries it. */
import { expect, test } from "bun:test";
import { errorCodes, refusal } from "../../lib/protocol/errors.ts";
import { limits } from "../../lib/protocol/limits.ts";

const details = { name: "陈伟".repeat(12), seconds: 3, max: 60, at: "say.ref" };

test.each(errorCodes)("%s", (code) => {
  const { message } = refusal(code, details);
  expect(message).toMatch(/^\S.*\.$/);
  expect(message).not.toContain("undefined");
  expect(message.length).toBeLessThanOrEqual(limits.messageCharsMax);
  expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

test("who is talking, and for how long", () => {
  expect(refusal("floor-taken", { name: "bob", seconds: 3 })).toEqual({
    code: "floor-taken",
    message: "bob is talking (3 s left).",
    name: "bob",
    seconds: 3,
  });
});
