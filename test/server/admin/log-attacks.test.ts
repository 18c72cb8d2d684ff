/** The server's own log acts on no terminal of its operator, whatever names and details are in it. */
import { describe, expect, test } from "bun:test";
import { createLog } from "../../../lib/server/admin/log.ts";
import vectors from "../../vectors/terminal-attacks.json" with { type: "json" };

const whats = ["joined", "left", "renamed", "refused", "away", "returned"];

/** All that is logged with this text in every field, as lines. */
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
  // A line for each; what the server says when it listens has a title and four more.
  ["pretty", whats.length + 1 + 1 + 5],
  ["json", whats.length + 1 + 1 + 1],
] as const)("%s", (format, lines) => {
  test.each(vectors)("$name", ({ text }) => {
    const written = linesWith(text, format);
    expect(written).toHaveLength(lines);
    expect(written.filter((line) => /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u.test(line))).toEqual([]);
  });
});

test("what json has escaped means what it was", () => {
  for (const { text } of vectors) {
    const [event] = linesWith(text, "json").map((line) => JSON.parse(line));
    expect(event).toMatchObject({ event: "joined", name: text, address: text, detail: text });
  }
});
