/** Kept clips: listing them, hearing one again and saving one, fetched page by page from a server of any kind. */
import { describe, expect, test } from "bun:test";
import { fetched, givenUp, info, packetsOf, page } from "./clip-pages.ts";
import { createScene, played, sentence, shown } from "./scene.ts";

describe("the list", () => {
  test("is asked for and shown", () => {
    const { chat, wish, server } = createScene();
    expect(wish({ type: "clips", ref: "r1" })).toEqual([
      { type: "send", message: { type: "clips", ref: "me-1" } },
    ]);
    const clips = [info, { ...info, clip: 8, to: "alice" }];
    expect(server({ type: "clips", ref: "me-1", clips })).toEqual([shown({ type: "clips", clips })]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("is not shown to one who did not ask, and is cleaned", () => {
    const { wish, server } = createScene();
    expect(server({ type: "clips", ref: "me-1", clips: [info] })).toEqual([]);
    wish({ type: "clips" });
    const bad = "\x1b[2Jevil\n";
    const [effect] = server({
      type: "clips",
      ref: "me-1",
      clips: [{ ...info, from: bad, to: bad, at: bad }],
    });
    expect(effect).toMatchObject({ event: { clips: [{ from: "[2Jevil", to: "[2Jevil", at: "[2Jevil" }] } });
  });
});

describe("hearing a clip again", () => {
  test("fetches it whole, then plays it", () => {
    const { chat, wish, server, voice } = createScene();
    expect(wish({ type: "play", clip: 7 })).toEqual([fetched(0, "me-1", 7)]);
    expect(server(page("me-1", { bytes: [1, 2] }))).toEqual([fetched(2, "me-2", 7)]);
    const whole = server(page("me-2", { first: 2, bytes: [3] }));
    expect(whole).toEqual([
      shown({ type: "playing", clip: 7, from: "bob", seconds: 0.06 }),
      { type: "replay", stream: -1, packets: [1, 2, 3].map((byte) => Uint8Array.of(byte)), gain: 1 },
    ]);
    expect(chat.isBusy()).toBeTrue();
    expect(voice(played(-1))).toEqual([shown({ type: "played", clip: 7 })]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("without a number finds the newest, and stays with it", () => {
    const { wish, server } = createScene();
    expect(wish({ type: "play" })).toEqual([fetched(0, "me-1")]);
    expect(server(page("me-1", { clip: 9, bytes: [1] }))).toEqual([fetched(1, "me-2", 9)]);
  });

  test("is as loud as its speaker, muted or not, and follows the volume", () => {
    const { wish, server } = createScene();
    wish({ type: "volume", percent: 50, name: "bob" });
    wish({ type: "mute", name: "bob" });
    wish({ type: "play" });
    expect(server(page("me-1"))[1]).toMatchObject({ type: "replay", gain: 0.5 });
    expect(wish({ type: "volume", percent: 200 })[1]).toEqual({ type: "gain", stream: -1, gain: 1 });
  });

  test.each(["stop", "cancel"] as const)("ends by %s, whatever is fetched or waits included", (how) => {
    const { chat, wish, server, voice } = createScene();
    wish({ type: "play", clip: 7 });
    server(page("me-1"));
    wish({ type: "play", clip: 7, ref: "r2" });
    wish({ type: "play", ref: "r3" });
    expect(wish({ type: how })).toEqual([
      givenUp("Clip 7 was given up before it was heard.", "r2"),
      givenUp("The newest clip was given up before it was heard.", "r3"),
      { type: "play-end", stream: -1, how: "cut" },
    ]);
    expect(voice(played(-1))).toEqual([shown({ type: "played", clip: 7 })]);
    expect(chat.isBusy()).toBeFalse();
    wish({ type: "play", clip: 7, ref: "r4" });
    expect(wish({ type: how })).toEqual([]);
    expect(server(page("me-2"))).toEqual([givenUp("Clip 7 was given up before it was heard.", "r4")]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("that is refused after it was given up is answered once", () => {
    const { wish, server } = createScene();
    wish({ type: "play", clip: 7, ref: "r1" });
    wish({ type: "stop" });
    const refused = sentence("no-such-clip", { clip: 7 });
    expect(server({ type: "error", ...refused, ref: "me-1" })).toEqual([
      shown({ type: "error", ...refused, ref: "r1" }),
    ]);
    expect(wish({ type: "stop" })).toEqual([]);
  });

  test("ends before one talks, and does not begin while one does", () => {
    const { wish, server } = createScene();
    wish({ type: "play" });
    server(page("me-1"));
    expect(wish({ type: "record" })).toEqual([
      { type: "play-end", stream: -1, how: "cut" },
      { type: "send", message: { type: "requestFloor", seconds: 5, ref: "me-2" } },
    ]);
    expect(wish({ type: "play", ref: "r1" })).toMatchObject([{ event: { code: "recording", ref: "r1" } }]);
  });

  test("one after another", () => {
    const { wish, server, voice } = createScene();
    wish({ type: "play", clip: 7 });
    expect(wish({ type: "play", clip: 8 })).toEqual([]);
    server(page("me-1"));
    expect(voice(played(-1))).toEqual([shown({ type: "played", clip: 7 }), fetched(0, "me-2", 8)]);
    expect(server(page("me-2", { clip: 8 }))[1]).toMatchObject({ type: "replay", stream: -2 });
  });

  test("says what is wrong with the speaker, each time, and is over", () => {
    const { chat, wish, server, voice } = createScene();
    const error = { code: "no-speaker", message: "There is no speaker." } as const;
    for (const number of [1, 2]) {
      wish({ type: "play" });
      server(page(`me-${number}`));
      expect(voice({ type: "playback-failed", stream: -number, error })).toEqual([
        shown({ type: "error", ...error }),
        shown({ type: "played", clip: 7 }),
      ]);
    }
    expect([chat.hasFailed(), chat.isBusy()]).toEqual([true, false]);
  });

  test("is refused without voice", () => {
    const { wish } = createScene(false);
    expect(wish({ type: "play", ref: "r1" })).toMatchObject([{ event: { code: "no-voice", ref: "r1" } }]);
  });
});

describe("saving a clip", () => {
  const save = { type: "save", clip: 7, file: "bob.wav", ref: "r1" } as const;

  test("fetches it whole, writes it and says where, without voice, too", () => {
    const { chat, wish, server, disk } = createScene(false);
    expect(wish(save)).toEqual([fetched(0, "me-1", 7)]);
    const whole = server(page("me-1"));
    expect(whole).toMatchObject([{ type: "save", file: "bob.wav" }]);
    expect(packetsOf(whole)).toEqual([1, 2, 3]);
    expect(chat.isBusy()).toBeTrue();
    expect(disk()).toEqual([shown({ type: "saved", clip: 7, file: "bob.wav", seconds: 0.06 })]);
    expect([chat.isBusy(), chat.hasFailed()]).toEqual([false, false]);
    expect(disk()).toEqual([]);
  });

  test("that fails says why, and the next is saved", () => {
    const { chat, wish, server, disk } = createScene();
    wish(save);
    expect(wish({ ...save, file: "other.wav" })).toEqual([]);
    server(page("me-1"));
    const error = { code: "file-exists", message: "bob.wav is there already." };
    expect(disk(error)).toEqual([shown({ type: "error", ...error, ref: "r1" }), fetched(0, "me-2", 7)]);
    expect(chat.hasFailed()).toBeTrue();
  });

  test("does not wait for one that is heard again", () => {
    const { wish, server } = createScene();
    wish({ type: "play", clip: 7 });
    server(page("me-1"));
    wish({ type: "play", clip: 8 });
    expect(wish(save)).toEqual([fetched(0, "me-2", 7)]);
  });
});
