/** Findings of the doctor as lines for people and JSON for programs. */
import { describe, expect, test } from "bun:test";
import { type Finding, findingJson, findingLine } from "../../../lib/client/doctor/finding.ts";
import { chooseStyle } from "../../../lib/frontends/text/style.ts";

describe("a finding of the doctor", () => {
  const finding: Finding = {
    check: "rooms",
    ok: false,
    message: "No room\n\x1b[31m here.",
    figures: { rooms: [] },
  };
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

  test("is one JSON object with its figures", () => {
    expect(JSON.parse(findingJson(finding))).toEqual({
      check: "rooms",
      ok: false,
      message: "No room [31m here.",
      rooms: [],
    });
  });
});
