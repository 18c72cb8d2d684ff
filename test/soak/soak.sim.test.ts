/** Shows that three minutes with five hundred people and some attackers lose no line and leave nothing behind. */
import { expect, test } from "bun:test";
import { tableOf } from "../../scripts/bench/figures.ts";
import { soak } from "../../scripts/soak/soak.ts";

const minutes = 3;

test("five hundred people read every line once, in one order, and the server does not grow", async () => {
  const { rows, wrong } = await soak({
    minutes,
    people: 500,
    seed: 20_261_124,
    judgesDelay: false,
    note: console.log,
  });
  console.log(tableOf(rows).join("\n"));
  expect(wrong).toEqual([]);
}, 1_200_000);
