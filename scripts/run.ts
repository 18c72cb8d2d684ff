/** What the scripts share: running a command to its end, and ending with one sentence when something fails. */

/** Runs a command with this terminal; returns its exit status. */
export async function run(command: string[]): Promise<number> {
  return Bun.spawn(command, { stdio: ["inherit", "inherit", "inherit"] }).exited;
}

/**
 * Runs a command whose output matters only when it fails.
 * @throws Error with that output.
 */
export async function runQuietly(command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(`${output}${errors}`.trimEnd());
}

/** Ends this script with one sentence instead of a stack trace. */
export async function orExplain(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
