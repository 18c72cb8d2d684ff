/** Findings of the doctor as lines for people and JSON for programs. */
import { describe, expect, test } from "bun:test";
import { failed, findingJson, findingLine, passed } from "../../../lib/client/doctor/finding.ts";
import { chooseStyle } from "../../../lib/frontends/text/style.ts";

describe("a finding of the doctor", () => {
  const finding = failed("rooms", "No room\n\x1b[31m here.", { figures: { rooms: [] } });
  const terminal = { terminal: true, plain: false };

  test("is one line with a sign and without control characters", () => {
    const style = chooseStyle({ NO_COLOR: "1", LANG: "C.UTF-8" }, terminal);
    expect(findingLine(finding, style)).toBe("✗ No room [31m here.");
    expect(findingLine({ ...finding, ok: true }, style)).toBe("✓ No room [31m here.");
  });

  test("has a red sign where colour is allowed, and words instead of signs for screen readers", () => {
    expect(findingLine(finding, chooseStyle({ TERM: "xterm" }, terminal))).toStartWith("\x1b[31m✗\x1b[39m ");
    const dumb = chooseStyle({ TERM: "dumb" }, { terminal: true, plain: true });
    expect(findingLine(finding, dumb)).toStartWith("FAILED ");
    expect(findingLine({ ...finding, ok: true }, dumb)).toStartWith("ok ");
  });

  test("has its note in a line of its own", () => {
    const style = chooseStyle({ NO_COLOR: "1", LANG: "C.UTF-8" }, terminal);
    const noted = passed("microphone", "Microphone: USB", { note: "It is quiet.\n\x1b[31m" });
    expect(findingLine(noted, style)).toBe("✓ Microphone: USB\n» It is quiet. [31m");
    expect(JSON.parse(findingJson(noted))).toEqual({
      check: "microphone",
      ok: true,
      message: "Microphone: USB",
      note: "It is quiet. [31m",
    });
  });

  test("is one JSON object with its figures", () => {
    expect(JSON.parse(findingJson(finding))).toEqual({
      check: "rooms",
      ok: false,
      message: "No room [31m here.",
      rooms: [],
    });
  });
});
