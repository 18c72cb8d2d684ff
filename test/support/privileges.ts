/** Drops the privileges of root from programs, so that tests that run as root meet the limits of other users. */
import { hasProgram } from "./rigs.ts";

/** Whether this is root on Linux, with privileges to drop. */
export const canDropPrivileges =
  process.platform === "linux" && process.getuid?.() === 0 && hasProgram("setpriv");

/** Before a command: owners and modes of files hold for root, too (no capabilities). */
export const withoutPrivileges = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];

/** Before a command: it runs as a user without an account and without an environment, who can reach the built programs. */
export const withoutAccount = [
  "setpriv",
  "--reuid=54321",
  "--regid=54321",
  "--clear-groups",
  "--inh-caps=+dac_override",
  "--ambient-caps=+dac_override",
  "env",
  "-i",
];

/** A user who is not root, as a number. */
export const otherUser = 1;
