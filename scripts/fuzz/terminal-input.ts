/** The input of a terminal: keys, replies and noise, cut at any place, are taken apart in one way only. */
import { createNoEchoInput } from "../../lib/frontends/plain/no-echo-input.ts";
import { createKeyInput } from "../../lib/frontends/terminal/key-input.ts";
import { createControlSequenceParser } from "../../lib/terminal/control-sequences.ts";
import { keysOf } from "../../lib/terminal/keys.ts";
import type { Random } from "../../test/support/random.ts";
import { bytesOf, joined, replies } from "../../test/terminal/replies.ts";
import { demand, fuzzer, without } from "./target.ts";
import { anyText } from "./texts.ts";

interface Part {
  bytes: Uint8Array;
  /** What a person typed; undefined: noise, whose meaning only has to be the same each time. */
  typed?: string;
  /** Where it is cut. */
  cut: number;
}

const known = Object.values(replies);
const introducers = [
  "\x1b",
  "\x1b[",
  "\x1b]",
  "\x1bP",
  "\x1b_",
  "\x1bO",
  "\x1b[M",
  "\xc2\x9b",
  "\xc2\x9d",
  "\xc2",
  "\x1b[200~",
  "\x1b[201~",
];

function anyPart(random: Random): Part {
  const chance = random.below(100);
  if (chance < 40) {
    const text = random.pick(["hello", "é漢😀", "x", "1;2c", "[A", "rgb:0/0/0"] as const);
    return { bytes: new TextEncoder().encode(text), typed: text, cut: random.below(4) };
  }
  if (chance < 75) {
    const reply = known[random.below(known.length)] ?? "";
    return { bytes: bytesOf(reply), typed: "", cut: random.below(reply.length + 1) };
  }
  if (chance < 85) return { bytes: bytesOf(introducers[random.below(introducers.length)] ?? ""), cut: 0 };
  if (chance < 92) return { bytes: new TextEncoder().encode(anyText(random)), cut: random.below(8) };
  return { bytes: Uint8Array.from({ length: random.below(12) }, () => random.below(256)), cut: 0 };
}

export const terminalInput = fuzzer<Part[]>({
  name: "terminal-input",
  wanted: ["text", "control", "escape", "alt", "csi", "ss3", "typed only", "paste", "answer"],
  make: (random) => {
    const isTyped = random.chance(0.3);
    const parts = Array.from({ length: 1 + random.below(12) }, () => anyPart(random));
    return isTyped ? parts.filter(({ typed }) => typed !== undefined) : parts;
  },
  check(parts, seen) {
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    const chunks = parts.flatMap((part) => [part.bytes.subarray(0, part.cut), part.bytes.subarray(part.cut)]);
    const read = (pieces: Uint8Array[]) => {
      const parser = createControlSequenceParser();
      const inputs = pieces.flatMap(parser.push);
      const late = parser.timeOut();
      demand(parser.timeoutMs() === undefined, "nothing is unfinished when the time is up");
      return joined([...inputs, ...late]);
    };
    const whole = read([bytes]);
    demand(
      JSON.stringify(whole) === JSON.stringify(read(chunks)),
      "is the same in chunks",
      whole,
      read(chunks),
    );
    const single = read(Array.from(bytes, (byte) => Uint8Array.of(byte)));
    demand(JSON.stringify(whole) === JSON.stringify(single), "is the same byte by byte", whole, single);
    for (const input of whole) {
      seen(input.type);
      if (input.type === "text")
        demand(!/[\0-\x1f\x7f-\x9f]/.test(input.text), "a text has no control", input);
    }
    const answer = createNoEchoInput();
    const complete = whole.map(answer.take).find((one) => one !== undefined);
    if (complete?.line !== undefined) seen("answer");
    if (parts.length > 0 && parts.every(({ typed }) => typed !== undefined)) {
      seen("typed only");
      const text = whole.flatMap(keysOf).map((key) => key.text);
      demand(
        text.join("") === parts.map(({ typed }) => typed).join(""),
        "all that is typed comes, and nothing else",
        text,
      );
    }
    const keys = createKeyInput(
      {
        onKey: ({ text }) => demand(!/[\r\n]/.test(text), "a key inserts no line end"),
        onPaste(text) {
          seen("paste");
          demand(
            text !== undefined && !/[\0-\x08\x0b-\x1f\x7f]/.test(text),
            "a paste has no control but tabs and line ends",
            text,
          );
        },
      },
      () => () => {},
    );
    for (const chunk of chunks) keys.push(chunk);
    keys.push("\x1b[201~");
  },
  inputs: (parts) => parts.length,
  smaller: without,
});
