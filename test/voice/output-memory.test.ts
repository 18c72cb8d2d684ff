import { expect, test } from "bun:test";
import type { Buffering } from "../../lib/voice/device.ts";
import { createOutputMemory, more } from "../../lib/voice/output-memory.ts";

test("begins with the least, and knows no depth", () => {
  const memory = createOutputMemory();
  expect(memory.buffering).toBe("low");
  expect(memory.depthMs).toBeUndefined();
});

test("more is one step up, and ends at the top", () => {
  const steps: Buffering[] = ["low", "normal", "high"];
  expect(steps.map(more)).toEqual(["normal", "high", "high"]);
});

test("keeps what a clip needed", () => {
  const memory = createOutputMemory();
  memory.learned({ buffering: "normal", underruns: 3, depthMs: 60 });
  expect(memory.buffering).toBe("normal");
  expect(memory.depthMs).toBe(60);
  memory.learned({ buffering: "normal", underruns: 0 });
  expect(memory.depthMs).toBe(60);
});

test("ten clean clips in a row lead one step down, and an underrun between them begins the count anew", () => {
  const memory = createOutputMemory();
  memory.learned({ buffering: "high", underruns: 4 });
  const play = (clips: number) => {
    for (let clip = 0; clip < clips; clip++) memory.learned({ buffering: memory.buffering, underruns: 0 });
  };
  play(9);
  memory.learned({ buffering: "high", underruns: 1 });
  play(9);
  expect(memory.buffering).toBe("high");
  play(1);
  expect(memory.buffering).toBe("normal");
  play(10);
  expect(memory.buffering).toBe("low");
  play(10);
  expect(memory.buffering).toBe("low");
});

test("an output that took nothing gets more, and never again as little", () => {
  const memory = createOutputMemory();
  memory.stalled();
  expect(memory.buffering).toBe("normal");
  for (let clip = 0; clip < 30; clip++) memory.learned({ buffering: "normal", underruns: 0 });
  expect(memory.buffering).toBe("normal");
  memory.stalled();
  memory.stalled();
  expect(memory.buffering).toBe("high");
});
