/** Taking the bytes of a terminal apart: replies of the terminal, the Esc key, and what is cut or never ends. */
import { describe, expect, test } from "bun:test";
import {
  createControlSequenceParser,
  escapeTimeoutMs,
  sequenceTimeoutMs,
  stringBytesMax,
  type TerminalInput,
} from "../../lib/terminal/control-sequences.ts";
import { keysOf } from "../../lib/terminal/keys.ts";
import { bytesOf, cuts, joined, replies } from "./replies.ts";

/** The inputs of chunks; texts that follow each other are one. */
function parse(...chunks: Uint8Array[]): TerminalInput[] {
  const parser = createControlSequenceParser();
  return joined(chunks.flatMap(parser.push));
}

const text = (value: string): TerminalInput => ({ type: "text", text: value });
const csi = (params: string, final: string, alt = false): TerminalInput => ({
  type: "csi",
  params,
  final,
  alt,
});

describe("a reply of the terminal", () => {
  test.each(Object.entries(replies))("%s is no key, however it is cut", (_, reply) => {
    for (const chunks of cuts(bytesOf(`a${reply}b`))) {
      const keys = parse(...chunks).flatMap(keysOf);
      expect(keys.map(({ name, text }) => name + text).join("")).toBe("ab");
    }
  });

  test("may follow another one, and a key may follow it, without anything between them", () => {
    const all = Object.values(replies).join("");
    for (const chunks of [
      [bytesOf(`${all}x`)],
      Array.from(bytesOf(`${all}x`), (byte) => Uint8Array.of(byte)),
    ])
      expect(
        parse(...chunks)
          .flatMap(keysOf)
          .map(({ name, text }) => name + text),
      ).toEqual(["x"]);
  });
});

describe("the parser of control sequences", () => {
  test.each([
    ["text", "héllo 漢字 😀", [text("héllo 漢字 😀")]],
    [
      "controls",
      "a\r\x03\x7f",
      [
        text("a"),
        { type: "control", char: "\r" },
        { type: "control", char: "\x03" },
        { type: "control", char: "\x7f" },
      ],
    ],
    [
      "a C1 control that introduces nothing",
      "a\u0085b",
      [text("a"), { type: "control", char: "\u0085" }, text("b")],
    ],
    ["a CSI sequence", "\x1b[1;5C", [csi("1;5", "C")]],
    ["an arrow with Alt of two ESC", "\x1b\x1b[D", [csi("", "D", true)]],
    ["a key with Shift of rxvt", "\x1b[3$x", [csi("3", "$"), text("x")]],
    ["an SS3 sequence", "\x1bOA", [{ type: "ss3", params: "", final: "A", alt: false }]],
    ["a key with Alt", "\x1bb", [{ type: "alt", char: "b" }]],
    ["a control with Alt", "\x1b\r", [{ type: "alt", char: "\r" }]],
    ["Alt and O, and a letter that is no function key", "\x1bOh", [{ type: "alt", char: "O" }, text("h")]],
    ["a character beyond ASCII with Alt", "\x1bé", [text("é")]],
    ["the designation of a character set", "\x1b(Bx", [text("x")]],
    ["three ESC and an arrow", "\x1b\x1b\x1b[A", [{ type: "escape" }, csi("", "A", true)]],
    ["ESC, and a reply", "\x1b\x1b]0;x\x07", [{ type: "escape" }]],
    ["a sequence that a key interrupts", "\x1b[12\x03x", [{ type: "control", char: "\x03" }, text("x")]],
    ["a sequence that another one interrupts", "\x1b[12\x1b[A", [csi("", "A")]],
    ["a mouse report that a sequence interrupts", "\x1b[M \x1b[A", [csi("", "A")]],
    ["a string that Enter interrupts", "\x1b]0;x\ry", [{ type: "control", char: "\r" }, text("y")]],
    ["a string that Ctrl-Z interrupts", "\x1bPx\x1ay", [{ type: "control", char: "\x1a" }, text("y")]],
    ["a string that a sequence interrupts", "\x1b_x\x1b[201~", [csi("201", "~")]],
    ["BEL in a string that is no OSC", "\x1bPa\x07b\x1b\\c", [text("c")]],
    ["a string in which characters have the byte 9C", "\x1b]0;✓ Ü\x1b\\x", [text("x")]],
  ] as [string, string, TerminalInput[]][])("takes %s apart, however it is cut", (_, sent, inputs) => {
    for (const chunks of cuts(new TextEncoder().encode(sent))) expect(parse(...chunks)).toEqual(inputs);
  });

  test("replaces bytes that are not UTF-8, and loses nothing beside them", () => {
    expect(parse(bytesOf("a\xff\xe6\xbcb\x1b[A\xf0\x9f"), bytesOf("c\x80"))).toEqual([
      text("a\ufffd\ufffdb"),
      csi("", "A"),
      text("\ufffdc\ufffd"),
    ]);
  });
});

describe("what is unfinished", () => {
  const pending = (sent: string) => {
    const parser = createControlSequenceParser();
    parser.push(bytesOf(sent));
    return { timeoutMs: parser.timeoutMs(), late: parser.timeOut(), after: parser.push(bytesOf("x")) };
  };

  test.each([
    ["nothing", "a", undefined, []],
    ["ESC", "\x1b", escapeTimeoutMs, [{ type: "escape" }]],
    ["two ESC", "\x1b\x1b", escapeTimeoutMs, [{ type: "escape" }, { type: "escape" }]],
    ["Alt and the introducer of a string", "\x1bP", escapeTimeoutMs, [{ type: "alt", char: "P" }]],
    ["Alt and an intermediate byte", "\x1b(", escapeTimeoutMs, [{ type: "alt", char: "(" }]],
    ["the introducer of a sequence", "\x1b[", sequenceTimeoutMs, [{ type: "alt", char: "[" }]],
    ["a part of a sequence", "\x1b[12;", sequenceTimeoutMs, []],
    ["a part of a mouse report", "\x1b[M!", sequenceTimeoutMs, []],
    ["a part of a string", "\x1b]11;rgb", sequenceTimeoutMs, []],
    ["a string without the end of its end", "\x1b]11;rgb:0\x1b", sequenceTimeoutMs, []],
  ] as [string, string, number | undefined, TerminalInput[]][])(
    "is over when its time is: %s",
    (_, sent, timeoutMs, late) => {
      expect(pending(sent)).toEqual({ timeoutMs, late, after: [text("x")] });
    },
  );

  test("never takes more than its bound: text comes again after a string without end", () => {
    const parser = createControlSequenceParser();
    parser.push(bytesOf("\x1b]52;c;"));
    const half = new Uint8Array(stringBytesMax / 2).fill(0x41);
    expect(parser.push(half)).toEqual([]);
    expect(parser.push(half)).toEqual([text("A".repeat("52;c;".length - 1))]);
    expect(parser.push(bytesOf("x"))).toEqual([text("x")]);
  });
});
