/** No file imports itself through others, type imports included: each can be read and tested after those it imports. */
import { expect, test } from "bun:test";
import { entries, readSources } from "./sources.ts";

const sources = [...readSources("lib/**/*.ts"), ...entries.flatMap((entry) => readSources(entry))];

/** The strongly connected components of more than one file (Tarjan 1972), each as its sorted paths. */
function cyclesOf(importsOf: ReadonlyMap<string, readonly string[]>): string[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[] = [];
  const low = (path: string) => lowest.get(path) ?? 0;

  function visit(path: string): void {
    order.set(path, order.size);
    lowest.set(path, order.size - 1);
    stack.push(path);
    for (const target of importsOf.get(path) ?? []) {
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(path, Math.min(low(path), low(target)));
    }
    if (lowest.get(path) !== order.get(path)) return;
    const component = stack.splice(stack.indexOf(path));
    if (component.length > 1) cycles.push(component.sort().join(" "));
  }

  for (const path of importsOf.keys()) if (!order.has(path)) visit(path);
  return cycles.sort();
}

test("no file imports itself through others", () => {
  const importsOf = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.filter(({ isPackage }) => !isPackage).map(({ target }) => target),
    ]),
  );
  expect(cyclesOf(importsOf)).toEqual([]);
});

test("a cycle is found through any number of files, and named once", () => {
  const importsOf = new Map([
    ["a", ["b", "x"]],
    ["b", ["c"]],
    ["c", ["a"]],
    ["x", []],
  ]);
  expect(cyclesOf(importsOf)).toEqual(["a b c"]);
});
