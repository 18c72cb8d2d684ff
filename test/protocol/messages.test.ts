/** What is wrong with a message is named, by the schema's words and never by the peer's. */
import { describe, expect, test } from "bun:test";
import { refusal } from "../../lib/protocol/errors.ts";
import { headerBytes } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import {
  clientMessages,
  decodeClientMessage,
  decodeServerMessage,
  encodeServerMessage,
  type ServerMessage,
  serverMessages,
} from "../../lib/protocol/messages.ts";

const bodyOf = (text: string) => new TextEncoder().encode(text);
const helloWith = (field: string, value: string) =>
  JSON.stringify({ protocol: 1, name: "alice", voice: false, [field]: value });

describe("what is wrong is", () => {
  test.each([
    ["the message", "say", "{", "say"],
    ["the message, when it is a list", "say", "[]", "say"],
    ["the message, when it is a list in the place of no fields", "who", "[]", "who"],
    ["the same", "quit", "[]", "quit"],
    ["a field that is missing", "say", '{"text":"hi"}', "say.ref"],
    ["a field of another type", "whisper", '{"to":7,"text":"hi","ref":"r"}', "whisper.to"],
    ["the first of several", "hello", '{"protocol":"1","name":7}', "hello.protocol"],
    [
      "a field that may be left out, but not be too short",
      "hello",
      helloWith("key", "k".repeat(42)),
      "hello.key",
    ],
    ["the same, of an empty one", "hello", helloWith("session", ""), "hello.session"],
    ["a page of too many lines", "history", '{"limit":201,"ref":"r"}', "history.limit"],
    ["a page of none", "search", '{"words":"hi","limit":0,"ref":"r"}', "search.limit"],
    ["no field of the peer's own", "who", '"\\u001b[2J"', "who"],
  ] as const)("%s", (_, type, body, at) => {
    expect(decodeClientMessage(clientMessages[type].kind, bodyOf(body))).toEqual({
      type: "error",
      code: "bad-message",
      at,
    });
  });

  test("deep inside", () => {
    const body = '{"protocol":1,"you":"a","room":"r","members":["b",7],"lastId":0,"talking":[]}';
    expect(decodeServerMessage(32, bodyOf(body))).toMatchObject({ at: "welcome.members.1" });
  });

  test("deep inside a list of objects", () => {
    const entries = '[{"id":1,"from":"a","text":"b","at":""},{"id":-1,"from":"a","text":"b","at":""}]';
    const body = `{"ref":"r","entries":${entries},"more":false,"since":1}`;
    expect(decodeServerMessage(48, bodyOf(body))).toMatchObject({ at: "history.entries.1.id" });
  });
});

test("joined and left leave on the presence lane, and all other messages of the server on the text lane", () => {
  const rows = Object.entries(serverMessages).filter(([, { lane }]) => lane !== "text");
  expect(rows.map(([type, { lane }]) => [type, lane])).toEqual([
    ["joined", "presence"],
    ["left", "presence"],
  ]);
});

test("every kind is used once, in both directions together", () => {
  const kinds = [...Object.values(clientMessages), ...Object.values(serverMessages)].map(({ kind }) => kind);
  expect(new Set(kinds).size).toBe(kinds.length);
});

test("the refusal of a member who is silenced for the longest time is a message that clients accept", () => {
  const seconds = limits.silenceMinutesMax * 60;
  const refused: ServerMessage = { type: "error", ...refusal("silenced", { seconds }), ref: "r" };
  const frame = encodeServerMessage(refused);
  const kind = frame[headerBytes - 1] ?? 0;
  expect(decodeServerMessage(kind, frame.subarray(headerBytes))).toEqual({
    type: "message",
    message: refused,
  });
});
