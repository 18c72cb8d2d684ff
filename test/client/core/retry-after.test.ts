/** What was too much at once goes again by itself and in its order; what a person asked for is refused. */
import { describe, expect, test } from "bun:test";
import type { ChatEffect } from "../../../lib/client/core/state.ts";
import { refusal } from "../../../lib/protocol/errors.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ServerMessage } from "../../../lib/protocol/messages.ts";
import { page } from "./clip-pages.ts";
import { at, beforeWelcome, createScene, pass, type Scene, welcomeOf } from "./scene.ts";

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
  return texts.flatMap((text) => saidIn(scene.wish({ type: "say", text })));
}

describe("a line", () => {
  test("waits with all that follow it, and goes again in its order", () => {
    const scene = createScene(false);
    expect(say(scene, "one", "two", "three")).toEqual(["one", "two", "three"]);
    expect(scene.server(tooFast("me-2"))).toEqual([]);
    expect(scene.server(tooFast("me-3"))).toEqual([]);
    expect(say(scene, "four")).toEqual([]);
    scene.server({ type: "said", id: 42, from: "alice", text: "one", at, ref: "me-1" });
    pass(scene, 999);
    expect(saidIn(scene.timer())).toEqual([]);
    pass(scene, 1);
    expect(saidIn(scene.timer())).toEqual(["two", "three", "four"]);
    expect(say(scene, "five")).toEqual(["five"]);
    expect([scene.chat.unconfirmed(), scene.chat.hasFailed()]).toEqual([4, false]);
  });

  test("shows nothing but that it waits", () => {
    const scene = createScene(false);
    say(scene, "one");
    expect(scene.server(tooFast("me-1", 3))).toEqual([]);
    pass(scene, 1_000);
    expect(scene.timer()).toEqual([{ type: "show", event: { type: "pending", lines: [{ text: "one" }] } }]);
  });

  test("that is refused again waits again, as long as the longest refusal says", () => {
    const scene = createScene(false);
    say(scene, "one", "two");
    scene.server(tooFast("me-1", 5));
    scene.server(tooFast("me-2", 1));
    pass(scene, 4_999);
    expect(saidIn(scene.timer())).toEqual([]);
    pass(scene, 1);
    expect(saidIn(scene.timer())).toEqual(["one", "two"]);
    scene.server(tooFast("me-1"));
    pass(scene, 1_000);
    expect(saidIn(scene.timer())).toEqual(["one"]);
  });

  test("of very many goes with no more than may be taken, and the others afterwards", () => {
    const scene = createScene(false);
    const texts = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    say(scene, ...texts);
    for (const index of texts.keys()) scene.server(tooFast(`me-${index + 1}`));
    const rounds: string[][] = [];
    const roundsMax = Math.ceil(texts.length / limits.linesPerSecond);
    for (let round = 0; round < roundsMax; round += 1) {
      pass(scene, 1_000);
      rounds.push(saidIn(scene.timer()));
      if (round === 0) expect(say(scene, "new")).toEqual([]);
    }
    pass(scene, 1_000);
    rounds.push(saidIn(scene.timer()));
    expect(rounds.map(({ length }) => length)).toEqual([...Array(roundsMax).fill(limits.linesPerSecond), 1]);
    expect(rounds.flat()).toEqual([...texts, "new"]);
    expect(say(scene, "newer")).toEqual(["newer"]);
  });

  test("goes again at once on another connection", () => {
    const scene = createScene(false);
    say(scene, "one");
    scene.server(tooFast("me-1", 60));
    scene.lose();
    expect(saidIn(scene.server(welcomeOf({})))).toEqual(["one"]);
    expect(say(scene, "two")).toEqual(["two"]);
  });

  test("that cannot be said for another reason is given back", () => {
    const scene = createScene(false);
    say(scene, "one");
    const effects = scene.server({ type: "error", ...refusal("silenced", { seconds: 60 }), ref: "me-1" });
    expect(effects).toMatchObject([{ event: { type: "error", code: "silenced", text: "one" } }]);
    expect(scene.chat.unconfirmed()).toBe(0);
  });
});

describe("a page", () => {
  test("of what we missed is asked for again, once", () => {
    const scene = beforeWelcome(false);
    const [asked] = scene.server(welcomeOf({ history: "h1" })).filter(({ type: what }) => what === "send");
    expect(asked).toMatchObject({ message: { type: "history", ref: "me-1" } });
    expect(scene.server(tooFast("me-1", 2))).toEqual([]);
    pass(scene, 2_000);
    expect(scene.timer()).toEqual(asked === undefined ? [] : [asked]);
    expect(scene.timer()).toEqual([]);
    expect(say(scene, "hi")).toEqual([]);
    expect(
      saidIn(scene.server({ type: "history", ref: "me-1", entries: [], more: false, since: 1 })),
    ).toEqual(["hi"]);
  });

  test("of a clip is asked for again", () => {
    const scene = createScene();
    const asked = scene.wish({ type: "save", clip: 7, file: "bob.wav" });
    expect(scene.server(tooFast("me-1"))).toEqual([]);
    pass(scene, 1_000);
    expect(scene.timer()).toEqual(expect.arrayContaining(asked));
    expect(scene.server(page("me-1"))).toMatchObject([{ type: "save" }]);
  });

  test("is not asked for on a connection that is gone", () => {
    const scene = createScene(false);
    scene.wish({ type: "save", clip: 7, file: "bob.wav" });
    scene.server(tooFast("me-1"));
    scene.lose();
    scene.server(welcomeOf({}));
    pass(scene, 1_000);
    expect(scene.timer()).toEqual([]);
  });
});

test("what a person asked for is refused", () => {
  const scene = createScene();
  scene.wish({ type: "history", ref: "r1" });
  scene.wish({ type: "whois", name: "bob", ref: "r2" });
  scene.wish({ type: "rename", name: "al", ref: "r3" });
  scene.wish({ type: "record", seconds: 5, ref: "r4" });
  for (const number of [1, 2, 3, 4])
    expect(scene.server(tooFast(`me-${number}`, 7))).toMatchObject([
      { event: { type: "error", code: "too-fast", ref: `r${number}` } },
    ]);
  expect(scene.chat.unconfirmed()).toBe(0);
});
