/** One sentence for each problem of discovery that a person can solve, reported once. Pure. */

/** `code` is that of the operating system, for scripts; `message` is one sentence, for people. */
export type OnProblem = (code: string, message: string) => void;

const sentences: Record<string, string> = {
  EADDRINUSE: "Another program keeps UDP port 5353 (mDNS) to itself, so rooms cannot be found by themselves.",
  EACCES: "This system does not allow UDP port 5353 (mDNS), so rooms cannot be found by themselves.",
};

/** Reports each code once, because every interface fails in the same way, again and again. */
export function problemReporter(onProblem: OnProblem | undefined): (error: NodeJS.ErrnoException) => void {
  const reported = new Set<string>();
  return (error) => {
    const code = error.code ?? "UNKNOWN";
    if (reported.has(code)) return;
    reported.add(code);
    onProblem?.(code, sentences[code] ?? `Rooms cannot be found by themselves: ${error.message}.`);
  };
}
