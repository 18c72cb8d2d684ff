/** The program as text: every source file, what it imports and on which line, its comments blanked out. */
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export interface Import {
  line: number;
  /** A path from the top (`lib/room/room.ts`), or a package (`node:fs`, `valibot`). */
  target: string;
  isPackage: boolean;
  /** Loaded later or only for its types, so that it does not slow the start. */
  isLater: boolean;
}

export interface Source {
  /** From the top of the repository. */
  path: string;
  /** The code without its comments; its lines are where they were. */
  code: string;
  imports: Import[];
}

const root = join(import.meta.dir, "../..");
export const entries = ["server.ts", "client.ts"];

/** The sources that match a pattern such as `lib/**\/*.ts`. */
export function readSources(pattern: string): Source[] {
  const paths = [...new Bun.Glob(pattern).scanSync({ cwd: root })].map((path) => path.replaceAll("\\", "/"));
  return paths.sort().map((path) => readSource(path, readFileSync(join(root, path), "utf8")));
}

export function readSource(path: string, text: string): Source {
  const code = text.replace(comment, (whole) => whole.replace(/[^\n]/g, " "));
  const imports = [...code.matchAll(importing)].map(({ index, 0: words, 1: specifier = "" }) => {
    const isPackage = !specifier.startsWith(".");
    return {
      line: lineAt(code, index),
      target: isPackage ? specifier : normalize(join(dirname(path), specifier)).replaceAll("\\", "/"),
      isPackage,
      isLater: /^import\s*\(/.test(words) || isOfTypes(code.slice(0, index + words.length)),
    };
  });
  return { path, code, imports };
}

/** Whether the statement that ends here begins with `import type` or `export type`. */
function isOfTypes(code: string): boolean {
  const begins = [...code.matchAll(/^(?:import|export)\b(\s+type\b)?/gm)].at(-1);
  return begins?.[1] !== undefined;
}

/** Line comments need a blank before them, so that the `//` of an address in a string is none. */
const comment = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/gm;
/** Static, dynamic, type-only and side-effect imports, re-exports, and `require`. */
const importing = /\b(?:(?<!\.)from|(?:import|require)\s*\(?)\s*["']([^"'\n]+)["']/g;

export function lineAt(code: string, index: number): number {
  return code.slice(0, index).split("\n").length;
}

/** Where in the code a pattern is found, as `path:line what`. */
export function findAll({ path, code }: Source, pattern: RegExp): string[] {
  return [...code.matchAll(pattern)].map(({ index, 0: what }) => `${path}:${lineAt(code, index)} ${what}`);
}
