/** Which symbol versions are too new for the oldest system that the programs run on. */
import { expect, test } from "bun:test";
import { tooNew } from "../../scripts/symbol-versions.ts";

test("a version is too new when its number is above that of a system with glibc 2.17", () => {
  expect(tooNew(["GLIBC_2.2.5", "GLIBC_2.4", "GLIBC_2.17", "GLIBC_2.18", "GLIBC_2.36"])).toEqual([
    "GLIBC_2.18",
    "GLIBC_2.36",
  ]);
  expect(tooNew(["GLIBCXX_3.4", "GLIBCXX_3.4.9", "GLIBCXX_3.4.30"])).toEqual(["GLIBCXX_3.4.30"]);
  expect(tooNew(["CXXABI_1.3", "CXXABI_1.3.9", "GCC_3.3", "GCC_7.0.0"])).toEqual([
    "CXXABI_1.3.9",
    "GCC_7.0.0",
  ]);
});

test("a version of a library that is not known, or without a number, is too new", () => {
  expect(tooNew(["ALSA_0.9", "ALSA_0.9.0rc4", "PULSE_0", "GLIBC_PRIVATE", "GLIBC_ABI_DT_RELR"])).toEqual([
    "PULSE_0",
    "GLIBC_PRIVATE",
    "GLIBC_ABI_DT_RELR",
  ]);
});
