/** Runs targets with a seed for a time, and says how to repeat a failure. */
import { seeded } from "../../test/support/random.ts";
import type { Fuzzer } from "./target.ts";

export interface Report {
  target: string;
  inputs: number;
  seconds: number;
  /** Of what was wanted. */
  seen: number;
  missing: string[];
  /** What failed, with the command that does it again. */
  failure?: string;
}

/** Reading the clock costs more than some cases do. */
const casesAtOnce = 16;

/** Each case has a seed of its own, so that it can be repeated without the cases before it. */
const chanceOf = (seed: number, number: number) => seeded((Math.imul(seed, 0x9e3779b1) + number) | 0);

/** On a slow or busy machine, a target has this many times its time to see every wanted case. */
const slowTimesMax = 20;

/** Runs cases of the target until its time is over and every wanted case was seen, or until a case fails. */
export function runFor(target: Fuzzer, seed: number, ms: number): Report {
  const found = new Set<string>();
  const see = (what: string) => void found.add(what);
  const beganMs = performance.now();
  const elapsedMs = () => performance.now() - beganMs;
  const missingOnes = () => target.wanted.filter((what) => !found.has(what));
  let inputs = 0;
  let number = 0;
  const report = (failure?: string): Report => {
    const missing = missingOnes();
    const seconds = elapsedMs() / 1_000;
    const result = {
      target: target.name,
      inputs,
      seconds,
      seen: target.wanted.length - missing.length,
      missing,
    };
    return failure === undefined ? result : { ...result, failure };
  };
  while (elapsedMs() < ms || (elapsedMs() < ms * slowTimesMax && missingOnes().length > 0)) {
    for (const end = number + casesAtOnce; number < end; number += 1) {
      try {
        inputs += target.attempt(chanceOf(seed, number), see);
      } catch (thrown) {
        return report(failureOf(target, seed, number, thrown));
      }
    }
  }
  return report();
}

/** Tries one case again; undefined: it does not fail. */
export function replay(target: Fuzzer, seed: number, number: number): string | undefined {
  try {
    target.attempt(chanceOf(seed, number), () => {});
    return undefined;
  } catch (thrown) {
    return failureOf(target, seed, number, thrown);
  }
}

function failureOf(target: Fuzzer, seed: number, number: number, thrown: unknown): string {
  return [
    `${target.name} failed with seed ${seed} in case ${number}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`,
    `The smallest case: ${target.smallest(chanceOf(seed, number))}`,
    `Again: npm run fuzz -- --target ${target.name} --seed ${seed} --case ${number}`,
  ].join("\n");
}

/** `rooms            1,234,567 inputs    123,456/s   42 of 42 kinds` */
export function lineOf({ target, inputs, seconds, seen, missing }: Report): string {
  const perSecond = Math.round(inputs / Math.max(seconds, 0.001));
  const counts = [
    `${inputs.toLocaleString("en").padStart(12)} inputs`,
    `${perSecond.toLocaleString("en").padStart(11)}/s`,
  ];
  const never = missing.length === 0 ? "" : `   never: ${missing.join(", ")}`;
  return `${target.padEnd(16)} ${counts.join(" ")}   ${seen} of ${seen + missing.length} kinds${never}`;
}

/** Whether the run is a good one. */
export function isGood({ failure, missing }: Report): boolean {
  return failure === undefined && missing.length === 0;
}
