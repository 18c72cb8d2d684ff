/** The names of keys, as many terminals spell them. */
import { expect, test } from "bun:test";
import { createControlSequenceParser } from "../../lib/terminal/control-sequences.ts";
import { keysOf } from "../../lib/terminal/keys.ts";
import { bytesOf, cuts } from "./replies.ts";

/** The keys as `ctrl-meta-name`, or as the text that they insert. */
function named(sent: Uint8Array[]): string[] {
  const parser = createControlSequenceParser();
  const inputs = [...sent.flatMap(parser.push), ...parser.timeOut()];
  return inputs
    .flatMap(keysOf)
    .map(
      ({ name, text, ctrl, meta }) => `${ctrl ? "ctrl-" : ""}${meta ? "meta-" : ""}${name || `'${text}'`}`,
    );
}

test.each([
  ["a", "'a'"],
  ["\r", "return"],
  ["\n", "enter"],
  ["\t", "tab"],
  ["\x7f", "backspace"],
  ["\b", "backspace"],
  ["\x01", "ctrl-a"],
  ["\x1a", "ctrl-z"],
  ["\x1c", "ctrl-\\"],
  ["\x1b", "escape"],
  ["\x1bb", "meta-b"],
  ["\x1bB", "meta-b"],
  ["\x1b\x7f", "meta-backspace"],
  ["\x1b\r", "meta-return"],
  // The arrows: of the normal and the application mode, with modifiers, of rxvt, and of terminals that are older.
  ["\x1b[A", "up"],
  ["\x1bOB", "down"],
  ["\x1b[1;2C", "right"],
  ["\x1b[1;5C", "ctrl-right"],
  ["\x1b[1;3D", "meta-left"],
  ["\x1b[1;7D", "ctrl-meta-left"],
  ["\x1b\x1b[D", "meta-left"],
  ["\x1b[5D", "ctrl-left"],
  ["\x1bO5C", "ctrl-right"],
  ["\x1bOc", "ctrl-right"],
  ["\x1b[c", "right"],
  ["\x1b[H", "home"],
  ["\x1bOF", "end"],
  ["\x1b[1~", "home"],
  ["\x1b[7~", "home"],
  ["\x1b[4~", "end"],
  ["\x1b[8~", "end"],
  ["\x1b[3~", "delete"],
  ["\x1b[3;5~", "ctrl-delete"],
  ["\x1b[3^", "ctrl-delete"],
  ["\x1b[3$", "delete"],
  ["\x1bOM", "return"],
  ["\x1b[Z", "tab"],
  ["\x1b[200~", "paste-start"],
  ["\x1b[201~", "paste-end"],
  // The kitty protocol, and xterm's modifyOtherKeys.
  ["\x1b[97u", "'a'"],
  ["\x1b[97;2u", "'A'"],
  ["\x1b[97:65;2u", "'A'"],
  ["\x1b[49:33;2u", "'!'"],
  ["\x1b[97;65u", "'A'"],
  ["\x1b[97;129u", "'a'"],
  ["\x1b[0;;233u", "'é'"],
  ["\x1b[97;1;97:769u", "'a\u0301'"],
  ["\x1b[97;1:1u", "'a'"],
  ["\x1b[97;1:2u", "'a'"],
  ["\x1b[99;5u", "ctrl-c"],
  ["\x1b[1089::99;5u", "ctrl-c"],
  ["\x1b[98;3u", "meta-b"],
  ["\x1b[13u", "return"],
  ["\x1b[27u", "escape"],
  ["\x1b[9u", "tab"],
  ["\x1b[127;3u", "meta-backspace"],
  ["\x1b[57399u", "'0'"],
  ["\x1b[57414u", "return"],
  ["\x1b[57423u", "home"],
  ["\x1b[1;5:1D", "ctrl-left"],
  ["\x1b[27;5;99~", "ctrl-c"],
  ["\x1b[27;2;13~", "return"],
])("the bytes %j are the key %s, however they are cut", (sent, key) => {
  for (const chunks of cuts(bytesOf(sent))) expect(named(chunks)).toEqual([key]);
});

test.each(["\x1b[1114112u", "\x1b[99999999999999999999u", "\x1b[55296u", "\x1b[0u", "\x1b[97;1;1114112u"])(
  "the kitty key %j without a character inserts nothing that could act",
  (sent) => {
    for (const key of named([bytesOf(sent)])) expect(key).toMatch(/^'[\0\ud800]?'$/);
  },
);
