/** Findings in a form that tests compare. */
import type { Finding } from "../../../lib/client/doctor/finding.ts";

/** A finding as one line: `check: ok: message` or `check: FAILED: message`. */
export function findingText({ check, ok, message }: Finding): string {
  return `${check}: ${ok ? "ok" : "FAILED"}: ${message}`;
}
