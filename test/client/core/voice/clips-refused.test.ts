/** Tests clips when we leave, when they do not exist, and when a server sends broken pages. */
import { describe, expect, test } from "bun:test";
import type { ChatEffect } from "../../../../lib/client/core/chat-io.ts";
import { createScene, played, type Scene, sentence, shown } from "../scene.ts";
import { fetched, givenUp, type Page, page } from "./clip-pages.ts";

describe("leaving while clips are under way", () => {
  const save = { type: "save", clip: 7, file: "bob.wav" } as const;
  const leave: ChatEffect[] = [{ type: "send", message: { type: "quit" } }, { type: "leave" }];

  test("`quit` waits for clips that are being saved, gives replays up, and ignores other commands meanwhile", () => {
    const { chat, command, server, audio, clipSaved } = createScene();
    command({ type: "play", clip: 7 });
    server(page("me-1"));
    command({ ...save, ref: "r1" });
    command({ ...save, ref: "r2" });
    command({ type: "play", clip: 7, ref: "r3" });
    expect(command({ type: "quit" })).toEqual([
      givenUp("heard", "r3", 7),
      { type: "play-end", stream: -1, how: "cut" },
    ]);
    expect(command({ type: "say", text: "too late" })).toEqual([]);
    expect(audio(played(-1))).toEqual([shown({ type: "played", clip: 7 })]);
    expect(server(page("me-2"))).toMatchObject([{ type: "save-clip" }]);
    expect(clipSaved()).toMatchObject([{ event: { type: "saved" } }, { type: "send" }]);
    server(page("me-3"));
    const event = { type: "saved", clip: 7, file: "bob.wav", seconds: 0.06 } as const;
    expect(clipSaved()).toEqual([shown(event), ...leave]);
    expect(chat.unconfirmed()).toBe(0);
  });

  test("leaving at once, and a second `quit`, wait only for the file that is being written, and give other clips up", () => {
    for (const hurry of [
      (scene: Scene) => scene.end("leave"),
      (scene: Scene) => [scene.command({ type: "quit" }), scene.command({ type: "quit" })].flat(),
    ]) {
      const scene = createScene();
      scene.command({ ...save, ref: "r1" });
      scene.command({ ...save, clip: 8, ref: "r2" });
      expect(hurry(scene)).toEqual([givenUp("saved", "r1", 7), givenUp("saved", "r2", 8), ...leave]);
      expect(scene.end("leave")).toEqual([]);
      expect([scene.chat.unconfirmed(), scene.chat.hasFailed()]).toEqual([0, true]);
    }
    const scene = createScene();
    scene.command(save);
    scene.server(page("me-1"));
    expect(scene.end("leave")).toEqual(leave);
    expect(scene.clipSaved()).toMatchObject([{ event: { type: "saved" } }]);
  });

  test("`quit` ends a replay as played", () => {
    const { chat, command, server } = createScene();
    command({ type: "play", clip: 7 });
    server(page("me-1"));
    expect(command({ type: "quit" })).toEqual([
      { type: "play-end", stream: -1, how: "cut" },
      shown({ type: "played", clip: 7 }),
      ...leave,
    ]);
    expect([chat.unconfirmed(), chat.hasFailed()]).toEqual([0, false]);
  });
});

describe("a clip that does not exist", () => {
  test("the server's refusal is shown, and the next clip is fetched", () => {
    const { chat, command, server } = createScene();
    command({ type: "save", clip: 9, file: "x.wav", ref: "r1" });
    command({ type: "save", clip: 7, file: "x.wav" });
    const refused = sentence("no-such-clip", { clip: 9 });
    expect(server({ type: "error", ...refused, clip: 9, ref: "me-1" })).toEqual([
      shown({ type: "error", ...refused, ref: "r1" }),
      fetched(0, "me-2", 7),
    ]);
    expect(chat.hasFailed()).toBeTrue();
  });

  test.each([1.5, -1, 1e300, Number.NaN])("the number %d is refused without asking the server", (clip) => {
    const { chat, command } = createScene();
    expect(command({ type: "play", clip })).toMatchObject([{ event: { code: "no-such-clip" } }]);
    expect(command({ type: "save", clip, file: "x.wav" })).toMatchObject([
      { event: { code: "no-such-clip" } },
    ]);
    expect(command({ type: "save", clip: 1, file: " " })).toMatchObject([{ event: { code: "bad-file" } }]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("the hundred and second waiting clip is refused with `busy`", () => {
    const { command } = createScene();
    const effects = Array.from({ length: 200 }, () => command({ type: "save", clip: 7, file: "x.wav" }));
    expect(effects.filter((each) => each.some((effect) => effect.type === "show"))).toHaveLength(99);
    expect(effects.at(-1)).toMatchObject([{ event: { code: "busy" } }]);
  });
});

describe("a broken page of a clip", () => {
  const long = Array.from({ length: 500 }, () => 1);
  const broken: [string, Partial<Page> & { bytes?: number[] }][] = [
    ["a page of another clip", { clip: 8 }],
    ["a page with another first frame", { first: 1 }],
    ["a page without packets", { bytes: [] }],
    ["an empty clip", { frames: 0, bytes: [] }],
    ["a page with more frames than the clip", { frames: 2 }],
    ["a clip longer than any transmission", { frames: 15_001, bytes: long }],
  ];
  test.each(broken)("%s is refused with `bad-clip`, and nothing is kept", (_, fields) => {
    const scene = createScene();
    scene.command({ type: "play", clip: 7, ref: "r1" });
    expect(scene.server(page("me-1", fields))).toMatchObject([
      { type: "show", event: { type: "error", code: "bad-clip", ref: "r1" } },
    ]);
    expect(scene.chat.isBusy()).toBeFalse();
    expect(scene.chat.hasFailed()).toBeTrue();
  });

  test("a clip with more bytes than any clip has is given up early", () => {
    const scene = createScene();
    const packets = Array.from({ length: 500 }, () => new Uint8Array(1_275).toBase64());
    scene.command({ type: "play", clip: 7 });
    let pages = 0;
    for (let fetching = true; fetching; pages += 1) {
      const ref = `me-${pages + 1}`;
      const effects = scene.server(page(ref, { frames: 15_000, first: pages * 500, packets }));
      fetching = effects.some(({ type: what }) => what === "send");
    }
    expect(pages).toBe(7);
    expect(scene.chat.isBusy()).toBeFalse();
  });

  test("a page without a request is ignored", () => {
    expect(createScene().server(page("me-1"))).toEqual([]);
    const asked: Scene = createScene();
    asked.command({ type: "play", clip: 7 });
    expect(asked.server(page("me-9"))).toEqual([]);
    expect(asked.chat.isBusy()).toBeTrue();
  });
});
