/** The C library of a Linux system, for the few functions that Bun has no call for. */
import { dlopen, type FFIFunction } from "bun:ffi";

/** @throws {Error} when the system has neither glibc nor musl, or the functions are not in it. */
export function openLibc<Functions extends Record<string, FFIFunction>>(functions: Functions) {
  try {
    return dlopen("libc.so.6", functions).symbols;
  } catch {
    return dlopen(`libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`, functions).symbols;
  }
}
