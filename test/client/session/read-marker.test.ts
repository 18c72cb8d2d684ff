/** Tests when read markers are stored, with a store in memory and a clock that the tests move. */
import { expect, test } from "bun:test";
import { createReadMarkerKeeper } from "../../../lib/client/session/read-marker.ts";
import { createFakeClock } from "./fakes.ts";

async function createScene(stored: Record<string, number> = {}) {
  const clock = createFakeClock();
  const written: [string, number][] = [];
  const store = {
    readMarkers: () => Promise.resolve(stored),
    async keepReadMarker(history: string, id: number) {
      written.push([history, id]);
    },
  };
  return { clock, written, keeper: await createReadMarkerKeeper(store, clock) };
}

test("the stored marker is found by the name of its history", async () => {
  const { keeper } = await createScene({ h1: 7 });
  expect(keeper.stored("h1")).toEqual({ history: "h1", id: 7 });
  expect([keeper.stored("h2"), keeper.stored(undefined)]).toEqual([undefined, undefined]);
});

test("moves within a second are stored once, with the last of them", async () => {
  const { clock, keeper, written } = await createScene();
  for (const id of [1, 2, 3]) keeper.move({ history: "h1", id });
  await clock.pass(999);
  expect(written).toEqual([]);
  await clock.pass(1);
  expect(written).toEqual([["h1", 3]]);
  keeper.move({ history: "h1", id: 4 });
  await clock.pass(1_000);
  expect(written).toEqual([
    ["h1", 3],
    ["h1", 4],
  ]);
});

test("closing stores the last move at once, and nothing later", async () => {
  const { clock, keeper, written } = await createScene();
  keeper.move({ history: "h1", id: 5 });
  await keeper.close();
  expect(written).toEqual([["h1", 5]]);
  await clock.pass(10_000);
  expect(written).toHaveLength(1);
});

test("closing waits for a move that is being stored", async () => {
  const stored = Promise.withResolvers<void>();
  const clock = createFakeClock();
  const keeper = await createReadMarkerKeeper(
    { readMarkers: async () => ({}), keepReadMarker: () => stored.promise },
    clock,
  );
  keeper.move({ history: "h1", id: 5 });
  await clock.pass(1_000);
  let isClosed = false;
  const closing = keeper.close().then(() => {
    isClosed = true;
  });
  await clock.pass(10);
  expect(isClosed).toBe(false);
  stored.resolve();
  await closing;
});

test("closing without a move stores nothing", async () => {
  const { keeper, written } = await createScene({ h1: 7 });
  await keeper.close();
  expect(written).toEqual([]);
});
