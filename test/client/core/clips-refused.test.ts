/** Clips when we leave, when they are not there, and when a server sends nonsense for them. */
import { describe, expect, test } from "bun:test";
import type { ChatEffect } from "../../../lib/client/core/state.ts";
import { fetched, givenUp, type Page, page } from "./clip-pages.ts";
import { createScene, played, type Scene, sentence, shown } from "./scene.ts";

describe("leaving", () => {
  const save = { type: "save", clip: 7, file: "bob.wav" } as const;
  const leave: ChatEffect[] = [{ type: "send", message: { type: "quit" } }, { type: "leave" }];

  test("waits for what is being saved, takes no other wish meanwhile, and plays nothing any more", () => {
    const { chat, wish, server, voice, disk } = createScene();
    wish({ type: "play", clip: 7 });
    server(page("me-1"));
    wish({ ...save, ref: "r1" });
    wish({ ...save, ref: "r2" });
    wish({ type: "play", clip: 7, ref: "r3" });
    expect(wish({ type: "quit" })).toEqual([
      givenUp("Clip 7 was given up before it was heard.", "r3"),
      { type: "play-end", stream: -1, how: "cut" },
    ]);
    expect(wish({ type: "say", text: "too late" })).toEqual([]);
    expect(voice(played(-1))).toEqual([shown({ type: "played", clip: 7 })]);
    expect(server(page("me-2"))).toMatchObject([{ type: "save" }]);
    expect(disk()).toMatchObject([{ event: { type: "saved" } }, { type: "send" }]);
    server(page("me-3"));
    const event = { type: "saved", clip: 7, file: "bob.wav", seconds: 0.06 } as const;
    expect(disk()).toEqual([shown(event), ...leave]);
    expect(chat.unconfirmed()).toBe(0);
  });

  test("at once, or asked for twice, waits for the disk alone and says what is given up", () => {
    for (const hurry of [
      (scene: Scene) => scene.session("leave"),
      (scene: Scene) => [scene.wish({ type: "quit" }), scene.wish({ type: "quit" })].flat(),
    ]) {
      const scene = createScene();
      scene.wish({ ...save, ref: "r1" });
      scene.wish({ ...save, clip: 8, ref: "r2" });
      expect(hurry(scene)).toEqual([
        givenUp("Clip 7 was given up before it was saved.", "r1"),
        givenUp("Clip 8 was given up before it was saved.", "r2"),
        ...leave,
      ]);
      expect(scene.session("leave")).toEqual([]);
      expect([scene.chat.unconfirmed(), scene.chat.hasFailed()]).toEqual([0, true]);
    }
    const scene = createScene();
    scene.wish(save);
    scene.server(page("me-1"));
    expect(scene.session("leave")).toEqual(leave);
    expect(scene.disk()).toMatchObject([{ event: { type: "saved" } }]);
  });

  test("ends a replay that is heard: it was played", () => {
    const { chat, wish, server } = createScene();
    wish({ type: "play", clip: 7 });
    server(page("me-1"));
    expect(wish({ type: "quit" })).toEqual([
      { type: "play-end", stream: -1, how: "cut" },
      shown({ type: "played", clip: 7 }),
      ...leave,
    ]);
    expect([chat.unconfirmed(), chat.hasFailed()]).toEqual([0, false]);
  });
});

describe("a clip that is not there", () => {
  test("is refused by the server, and the next one is fetched", () => {
    const { chat, wish, server } = createScene();
    wish({ type: "save", clip: 9, file: "x.wav", ref: "r1" });
    wish({ type: "save", clip: 7, file: "x.wav" });
    const refused = sentence("no-such-clip", { clip: 9 });
    expect(server({ type: "error", ...refused, clip: 9, ref: "me-1" })).toEqual([
      shown({ type: "error", ...refused, ref: "r1" }),
      fetched(0, "me-2", 7),
    ]);
    expect(chat.hasFailed()).toBeTrue();
  });

  test.each([1.5, -1, 1e300, Number.NaN])("is not even asked for: %d", (clip) => {
    const { chat, wish } = createScene();
    expect(wish({ type: "play", clip })).toMatchObject([{ event: { code: "no-such-clip" } }]);
    expect(wish({ type: "save", clip, file: "x.wav" })).toMatchObject([{ event: { code: "no-such-clip" } }]);
    expect(wish({ type: "save", clip: 1, file: " " })).toMatchObject([{ event: { code: "bad-file" } }]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("is one of a hundred and one at most", () => {
    const { wish } = createScene();
    const effects = Array.from({ length: 200 }, () => wish({ type: "save", clip: 7, file: "x.wav" }));
    expect(effects.filter((each) => each.some((effect) => effect.type === "show"))).toHaveLength(99);
    expect(effects.at(-1)).toMatchObject([{ event: { code: "busy" } }]);
  });
});

describe("a server that sends nonsense for a clip", () => {
  const long = Array.from({ length: 500 }, () => 1);
  const nonsense: [string, Partial<Page> & { bytes?: number[] }][] = [
    ["another clip", { clip: 8 }],
    ["another page", { first: 1 }],
    ["nothing", { bytes: [] }],
    ["an empty clip", { frames: 0, bytes: [] }],
    ["more than there is", { frames: 2 }],
    ["a clip longer than any turn", { frames: 15_001, bytes: long }],
  ];
  test.each(nonsense)("%s: is told, and nothing is kept", (_, fields) => {
    const scene = createScene();
    scene.wish({ type: "play", clip: 7, ref: "r1" });
    expect(scene.server(page("me-1", fields))).toMatchObject([
      { type: "show", event: { type: "error", code: "bad-clip", ref: "r1" } },
    ]);
    expect(scene.chat.isBusy()).toBeFalse();
    expect(scene.chat.hasFailed()).toBeTrue();
  });

  test("more bytes than any clip has: is told before they are many more", () => {
    const scene = createScene();
    const packets = Array.from({ length: 500 }, () => new Uint8Array(1_275).toBase64());
    scene.wish({ type: "play", clip: 7 });
    let pages = 0;
    for (let fetching = true; fetching; pages += 1) {
      const ref = `me-${pages + 1}`;
      const effects = scene.server(page(ref, { frames: 15_000, first: pages * 500, packets }));
      fetching = effects.some(({ type: what }) => what === "send");
    }
    expect(pages).toBe(7);
    expect(scene.chat.isBusy()).toBeFalse();
  });

  test("a page that nobody asked for is not taken", () => {
    expect(createScene().server(page("me-1"))).toEqual([]);
    const asked: Scene = createScene();
    asked.wish({ type: "play", clip: 7 });
    expect(asked.server(page("me-9"))).toEqual([]);
    expect(asked.chat.isBusy()).toBeTrue();
  });
});
