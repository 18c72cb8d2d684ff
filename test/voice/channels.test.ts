import { expect, test } from "bun:test";
import { mixDown, spreadOut } from "../../lib/voice/channels.ts";

test("one channel stays as it is", () => {
  const mono = Int16Array.of(1, -2, 3);
  expect(mixDown(mono, 1)).toEqual(mono);
  expect(spreadOut(mono, 1)).toEqual(mono);
});

test("two channels are averaged", () => {
  expect(mixDown(Int16Array.of(100, 300, -32_768, -32_768, 32_767, 32_767), 2)).toEqual(
    Int16Array.of(200, -32_768, 32_767),
  );
});

test("a voice on one of eight channels loses 6 dB and no more; all together stay within full scale", () => {
  expect(mixDown(Int16Array.of(0, 0, 0, 0, 0, 1000, 0, 0), 8)).toEqual(Int16Array.of(500));
  expect(mixDown(new Int16Array(16).fill(20_000), 8)).toEqual(Int16Array.of(32_767, 32_767));
  expect(mixDown(new Int16Array(16).fill(-20_000), 8)).toEqual(Int16Array.of(-32_768, -32_768));
});

test("what is played is on every channel", () => {
  expect(spreadOut(Int16Array.of(1, -2), 3)).toEqual(Int16Array.of(1, 1, 1, -2, -2, -2));
});
