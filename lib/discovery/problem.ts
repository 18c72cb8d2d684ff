/** One sentence for each problem of discovery that a person can solve. */
import { getSystemErrorName } from "node:util";

/** `code` is stable, for scripts; `message` is one sentence, for people. */
export interface NetworkProblem {
  code: string;
  message: string;
}

export type OnProblem = (problem: NetworkProblem) => void;

const sentences: Record<string, string> = {
  EADDRINUSE:
    "Another program keeps UDP port 5353 (mDNS) to itself, so rooms may not be found by themselves.",
  EACCES: "This system does not allow UDP port 5353 (mDNS), so rooms may not be found by themselves.",
  EPERM: "This system does not allow UDP port 5353 (mDNS), so rooms may not be found by themselves.",
};

/** The interface is gone, or is not ready yet: nothing that a person could solve. */
const passingCodes = ["ENODEV", "EADDRNOTAVAIL"];

/** The problem of a multicast socket that failed; undefined when it solves itself, or is none. */
export function socketProblem(
  error: NodeJS.ErrnoException,
  family: "IPv4" | "IPv6",
): NetworkProblem | undefined {
  const code = error.code ?? "UNKNOWN";
  // This system has no IPv6, and needs none.
  const isNone = code === "EAFNOSUPPORT" && family === "IPv6";
  if (isNone || passingCodes.includes(code)) return undefined;
  const message =
    sentences[code] ??
    `UDP port 5353 (mDNS) cannot be used (${code}), so rooms may not be found by themselves.${adviceFor(code)}`;
  return { code, message };
}

/** The problem that the interfaces cannot be listed. `isKnown`: they could be listed before. */
export function interfacesProblem(error: unknown, isKnown: boolean): NetworkProblem {
  const reason = reasonOf(error);
  const consequence = isKnown
    ? "changes of the network go unnoticed until they can"
    : "rooms are announced and looked for only on the network that the system chooses";
  const message = `The network interfaces of this machine cannot be listed (${reason}): ${consequence}.${adviceFor(reason)}`;
  return { code: "interfaces-unknown", message };
}

/** Passes each code on once, because every link fails in the same way, again and again. */
export function reportOnce(onProblem: OnProblem | undefined): (problem: NetworkProblem | undefined) => void {
  const reported = new Set<string>();
  return (problem) => {
    if (problem === undefined || reported.has(problem.code)) return;
    reported.add(problem.code);
    onProblem?.(problem);
  };
}

/** The system's name of the error: Bun gives the number. */
function reasonOf(error: unknown): string {
  const errno = error instanceof Error && "errno" in error ? error.errno : undefined;
  if (typeof errno === "number" && errno !== 0) return getSystemErrorName(-Math.abs(errno));
  return error instanceof Error ? error.message : String(error);
}

function adviceFor(code: string): string {
  return code === "EMFILE" ? " Raise the limit of open files (ulimit -n)." : "";
}
