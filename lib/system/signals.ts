/** Handles signals, except those that the parent process has this program ignore: `nohup` ignores SIGHUP, for example. */
import { constants } from "node:os";
import { openLibc } from "./libc.ts";

type StopSignal = "SIGHUP" | "SIGINT" | "SIGTERM" | "SIGTSTP";

/** SIG_IGN of POSIX. */
const ignored = 1n;
/** More than any platform's `struct sigaction` has; all of them begin with the handler. */
const actionWords = 64;

/** The answers so far: once a handler is installed, the system no longer tells what the parent wanted. */
const ignoredAtStart = new Map<StopSignal, boolean>();

/**
 * Calls the handler for each of these signals, unless it was ignored when the program started. A shell without job
 * control starts background programs with SIGINT ignored, because Ctrl-C is not meant for them.
 */
export function onSignals(signals: readonly StopSignal[], handler: (signal: StopSignal) => void): void {
  for (const signal of signals) if (!isIgnoredAtStart(signal)) process.on(signal, handler);
}

function isIgnoredAtStart(signal: StopSignal): boolean {
  const known = ignoredAtStart.get(signal);
  if (known !== undefined) return known;
  const answer = isIgnored(constants.signals[signal]);
  ignoredAtStart.set(signal, answer);
  return answer;
}

/** Asks for the handler and changes nothing. False where that is not possible. */
function isIgnored(signal: number): boolean {
  const libc = openLibc({ sigaction: { args: ["int", "ptr", "ptr"], returns: "int" } });
  const action = new BigUint64Array(actionWords);
  return libc?.sigaction(signal, null, action) === 0 && action[0] === ignored;
}
