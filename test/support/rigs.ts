/** Skips tests whose rig is missing on this machine, and makes sure that CI never skips one. */

/**
 * Whether a rig (network namespaces, a sound server, tmux) is there. Where it is not, one line says how to
 * get it and the tests skip; under CI that is a failure, because a test that is not run proves nothing.
 */
export function requireRig(name: string, available: boolean, howToGet: string): boolean {
  if (available) return true;
  if (process.env.CI) throw new Error(`${name} is missing here, and CI must not skip its tests: ${howToGet}`);
  console.log(`skipped: needs ${name} (${howToGet})`);
  return false;
}

/** Whether a program is installed. */
export function hasProgram(...names: string[]): boolean {
  return names.every((name) => Bun.which(name, { PATH: `${process.env.PATH}:/usr/sbin:/sbin` }) !== null);
}
