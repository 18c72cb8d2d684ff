/** The passphrase login: its two messages in their order, and no hello before both. */
import { describe, expect, test } from "bun:test";
import type { ErrorCode } from "../../../lib/protocol/errors.ts";
import type { CoreMessage } from "../../../lib/server/core.ts";
import { closings, createScene, hello, messagesTo } from "../room/scene.ts";

const unlock = { type: "unlock", request: "KE1" } as const;
const prove = { type: "prove", finish: "KE3", proof: "p" } as const;

test("a connection that has proven the passphrase may join", () => {
  const scene = createScene({ passphrase: true });
  const id = scene.connect();
  expect(scene.tell(id, unlock)).toEqual([{ type: "unlock", id, message: unlock }]);
  expect(scene.tell(id, prove)).toEqual([{ type: "unlock", id, message: prove }]);
  expect(scene.feed({ type: "unlocked", id })).toEqual([]);
  expect(messagesTo(id, scene.tell(id, hello("alice")))[0]).toMatchObject({ type: "welcome" });
});

describe("a room with a passphrase closes a connection", () => {
  test.each<[string, CoreMessage[], ErrorCode]>([
    ["a hello without the passphrase", [hello("alice")], "passphrase-needed"],
    ["a hello without the passphrase and with an invalid name", [hello("no name")], "passphrase-needed"],
    ["a hello between the two messages", [unlock, hello("alice")], "passphrase-needed"],
    [
      "a hello before the runtime has checked the proof",
      [unlock, prove, hello("alice")],
      "passphrase-needed",
    ],
    ["a proof without a challenge", [prove], "out-of-order"],
    ["a second first message", [unlock, unlock], "out-of-order"],
    ["a second proof", [unlock, prove, prove], "out-of-order"],
    ["a question", [{ type: "who" }], "out-of-order"],
  ])("that sends %s", (_, messages, code) => {
    const scene = createScene({ passphrase: true });
    scene.feed({ type: "console", message: { type: "who" } });
    const id = scene.connect();
    const effects = messages.flatMap((message) => scene.tell(id, message));
    expect(closings(effects)).toEqual([[id, code]]);
    expect(messagesTo(id, effects)).toEqual([]);
    expect(scene.feed({ type: "unlocked", id })).toEqual([]);
  });
});

test("the input unlocked counts only after a proof, and only on its own connection", () => {
  const scene = createScene({ passphrase: true });
  const [id, other] = [scene.connect(), scene.connect()];
  scene.feed({ type: "unlocked", id: other });
  expect(closings(scene.tell(other, hello("bob")))).toEqual([[other, "passphrase-needed"]]);
  for (const message of [unlock, prove]) scene.tell(id, message);
  scene.feed({ type: "unlocked", id });
  expect(closings(scene.tell(id, unlock))).toEqual([[id, "out-of-order"]]);
});

test("an unlock message is refused with `no-passphrase` where the room has none", () => {
  for (const passphrase of [true, false]) {
    const scene = createScene({ passphrase });
    const id = scene.connect();
    const why = closings(scene.tell(id, unlock))[0]?.[1];
    expect(why).toBe(passphrase ? undefined : "no-passphrase");
  }
});
