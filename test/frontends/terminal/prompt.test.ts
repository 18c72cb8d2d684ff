/** The state of the prompt: how keys and events change it. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent } from "../../../lib/client/api.ts";
import { emptyEditor, withText } from "../../../lib/frontends/terminal/editor.ts";
import { closedPrompt, handleEvent, handleKey, type Prompt } from "../../../lib/frontends/terminal/prompt.ts";
import { key } from "./keys.ts";

const welcome: ClientEvent = { type: "welcome", you: "alice", room: "Lab 3", members: [], lastId: 0 };

describe("the prompt", () => {
  const open = handleEvent(closedPrompt(), welcome);
  const recording = handleEvent(typing("half", open), { type: "recording", stream: 7, seconds: 5 });

  function typing(text: string, prompt: Prompt): Prompt {
    return { ...prompt, editor: withText(prompt.editor, text) };
  }
  function pressedBy(isOperator: boolean, prompt: Prompt, ...keys: string[]) {
    const queries = { names: () => ["bob"], isOperator: () => isOperator };
    let last = handleKey(prompt, key(keys[0] ?? ""), queries);
    for (const each of keys.slice(1)) last = handleKey(last.prompt, key(each), queries);
    return last;
  }
  function pressed(prompt: Prompt, ...keys: string[]) {
    return pressedBy(false, prompt, ...keys);
  }

  test("completes commands of operators for operators only", () => {
    expect(pressedBy(true, open, "/ki", "tab").prompt.editor.text).toBe("/kick ");
    expect(pressed(open, "/ki", "tab").prompt.editor.text).toBe("/ki");
  });

  test("submits the line on Enter and leaves on Ctrl-D in an empty line", () => {
    expect(pressed(open, "hi", "return").action).toEqual({ type: "submit", line: "hi" });
    expect(pressed(open, "ctrl-d").action).toEqual({ type: "command", command: { type: "quit" } });
    expect(pressed(open, "hi", "ctrl-d").action).toBeUndefined();
  });

  test("clears the line on Ctrl-C and hints that a second Ctrl-C leaves", () => {
    const first = pressed(open, "hi", "ctrl-c");
    expect(first.action).toBeUndefined();
    expect(first.prompt.editor.text).toBe("");
    expect(first.prompt.hints).toEqual(["Ctrl-C again leaves"]);
    expect(pressed(first.prompt, "ctrl-c").action).toEqual({ type: "command", command: { type: "quit" } });
    expect(pressed(first.prompt, "x", "backspace", "ctrl-c").action).toBeUndefined();
  });

  test("stops a recording on Enter, cancels it on Esc and Ctrl-C, and keeps the typed text", () => {
    expect(pressed(recording, "return").action).toEqual({ type: "command", command: { type: "stop" } });
    expect(pressed(recording, "escape").action).toEqual({ type: "command", command: { type: "cancel" } });
    expect(pressed(recording, "ctrl-c").action).toEqual({ type: "command", command: { type: "cancel" } });
    expect(pressed(recording, " line", "return").prompt.editor.text).toBe("half line");
  });

  test("stops lines that are still to go on Esc and Ctrl-C, but a recording and a question come first", () => {
    const sending = { ...typing("half", open), sending: { left: 3, total: 1_200 } };
    const stop = { type: "stop-sending" as const };
    expect(pressed(sending, "escape").action).toEqual(stop);
    expect(pressed(sending, "ctrl-c").action).toEqual(stop);
    expect(pressed(sending, "ctrl-c").prompt.editor.text).toBe("half");
    expect(pressed(sending, " line", "return").action).toEqual({ type: "submit", line: "half line" });
    const talking = { ...recording, sending: { left: 3, total: 1_200 } };
    expect(pressed(talking, "escape").action).toEqual({ type: "command", command: { type: "cancel" } });
    expect(pressed(talking, "ctrl-c").action).toEqual({ type: "command", command: { type: "cancel" } });
    const asked = { ...sending, question: { prompt: "Send?", editor: emptyEditor(), isSecret: false } };
    expect(pressed(asked, "ctrl-c").action).toEqual({ type: "answer", line: undefined });
    expect(pressed(asked, "escape").action).toBeUndefined();
    expect(pressed(open, "escape").action).toBeUndefined();
  });

  test("shows the bar from `recording` until that stream ends or the connection is lost", () => {
    const end: ClientEvent = { type: "voice-ended", stream: 7, from: "alice", seconds: 1, reason: "done" };
    expect(
      handleEvent(recording, { type: "level", stream: 7, dbfs: -9, peak: -3, left: 2 }).recording,
    ).toMatchObject({
      dbfs: -9,
      peakDbfs: -3,
      secondsMax: 5,
      secondsLeft: 2,
    });
    expect(
      handleEvent(recording, { type: "level", stream: 8, dbfs: -9, peak: -3, left: 2 }).recording,
    ).toMatchObject({
      secondsLeft: 5,
    });
    expect(handleEvent(recording, { ...end, stream: 8 }).recording).toBeDefined();
    expect(handleEvent(recording, end).recording).toBeUndefined();
    expect(handleEvent(recording, { type: "connection", state: "lost" }).recording).toBeUndefined();
  });

  test("ends the replay of a clip on Esc and Ctrl-C, and still submits on Enter", () => {
    const replaying = handleEvent(typing("half", open), {
      type: "playing",
      clip: 7,
      from: "bob",
      seconds: 4,
    });
    const cancel = { type: "command", command: { type: "cancel" } } as const;
    expect(pressed(replaying, "escape").action).toEqual(cancel);
    expect(pressed(replaying, "ctrl-c").action).toEqual(cancel);
    expect(pressed(replaying, "return").action).toEqual({ type: "submit", line: "half" });
    const over: ClientEvent[] = [
      { type: "played", clip: 7 },
      { type: "connection", state: "lost" },
    ];
    for (const event of over) expect(pressed(handleEvent(replaying, event), "escape").action).toBeUndefined();
  });

  test("puts a refused line back, unless another line is being typed", () => {
    const refused: ClientEvent = { type: "error", code: "no-such-name", message: "", text: "@bbo hi" };
    expect(handleEvent(open, refused).editor.text).toBe("@bbo hi");
    expect(handleEvent(typing("new", open), refused).editor.text).toBe("new");
  });

  test("keeps the typed line during a question, and keys that are typed ahead", () => {
    const question = { prompt: "Your name: ", editor: emptyEditor(), isSecret: false };
    const asked = { ...typing("half", open), question };
    const answered = pressed(asked, "al", "return");
    expect(answered.action).toEqual({ type: "answer", line: "al" });
    expect(answered.prompt.editor.text).toBe("half");
    expect(pressed(asked, "ctrl-c").action).toEqual({ type: "answer", line: undefined });
    expect(pressed(closedPrompt(), "a", "b").prompt.typeAhead).toHaveLength(2);
    expect(pressed(closedPrompt(), "ctrl-c").action).toEqual({ type: "command", command: { type: "quit" } });
  });
});
