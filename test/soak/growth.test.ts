/** The soak finds growth of the server, and does not mistake a heap that goes up and down for it. */
import { expect, test } from "bun:test";
import { judge, type Sample } from "../../scripts/soak/growth.ts";

const minuteMs = 60_000;

/** An hour with a sample a minute; `at` gives the values that change with the minutes. */
function hour(at: (minute: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 60 }, (_, minute) => ({
    atMs: minute * minuteMs,
    rssMegabytes: 100,
    pssMegabytes: 80,
    descriptors: 12,
    delaysMs: Array.from({ length: 100 }, (_, n) => (n === 99 ? 20 : 1)),
    ...at(minute),
  }));
}

const judged = (at: (minute: number) => Partial<Sample>, judgesDelay = true) =>
  judge(hour(at), 10 * minuteMs, judgesDelay);

test("values that stay, or go up and down, are accepted", () => {
  const { rows, wrong } = judged((minute) => ({ pssMegabytes: 80 + (minute % 7) * 5 }));
  expect(wrong).toEqual([]);
  expect(rows.map(({ what, unit }) => `${what} ${unit}`.trim())).toEqual([
    "memory (PSS) MB",
    "descriptors besides connections open",
    "delay, p50 ms",
    "delay, p99 ms",
  ]);
});

test("growth during the warm-up is accepted", () => {
  expect(judged((minute) => ({ pssMegabytes: minute < 10 ? minute : 80 })).wrong).toEqual([]);
});

test.each<[string, (minute: number) => Partial<Sample>]>([
  ["memory (PSS)", (minute) => ({ pssMegabytes: 80 + minute })],
  ["descriptors besides connections", (minute) => ({ descriptors: 12 + Math.floor(minute / 3) })],
  ["delay, p50", (minute) => ({ delaysMs: [1 + minute / 10] })],
  ["delay, p99", (minute) => ({ delaysMs: [1, 1, 1, 5 + 2 * minute] })],
])("slow growth of %s is found, and nothing else", (title, at) => {
  const { wrong } = judged(at);
  expect(wrong).toHaveLength(1);
  expect(wrong[0]).toStartWith(`${title} went from `);
});

test("delay is shown and not judged on a machine with other work", () => {
  const { rows, wrong } = judged((minute) => ({ delaysMs: [1 + minute] }), false);
  expect(wrong).toEqual([]);
  expect(rows.find(({ what }) => what === "delay, p50")).toMatchObject({ value: 54.5 });
});
