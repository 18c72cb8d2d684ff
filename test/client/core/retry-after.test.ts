/** Tests the retry-after queue: lines and pages refused as `too-fast` are repeated in their order; other requests are refused. */
import { describe, expect, test } from "bun:test";
import type { ChatEffect } from "../../../lib/client/core/chat-io.ts";
import { refusal } from "../../../lib/protocol/errors.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ServerMessage } from "../../../lib/protocol/messages.ts";
import { at, beforeWelcome, createScene, pass, type Scene, welcomeOf } from "./scene.ts";
import { page } from "./voice/clip-pages.ts";

function tooFast(ref: string, seconds = 1): ServerMessage {
  return { type: "error", ...refusal("too-fast", { seconds }), ref };
}

/** The texts of lines that go out. */
function saidIn(effects: ChatEffect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === "send" && effect.message.type === "say" ? [effect.message.text] : [],
  );
}

function say(scene: Scene, ...texts: string[]): string[] {
  return texts.flatMap((text) => saidIn(scene.command({ type: "say", text })));
}

describe("a line refused as `too-fast`", () => {
  test("it waits together with the lines behind it, and all are sent again in their order", () => {
    const scene = createScene(false);
    expect(say(scene, "one", "two", "three")).toEqual(["one", "two", "three"]);
    expect(scene.server(tooFast("me-2"))).toEqual([]);
    expect(scene.server(tooFast("me-3"))).toEqual([]);
    expect(say(scene, "four")).toEqual([]);
    scene.server({ type: "said", id: 42, from: "alice", text: "one", at, ref: "me-1" });
    pass(scene, 999);
    expect(saidIn(scene.tick())).toEqual([]);
    pass(scene, 1);
    expect(saidIn(scene.tick())).toEqual(["two", "three", "four"]);
    expect(say(scene, "five")).toEqual(["five"]);
    expect([scene.chat.unconfirmed(), scene.chat.hasFailed()]).toEqual([4, false]);
  });

  test("it is shown as pending and not as an error", () => {
    const scene = createScene(false);
    say(scene, "one");
    expect(scene.server(tooFast("me-1", 3))).toEqual([]);
    pass(scene, 1_000);
    expect(scene.tick()).toEqual([{ type: "show", event: { type: "pending", lines: [{ text: "one" }] } }]);
  });

  test("it waits as long as the longest refusal says, and again when it is refused again", () => {
    const scene = createScene(false);
    say(scene, "one", "two");
    scene.server(tooFast("me-1", 5));
    scene.server(tooFast("me-2", 1));
    pass(scene, 4_999);
    expect(saidIn(scene.tick())).toEqual([]);
    pass(scene, 1);
    expect(saidIn(scene.tick())).toEqual(["one", "two"]);
    scene.server(tooFast("me-1"));
    pass(scene, 1_000);
    expect(saidIn(scene.tick())).toEqual(["one"]);
  });

  test("a hundred lines are repeated at the rate that the server takes, and newer lines follow them", () => {
    const scene = createScene(false);
    const texts = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    say(scene, ...texts);
    for (const index of texts.keys()) scene.server(tooFast(`me-${index + 1}`));
    const rounds: string[][] = [];
    const roundsMax = Math.ceil(texts.length / limits.linesPerSecond);
    for (let round = 0; round < roundsMax; round += 1) {
      pass(scene, 1_000);
      rounds.push(saidIn(scene.tick()));
      if (round === 0) expect(say(scene, "new")).toEqual([]);
    }
    pass(scene, 1_000);
    rounds.push(saidIn(scene.tick()));
    expect(rounds.map(({ length }) => length)).toEqual([...Array(roundsMax).fill(limits.linesPerSecond), 1]);
    expect(rounds.flat()).toEqual([...texts, "new"]);
    expect(say(scene, "newer")).toEqual(["newer"]);
  });

  test("it is sent at once on a new connection", () => {
    const scene = createScene(false);
    say(scene, "one");
    scene.server(tooFast("me-1", 60));
    scene.lose();
    expect(saidIn(scene.server(welcomeOf({})))).toEqual(["one"]);
    expect(say(scene, "two")).toEqual(["two"]);
  });

  test("a line that is refused with another code comes back with its text", () => {
    const scene = createScene(false);
    say(scene, "one");
    const effects = scene.server({ type: "error", ...refusal("silenced", { seconds: 60 }), ref: "me-1" });
    expect(effects).toMatchObject([{ event: { type: "error", code: "silenced", text: "one" } }]);
    expect(scene.chat.unconfirmed()).toBe(0);
  });
});

describe("a page refused as `too-fast`", () => {
  test("a page of missed lines is requested again, once", () => {
    const scene = beforeWelcome(false);
    const [asked] = scene.server(welcomeOf({ history: "h1" })).filter(({ type: what }) => what === "send");
    expect(asked).toMatchObject({ message: { type: "history", ref: "me-1" } });
    expect(scene.server(tooFast("me-1", 2))).toEqual([]);
    pass(scene, 2_000);
    expect(scene.tick()).toEqual(asked === undefined ? [] : [asked]);
    expect(scene.tick()).toEqual([]);
    expect(say(scene, "hi")).toEqual([]);
    expect(
      saidIn(scene.server({ type: "history", ref: "me-1", entries: [], more: false, since: 1 })),
    ).toEqual(["hi"]);
  });

  test("a page of a clip is requested again", () => {
    const scene = createScene();
    const asked = scene.command({ type: "save", clip: 7, file: "bob.wav" });
    expect(scene.server(tooFast("me-1"))).toEqual([]);
    pass(scene, 1_000);
    expect(scene.tick()).toEqual(expect.arrayContaining(asked));
    expect(scene.server(page("me-1"))).toMatchObject([{ type: "save-clip" }]);
  });

  test("it is not requested again on a new connection", () => {
    const scene = createScene(false);
    scene.command({ type: "save", clip: 7, file: "bob.wav" });
    scene.server(tooFast("me-1"));
    scene.lose();
    scene.server(welcomeOf({}));
    pass(scene, 1_000);
    expect(scene.tick()).toEqual([]);
  });
});

test("a request of a person that is refused as `too-fast` is not repeated", () => {
  const scene = createScene();
  scene.command({ type: "history", ref: "r1" });
  scene.command({ type: "whois", name: "bob", ref: "r2" });
  scene.command({ type: "rename", name: "al", ref: "r3" });
  scene.command({ type: "record", seconds: 5, ref: "r4" });
  for (const number of [1, 2, 3, 4])
    expect(scene.server(tooFast(`me-${number}`, 7))).toMatchObject([
      { event: { type: "error", code: "too-fast", ref: `r${number}` } },
    ]);
  expect(scene.chat.unconfirmed()).toBe(0);
});
