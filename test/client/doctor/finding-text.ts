/** Findings in a form that tests compare. */
import { expect } from "bun:test";
import type { Finding } from "../../../lib/client/doctor/finding.ts";

const complaint = /plug in|unplug|turn it|cannot|does not|is it |is not|there is no|\bno (?!one)|missing/i;

/**
 * A finding as one line: `check: ok: message (note: note)` or `check: FAILED: message`. Fails the test unless the text of
 * the finding agrees with its sign: what is wrong is a sentence, and what works is none and complains of nothing.
 */
export function findingText({ check, ok, message, note }: Finding): string {
  if (ok) {
    expect(message).not.toMatch(complaint);
    expect(message).not.toMatch(/[.?!]$/);
  } else expect(message).toEndWith(".");
  if (note !== undefined) expect(note).toEndWith(".");
  return `${check}: ${ok ? "ok" : "FAILED"}: ${message}${note === undefined ? "" : ` (note: ${note})`}`;
}
