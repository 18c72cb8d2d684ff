/** What the scripts share: running a command to its end, and finding what a machine lacks. */

/** Runs a command with this terminal; returns its exit status. */
export async function run(command: string[], env: Record<string, string> = {}): Promise<number> {
  const child = Bun.spawn(command, {
    stdio: ["inherit", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  return child.exited;
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
