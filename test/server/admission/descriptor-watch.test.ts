/** Listening pauses while no descriptor is free. */
import { expect, test } from "bun:test";
import { createDescriptorWatch } from "../../../lib/server/admission/descriptor-watch.ts";

test("listening pauses while no descriptor is free, and goes on when there is room for a connection and the port can be listened on", () => {
  const events: string[] = [];
  let hasFree = true;
  let hasRoom = false;
  let canListen = false;
  const check = createDescriptorWatch({
    hasFreeDescriptor: () => hasFree,
    hasRoom: () => hasRoom,
    listener: {
      pause: () => void events.push("pause"),
      resume() {
        events.push("resume");
        return canListen;
      },
    },
    paused: () => events.push("paused"),
    resumed: () => events.push("resumed"),
  });
  check();
  expect(events.splice(0)).toEqual([]);
  hasFree = false;
  check();
  check();
  expect(events.splice(0)).toEqual(["pause", "paused"]);
  // The one that the listener had.
  hasFree = true;
  check();
  expect(events.splice(0)).toEqual([]);
  hasRoom = true;
  check();
  expect(events.splice(0)).toEqual(["resume"]);
  canListen = true;
  check();
  check();
  expect(events.splice(0)).toEqual(["resume", "resumed"]);
});
