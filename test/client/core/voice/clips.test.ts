/** Tests the list, the replay and the saving of kept clips. */
import { describe, expect, test } from "bun:test";
import { createScene, played, sentence, shown } from "../scene.ts";
import { fetched, givenUp, info, packetsOf, page } from "./clip-pages.ts";

describe("the list of clips", () => {
  test("the list is requested and shown", () => {
    const { chat, command, server } = createScene();
    expect(command({ type: "clips", ref: "r1" })).toEqual([
      { type: "send", message: { type: "clips", ref: "me-1" } },
    ]);
    const clips = [info, { ...info, clip: 8, to: "alice" }];
    expect(server({ type: "clips", ref: "me-1", clips })).toEqual([shown({ type: "clips", clips })]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("a list without a request is ignored, and one with a request is cleaned", () => {
    const { command, server } = createScene();
    expect(server({ type: "clips", ref: "me-1", clips: [info] })).toEqual([]);
    command({ type: "clips" });
    const bad = "\x1b[2Jevil\n";
    const [effect] = server({
      type: "clips",
      ref: "me-1",
      clips: [{ ...info, from: bad, to: bad, at: bad }],
    });
    expect(effect).toMatchObject({ event: { clips: [{ from: "[2Jevil", to: "[2Jevil", at: "[2Jevil" }] } });
  });
});

describe("the replay of a clip", () => {
  test("a clip is fetched whole and then played", () => {
    const { chat, command, server, audio } = createScene();
    expect(command({ type: "play", clip: 7 })).toEqual([fetched(0, "me-1", 7)]);
    expect(server(page("me-1", { bytes: [1, 2] }))).toEqual([fetched(2, "me-2", 7)]);
    const whole = server(page("me-2", { first: 2, bytes: [3] }));
    expect(whole).toEqual([
      shown({ type: "playing", clip: 7, from: "bob", seconds: 0.06 }),
      { type: "replay", stream: -1, packets: [1, 2, 3].map((byte) => Uint8Array.of(byte)), gain: 1 },
    ]);
    expect(chat.isBusy()).toBeTrue();
    expect(audio(played(-1))).toEqual([shown({ type: "played", clip: 7 })]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("without a number the newest clip is fetched, and later pages are of the same clip", () => {
    const { command, server } = createScene();
    expect(command({ type: "play" })).toEqual([fetched(0, "me-1")]);
    expect(server(page("me-1", { clip: 9, bytes: [1] }))).toEqual([fetched(1, "me-2", 9)]);
  });

  test("a replay has the volume of its speaker, muted or not, and follows changes", () => {
    const { command, server } = createScene();
    command({ type: "volume", percent: 50, name: "bob" });
    command({ type: "mute", name: "bob" });
    command({ type: "play" });
    expect(server(page("me-1"))[1]).toMatchObject({ type: "replay", gain: 0.5 });
    expect(command({ type: "volume", percent: 200 })[1]).toEqual({ type: "gain", stream: -1, gain: 1 });
  });

  test.each(["stop", "cancel"] as const)(
    "`%s` ends the replay and gives up the clips that wait for one",
    (how) => {
      const { chat, command, server, audio } = createScene();
      command({ type: "play", clip: 7 });
      server(page("me-1"));
      command({ type: "play", clip: 7, ref: "r2" });
      command({ type: "play", ref: "r3" });
      expect(command({ type: how })).toEqual([
        givenUp("heard", "r2", 7),
        givenUp("heard", "r3"),
        { type: "play-end", stream: -1, how: "cut" },
      ]);
      expect(audio(played(-1))).toEqual([shown({ type: "played", clip: 7 })]);
      expect(chat.isBusy()).toBeFalse();
      command({ type: "play", clip: 7, ref: "r4" });
      expect(command({ type: how })).toEqual([]);
      expect(server(page("me-2"))).toEqual([givenUp("heard", "r4", 7)]);
      expect(chat.isBusy()).toBeFalse();
    },
  );

  test("a replay that is refused after it was given up is answered once", () => {
    const { command, server } = createScene();
    command({ type: "play", clip: 7, ref: "r1" });
    command({ type: "stop" });
    const refused = sentence("no-such-clip", { clip: 7 });
    expect(server({ type: "error", ...refused, ref: "me-1" })).toEqual([
      shown({ type: "error", ...refused, ref: "r1" }),
    ]);
    expect(command({ type: "stop" })).toEqual([]);
  });

  test("a replay ends before we talk, and does not begin while we talk", () => {
    const { command, server } = createScene();
    command({ type: "play" });
    server(page("me-1"));
    expect(command({ type: "record" })).toEqual([
      { type: "play-end", stream: -1, how: "cut" },
      { type: "send", message: { type: "requestFloor", seconds: 5, ref: "me-2" } },
    ]);
    expect(command({ type: "play", ref: "r1" })).toMatchObject([{ event: { code: "recording", ref: "r1" } }]);
  });

  test("replays follow one another", () => {
    const { command, server, audio } = createScene();
    command({ type: "play", clip: 7 });
    expect(command({ type: "play", clip: 8 })).toEqual([]);
    server(page("me-1"));
    expect(audio(played(-1))).toEqual([shown({ type: "played", clip: 7 }), fetched(0, "me-2", 8)]);
    expect(server(page("me-2", { clip: 8 }))[1]).toMatchObject({ type: "replay", stream: -2 });
  });

  test("a failing speaker is reported for each replay, which is then over", () => {
    const { chat, command, server, audio } = createScene();
    const error = { code: "no-speaker", message: "There is no speaker." } as const;
    for (const number of [1, 2]) {
      command({ type: "play" });
      server(page(`me-${number}`));
      expect(audio({ type: "playback-failed", stream: -number, error })).toEqual([
        shown({ type: "error", ...error }),
        shown({ type: "played", clip: 7 }),
      ]);
    }
    expect([chat.hasFailed(), chat.isBusy()]).toEqual([true, false]);
  });

  test("a replay is refused with `no-voice` when voice is off", () => {
    const { command } = createScene(false);
    expect(command({ type: "play", ref: "r1" })).toMatchObject([{ event: { code: "no-voice", ref: "r1" } }]);
  });
});

describe("saving a clip", () => {
  const save = { type: "save", clip: 7, file: "bob.wav", ref: "r1" } as const;

  test("a clip is fetched whole and written, also when voice is off", () => {
    const { chat, command, server, clipSaved } = createScene(false);
    expect(command(save)).toEqual([fetched(0, "me-1", 7)]);
    const whole = server(page("me-1"));
    expect(whole).toMatchObject([{ type: "save-clip", file: "bob.wav" }]);
    expect(packetsOf(whole)).toEqual([1, 2, 3]);
    expect(chat.isBusy()).toBeTrue();
    expect(clipSaved()).toEqual([shown({ type: "saved", clip: 7, file: "bob.wav", seconds: 0.06 })]);
    expect([chat.isBusy(), chat.hasFailed()]).toEqual([false, false]);
    expect(clipSaved()).toEqual([]);
  });

  test("a file that cannot be written is reported, and the next clip is saved", () => {
    const { chat, command, server, clipSaved } = createScene();
    command(save);
    expect(command({ ...save, file: "other.wav" })).toEqual([]);
    server(page("me-1"));
    const error = { code: "file-exists", file: "bob.wav" } as const;
    expect(clipSaved(error)).toEqual([shown({ type: "error", ...error, ref: "r1" }), fetched(0, "me-2", 7)]);
    expect(chat.hasFailed()).toBeTrue();
  });

  test("saving does not wait for a replay", () => {
    const { command, server } = createScene();
    command({ type: "play", clip: 7 });
    server(page("me-1"));
    command({ type: "play", clip: 8 });
    expect(command(save)).toEqual([fetched(0, "me-2", 7)]);
  });
});
