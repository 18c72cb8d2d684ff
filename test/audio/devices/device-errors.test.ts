/** What the loader says about the native addon, in words that a user can act on. */
import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { loadError } from "../../../lib/audio/devices/device-errors.ts";

const unpacked = `${tmpdir()}/.bun-1000-69328a711c56d274.so`;
const embedded = "/$bunfs/root/libportaudio.so-k5n2enfx.2";
const cases = [
  {
    what: "a missing ALSA",
    said: `Failed to open library "${unpacked}": libasound.so.2: cannot open shared object file: No such file or directory`,
    sentence:
      "Voice needs ALSA, which is missing here: install libasound2 (Debian, Ubuntu) or alsa-lib (Fedora, Arch).",
  },
  {
    what: "another missing library",
    said: "libgcc_s.so.1: cannot open shared object file: No such file or directory",
    sentence: "Voice needs libgcc_s.so.1, which is missing here: install the package that has it.",
  },
  {
    what: "a system that is older than the build",
    said: "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.36' not found (required by /proc/self/fd/12)",
    sentence:
      "Voice in this program was built for a newer system (GLIBC_2.36 is missing here): build Holler on this system.",
  },
  {
    what: "a temporary folder that cannot be written",
    said: `Failed to open library "${embedded}": ${embedded}: cannot open shared object file: No such file or directory`,
    sentence: `Voice cannot be unpacked into ${tmpdir()}, which is missing, full or not writable: set TMPDIR to a folder where you can write and programs can run.`,
  },
  {
    what: "a temporary folder that is mounted noexec",
    said: `Failed to open library "${unpacked}": ${unpacked}: failed to map segment from shared object`,
    sentence: `Voice cannot be loaded from ${tmpdir()}, where no program can run (it is mounted noexec): set TMPDIR to a folder where you can write and programs can run.`,
  },
  {
    what: "the limit of open files",
    said: `Failed to open library "${embedded}": /proc/self/fd/7: cannot open shared object file: Too many open files`,
    sentence: "Voice cannot be loaded: too many files are open. Raise the limit (ulimit -n).",
  },
  {
    what: "anything else",
    said: "invalid ELF header",
    sentence: "The sound system cannot be loaded: invalid ELF header.",
  },
];

test.each(cases)("the error of a sound system that is not loaded names $what", ({ said, sentence }) => {
  expect(loadError(new Error(said))).toMatchObject({ code: "no-sound-system", message: sentence });
});
