/** Opens functions of the C library that neither Bun nor Node has. */
import { dlopen, type FFIFunction, type Library } from "bun:ffi";

/** Where a platform keeps its C library; on Linux the GNU one or musl. None: Windows, and systems that are not known. */
const libraries: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: ["libc.so.6", `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`],
  darwin: ["/usr/lib/libSystem.B.dylib"],
};

/** The functions, or undefined on a platform without them: then the caller goes on without what it wanted to know. */
export function openLibc<Functions extends Record<string, FFIFunction>>(
  functions: Functions,
): Library<Functions>["symbols"] | undefined {
  for (const library of libraries[process.platform] ?? []) {
    try {
      return dlopen(library, functions).symbols;
    } catch {
      // This Linux has the other C library, or forbids what a call of native code needs.
    }
  }
  return undefined;
}
