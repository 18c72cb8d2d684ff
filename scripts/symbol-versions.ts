/** Reads which versions of other libraries' symbols an ELF file needs: they decide on how old a system it runs. */

/** The section "GNU version requirements". Linux Standard Base, Core, section "Symbol Versioning". */
const versionNeeds = 0x6ffffffe;

/** Such as `GLIBC_2.17`, each once. The file: ELF of 64 bits, little-endian. */
export function neededVersions(file: Uint8Array): string[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const offset = (at: number) => Number(view.getBigUint64(at, true));
  const section = (index: number) => offset(0x28) + index * u16(0x3a);
  const found = new Set<string>();
  for (let index = 0; index < u16(0x3c); index++) {
    const header = section(index);
    if (u32(header + 4) !== versionNeeds) continue;
    const names = offset(section(u32(header + 0x28)) + 0x18);
    let library = offset(header + 0x18);
    for (let libraries = u32(header + 0x2c); libraries > 0; libraries--) {
      let version = library + u32(library + 8);
      for (let versions = u16(library + 2); versions > 0; versions--) {
        const name = names + u32(version + 8);
        found.add(new TextDecoder().decode(file.subarray(name, file.indexOf(0, name))));
        version += u32(version + 12);
      }
      library += u32(library + 12);
    }
  }
  return [...found].sort();
}

/** The newest version of each library in a system with glibc 2.17 (2013), for which Bun builds its programs. */
const oldestSystem: Partial<Record<string, string>> = {
  GLIBC: "2.17",
  GLIBCXX: "3.4.19",
  CXXABI: "1.3.7",
  GCC: "4.8.0",
  ALSA: "0.9.0rc4",
};

/** Those that the oldest system does not have, or of which this is not known. */
export function tooNew(needed: readonly string[]): string[] {
  const { compare } = new Intl.Collator("en", { numeric: true });
  return needed.filter((version) => {
    const [, library = "", number = ""] = /^([A-Z]+)_(\d.*)$/.exec(version) ?? [];
    const newest = oldestSystem[library];
    return newest === undefined || compare(number, newest) > 0;
  });
}
