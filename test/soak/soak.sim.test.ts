/** Shows that three minutes with five hundred people, and some who mean harm, cost nobody a line and leave nothing behind. */
import { expect, test } from "bun:test";
import { tableOf } from "../../scripts/bench/figures.ts";
import { soak } from "../../scripts/soak/soak.ts";

const minutes = 3;

test("a crowd of five hundred: one order, nothing lost, nothing twice, nothing that grows", async () => {
  const { rows, wrong } = await soak({
    minutes,
    people: 500,
    seed: 20_261_124,
    judgesDelay: false,
    note: console.log,
  });
  console.log(tableOf(rows).join("\n"));
  expect(wrong).toEqual([]);
}, 600_000);
