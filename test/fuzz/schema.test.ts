/** The fuzzer's values: a schema accepts the valid ones that are made from it, and none of the invalid ones. */
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { clientMessages, serverMessages } from "../../lib/protocol/messages.ts";
import { makerOf } from "../../scripts/fuzz/schema.ts";
import { eachSeed } from "../support/random.ts";

const letters = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/));
const schemas: Record<string, v.GenericSchema> = {
  "a pipe in a pipe": v.object({
    bytes: v.pipe(letters, v.length(86)),
    few: v.pipe(letters, v.maxLength(9)),
  }),
  "bytes of one length": v.object({ bytes: v.pipe(v.string(), v.base64(), v.length(44)) }),
  "a variant": v.variant("type", [
    v.object({ type: v.literal("a"), n: v.number() }),
    v.object({ type: v.literal("b") }),
  ]),
  "numbers with bounds": v.object({ n: v.pipe(v.number(), v.safeInteger(), v.minValue(3), v.maxValue(9)) }),
  "what has a fallback": v.object({ why: v.fallback(v.picklist(["a"]), "a"), list: v.array(v.boolean()) }),
  ...Object.fromEntries(
    [...Object.entries(clientMessages), ...Object.entries(serverMessages)].map(([type, one]) => [
      type,
      one.fields,
    ]),
  ),
};

describe.each(Object.entries(schemas))("%s", (_, schema) => {
  const { good, bad } = makerOf(schema);
  test("has valid and invalid values that its schema tells apart", () => {
    eachSeed(300, (random) => {
      expect(v.is(schema, good(random))).toBeTrue();
      const wrong = bad?.(random);
      // A list passes for an object without fields; the decoder looks at that itself.
      if (!Array.isArray(wrong)) expect(v.is(schema, wrong)).toBeFalse();
    });
  });
});

test("an unknown kind of schema is named in the error", () => {
  expect(() => makerOf(v.object({ when: v.date() }))).toThrow("does not know how to make a date");
  expect(() => makerOf(v.pipe(v.string(), v.email()))).toThrow("does not know email");
});
