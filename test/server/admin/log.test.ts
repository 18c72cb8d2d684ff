/** Tests both formats of the log, and that it never has what people write. */
import { describe, expect, setSystemTime, test } from "bun:test";
import { encodeClientMessage } from "../../../lib/protocol/messages.ts";
import { createLog } from "../../../lib/server/admin/log.ts";
import { createFakeTransport } from "../../support/fake-transport.ts";
import { memoryHost } from "../../support/rooms.ts";

function logged(format: "pretty" | "json", use: (log: ReturnType<typeof createLog>) => void): string {
  let written = "";
  setSystemTime(new Date("2026-11-22T10:00:00.000Z"));
  use(
    createLog(format, (text) => {
      written += text;
    }),
  );
  setSystemTime();
  return written;
}

const timed = (text: string) => expect.stringMatching(new RegExp(`^\\d\\d:\\d\\d:\\d\\d ${text}\\n$`));
const about = { name: "bob", address: "192.0.2.7", connection: 3 };

describe("the log for people", () => {
  const lines: [string, string, Record<string, string | number>][] = [
    ["bob joined from 192\\.0\\.2\\.7", "joined", about],
    ["bob is now called rob", "renamed", { ...about, detail: "rob" }],
    ["bob left", "left", { ...about, detail: "quit" }],
    ["bob left \\(too-slow\\)", "left", { ...about, detail: "too-slow" }],
    ["refused 192\\.0\\.2\\.7: name-taken", "refused", { ...about, name: "", detail: "name-taken" }],
  ];
  test.each(lines)("has the line %s", (line, what, fields) => {
    expect(logged("pretty", (log) => log.event(what, fields))).toEqual(timed(line));
  });

  test("says how many lines were left out before the next one", () => {
    const fields = { ...about, name: "", detail: "name-taken", leftOut: 700 };
    const lines = logged("pretty", (log) => log.event("refused", fields)).split("\n");
    expect(lines.map((line) => line.slice(9))).toEqual([
      "700 more lines like the next one were left out",
      "refused 192.0.2.7: name-taken",
      "",
    ]);
  });

  test("says with titles that the server listens", () => {
    const text = logged("pretty", (log) => {
      log.listening({ room: "Lab 3", port: 4050, addresses: ["192.0.2.1", "2001:db8::1"] });
    });
    expect(text).toBe(
      "Server is running and listening…\n" +
        "  Room       Lab 3\n" +
        "  Port       4050\n" +
        "  Addresses  192.0.2.1, 2001:db8::1\n",
    );
  });

  test("marks a warning as one", () => {
    expect(logged("pretty", (log) => log.notice("warning", "x", "Oh."))).toEqual(timed("Warning: Oh\\."));
    expect(logged("pretty", (log) => log.notice("info", "x", "Oh."))).toEqual(timed("Oh\\."));
  });
});

describe("the log for programs", () => {
  test("has one JSON object a line", () => {
    const text = logged("json", (log) => {
      log.listening({ room: "Lab\n3", port: 4050 });
      log.event("joined", about);
      log.notice("warning", "plaintext", "Nothing is encrypted.");
    });
    const at = "2026-11-22T10:00:00.000Z";
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { at, level: "info", event: "listening", room: "Lab\n3", port: 4050 },
      { at, level: "info", event: "joined", ...about },
      { at, level: "warning", event: "plaintext", message: "Nothing is encrypted." },
    ]);
  });
});

test("the log names the operator of each moderation action", () => {
  const lines = logged("pretty", (log) => {
    const about = { address: "", connection: 0 };
    log.event("moderated", { ...about, name: "bob", detail: "silence for 5 min", by: "alice" });
    log.event("moderated", { ...about, name: "", detail: "lock on" });
  });
  expect(lines.split("\n").map((line) => line.slice(9))).toEqual([
    "alice: silence for 5 min, bob",
    "The console: lock on",
    "",
  ]);
});

test.each(["pretty", "json"] as const)("the log in format %s never has what people write", (format) => {
  const text = logged(format, (log) => {
    const host = memoryHost(log);
    const client = host.connect(createFakeTransport(), { address: "192.0.2.7", isLocal: false });
    const tell = (message: Parameters<typeof encodeClientMessage>[0]) =>
      client.receive(encodeClientMessage(message));
    tell({ type: "hello", protocol: 1, name: "alice", voice: false });
    tell({ type: "say", text: "secret", ref: "secret" });
    tell({ type: "whisper", to: "secret", text: "secret", ref: "secret" });
    tell({ type: "rename", name: "secret secret" });
    tell({ type: "quit" });
    client.closed();
  });
  expect(text).toContain("alice");
  expect(text).not.toContain("secret");
});
