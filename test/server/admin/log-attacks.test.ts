/** Tests that no name and no detail in the log can act on the operator's terminal. */
import { describe, expect, test } from "bun:test";
import { createLog } from "../../../lib/server/admin/log.ts";
import vectors from "../../vectors/terminal-attacks.json" with { type: "json" };

const whats = ["joined", "left", "renamed", "refused", "away", "returned"];

/** The lines of a log with this text in every field. */
function linesWith(text: string, format: "pretty" | "json"): string[] {
  let written = "";
  const log = createLog(format, (part) => {
    written += part;
  });
  for (const what of [...whats, text])
    log.event(what, { name: text, address: text, detail: text, connection: 1 });
  log.notice("warning", text, text);
  log.listening({ room: text, port: 4050, addresses: [text, text], identity: text });
  expect(written.endsWith("\n")).toBeTrue();
  return written.slice(0, -1).split("\n");
}

describe.each([
  // One line for each event and notice; `listening` has a title and four lines more.
  ["pretty", whats.length + 1 + 1 + 5],
  ["json", whats.length + 1 + 1 + 1],
] as const)("the log in format %s", (format, lines) => {
  test.each(vectors)("is plain lines with the attack: $name", ({ text }) => {
    const written = linesWith(text, format);
    expect(written).toHaveLength(lines);
    expect(written.filter((line) => /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u.test(line))).toEqual([]);
  });
});

test("the log in format json escapes attacks without changing their meaning", () => {
  for (const { text } of vectors) {
    const [event] = linesWith(text, "json").map((line) => JSON.parse(line));
    expect(event).toMatchObject({ event: "joined", name: text, address: text, detail: text });
  }
});
