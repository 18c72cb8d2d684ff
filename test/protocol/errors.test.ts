/** Every refusal is a whole sentence, carries what it is made of, and fits the message that carries it. */
import { expect, test } from "bun:test";
import { errorCodes, refusal } from "../../lib/protocol/errors.ts";
import { limits } from "../../lib/protocol/limits.ts";

const details = {
  name: "陈伟".repeat(12),
  like: "陳偉".repeat(12),
  seconds: 3,
  max: 60,
  at: "say.ref",
  clip: 7,
  reason: "spam",
};

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

/** What each sentence is made of, as its code asks for it. */
const carried: Partial<Record<string, Partial<typeof details>>> = {
  "bad-message": { at: "say.ref" },
  "name-taken": { name: "bob" },
  "name-invalid": { max: 60 },
  "room-full": { max: 60 },
  "no-such-name": { name: "bob" },
  "mailbox-full": { name: "bob", max: 60 },
  "text-too-long": { max: 60 },
  "floor-taken": { name: "bob", seconds: 3 },
  "bad-seconds": { max: 60 },
  "no-such-clip": { clip: 7 },
  kicked: { name: "bob", reason: "spam" },
  banned: { name: "bob", reason: "spam" },
  "too-many-tries": { seconds: 3 },
  "address-full": { max: 60 },
  "too-fast": { seconds: 3 },
  silenced: { seconds: 3 },
  "not-yours": { name: "bob" },
  "not-banned": { name: "bob" },
  "is-guest": { name: "bob" },
  "is-operator": { name: "bob" },
  "operator-by-name": { name: "bob" },
};

test.each(errorCodes)("%s goes out with exactly what its sentence is made of", (code) => {
  const given = carried[code] ?? {};
  const made = refusal(code, given);
  expect(made).toEqual({ code, message: made.message, ...given });
  expect(made.message).not.toContain("undefined");
  for (const value of Object.values(given)) expect(made.message).toContain(String(value));
});
