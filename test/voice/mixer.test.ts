import { expect, test } from "bun:test";
import { mix } from "../../lib/voice/mixer.ts";

function mixed(...voices: number[][]): number[] {
  const out = new Int16Array(3).fill(123);
  mix(
    voices.map((voice) => new Float32Array(voice)),
    out,
  );
  return [...out];
}

test("nobody is silence", () => {
  expect(mixed()).toEqual([0, 0, 0]);
});

test("one voice passes through", () => {
  expect(mixed([0.5, -0.5, 1])).toEqual([16_384, -16_383, 32_767]);
});

test("voices add up, a shorter one ends in silence", () => {
  expect(mixed([0.25, 0.25, 0.25], [0.25])).toEqual([16_384, 8192, 8192]);
});

test("too loud together is held at full scale", () => {
  expect(mixed([0.9, -0.9, 0], [0.9, -0.9, 0])).toEqual([32_767, -32_768, 0]);
});
