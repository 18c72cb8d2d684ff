/** The built programs, and the two libraries inside the client, run on systems as old as glibc 2.17. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { basename, join } from "node:path";
import { neededVersions, tooNew } from "../../scripts/symbol-versions.ts";
import { clientBinary, serverBinary } from "../support/holler.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const isLinux = process.platform === "linux";
const hasRig = requireRig("objdump", isLinux && hasProgram("objdump"), "on Linux, apt install binutils");

const native = join(import.meta.dir, "../../build/native");
const files = [
  clientBinary,
  serverBinary,
  join(native, "naudiodon.node"),
  join(native, "libportaudio.so.2"),
].map((file) => ({ file, name: basename(file) }));

/** As the tool of the compiler prints them: `    0x06969197 0x00 15 GLIBC_2.17`. */
async function versionsByObjdump(file: string): Promise<string[]> {
  const printed = (await Bun.$`objdump -p ${file}`.text()).matchAll(/^ +0x\w+ 0x\w+ \d+ (\w[\w.]*)$/gm);
  return [...new Set([...printed].map(([, version = ""]) => version))].sort();
}

describe.skipIf(!hasRig)("a built file", () => {
  test.each(files)(
    "$name needs no version of a symbol that a system with glibc 2.17 lacks",
    async ({ file }) => {
      const needed = neededVersions(await Bun.file(file).bytes());
      expect(needed).toContain("GLIBC_2.14");
      expect(needed).toEqual(await versionsByObjdump(file));
      expect(tooNew(needed)).toEqual([]);
    },
  );
});
