/** `holler doctor --json` on the real program, for tests. */
import { expect } from "bun:test";
import type { Home, Stage } from "./holler.ts";
import type { Host } from "./netns.ts";

/** A configuration without devices, on any machine. */
export const nowhere = { ALSA_CONFIG_PATH: "/dev/null" };
/** Its checks have time limits, so that it always ends. */
const endsWithinMs = 20_000;

interface Finding {
  check: string;
  ok: boolean;
  message: string;
  [figure: string]: unknown;
}

export interface Examined {
  code: number;
  findings: Finding[];
  errors: string;
}

interface Options {
  args?: string[];
  host?: Host;
  env?: Record<string, string>;
  home?: Home;
}

/** Runs it to its end, within its time; without sound devices unless `env` has some. */
export async function examine(
  stage: Stage,
  { args = [], env = nowhere, ...options }: Options,
): Promise<Examined> {
  const began = performance.now();
  const { code, output, errors } = await stage.holler(["doctor", "--json", ...args], { env, ...options });
  expect(performance.now() - began).toBeLessThan(endsWithinMs);
  const findings: Finding[] = output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(code).toBe(findings.every(({ ok }) => ok) ? 0 : 1);
  expect(`${output}${errors}`).not.toMatch(/^\s+at /m);
  return { code, findings, errors };
}

/** `check` or `!check` for one that failed. */
export const outline = ({ findings }: Examined): string[] =>
  findings.map(({ check, ok }) => (ok ? check : `!${check}`));

export function found({ findings }: Examined, check: string): Finding {
  const finding = findings.find((one) => one.check === check);
  if (finding === undefined) throw new Error(`no check of ${check}`);
  return finding;
}
