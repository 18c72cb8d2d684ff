/** Tests the in-flight window: which commands are kept, and when their author may go on. */
import { expect, test } from "bun:test";
import { createInFlightWindow, inFlightMax } from "../../../lib/client/session/in-flight-window.ts";
import { settled } from "./fakes.ts";

/** Whether the promise is settled by now. */
async function isReady(promise: Promise<void>): Promise<boolean> {
  let ready = false;
  void promise.then(() => {
    ready = true;
  });
  await settled();
  return ready;
}

test("commands that are kept come out in their order, once", () => {
  const window = createInFlightWindow(() => 0);
  expect([window.hasKept(), window.next()]).toEqual([false, undefined]);
  window.keep({ type: "say", text: "one" });
  window.keep({ type: "who" });
  expect(window.hasKept()).toBeTrue();
  expect([window.next(), window.next(), window.next()]).toEqual([
    { type: "say", text: "one" },
    { type: "who" },
    undefined,
  ]);
  expect(window.hasKept()).toBeFalse();
});

test("another command may follow at once while fewer than 64 are unconfirmed", async () => {
  const window = createInFlightWindow(() => inFlightMax - 1);
  expect(inFlightMax).toBe(64);
  expect(await isReady(window.ready())).toBeTrue();
});

test("another command has to wait while 64 are unconfirmed, until one is confirmed", async () => {
  let unconfirmed = inFlightMax;
  const window = createInFlightWindow(() => unconfirmed);
  const ready = window.ready();
  window.update();
  expect(await isReady(ready)).toBeFalse();
  unconfirmed -= 1;
  window.update();
  expect(await isReady(ready)).toBeTrue();
});

test("another command has to wait while 64 are kept for the room", async () => {
  const window = createInFlightWindow(() => 0);
  for (let count = 0; count < inFlightMax; count += 1) window.keep({ type: "who" });
  const ready = window.ready();
  expect(await isReady(ready)).toBeFalse();
  while (window.next() !== undefined);
  window.update();
  expect(await isReady(ready)).toBeTrue();
});
