/** Decides by its name which lane a test file belongs to: the one place that knows. */

/**
 * - `unit`: seconds, without a build, without rigs, without waiting.
 * - `sim`: simulation, fuzzing and soak: seeded and bounded, and so much work that it takes a minute or more.
 * - `e2e`: the compiled programs, on rigs where they need some.
 */
export type Lane = "unit" | "sim" | "e2e";

const laneOfSuffix: readonly [suffix: string, lane: Lane][] = [
  [".e2e.test.ts", "e2e"],
  [".sim.test.ts", "sim"],
  [".test.ts", "unit"],
];

/** The lane of a test file; undefined for a file that is none, which no lane would run. */
export function laneOf(path: string): Lane | undefined {
  return laneOfSuffix.find(([suffix]) => path.endsWith(suffix))?.[1];
}

/** Every test file of the lanes as `./test/…`, sorted; with patterns, only files whose path contains one of them. */
export function testFiles(lanes: readonly Lane[], patterns: readonly string[] = []): string[] {
  const wanted = patterns.map((pattern) => pattern.replace(/^\.\//, ""));
  return [...new Bun.Glob("test/**/*.test.ts").scanSync()]
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => lanes.some((lane) => laneOf(path) === lane))
    .filter((path) => wanted.length === 0 || wanted.some((pattern) => path.includes(pattern)))
    .sort()
    .map((path) => `./${path}`);
}
