/** The sentences about problems of discovery, and that each is said once. */
import { expect, test } from "bun:test";
import {
  interfacesProblem,
  type NetworkProblem,
  reportOnce,
  socketProblem,
} from "../../lib/discovery/problem.ts";

/** An error as Bun throws it for a failed `getifaddrs`. */
const unreadable = (errno: number): Error =>
  Object.assign(new Error("A system error occurred: getifaddrs returned an error"), {
    code: "ERR_SYSTEM_ERROR",
    errno,
  });
const socketError = (code: string): Error => Object.assign(new Error(`bind ${code}`), { code });

test("a failed scan is named by the system's error, and says what goes on", () => {
  expect(interfacesProblem(unreadable(24), true).message).toBe(
    "The network interfaces of this machine cannot be listed (EMFILE): changes of the network go unnoticed until they " +
      "can. Raise the limit of open files (ulimit -n).",
  );
  expect(interfacesProblem(unreadable(13), false).message).toBe(
    "The network interfaces of this machine cannot be listed (EACCES): rooms are announced and looked for only on the " +
      "network that the system chooses.",
  );
  expect(interfacesProblem(new Error("no such thing"), true).message).toContain("(no such thing)");
});

test("a socket that fails is a problem, unless its link is gone or there is no IPv6", () => {
  expect(socketProblem(socketError("EADDRINUSE"), "IPv4")?.message).toStartWith("Another program keeps");
  expect(socketProblem(socketError("EMFILE"), "IPv6")?.message).toBe(
    "UDP port 5353 (mDNS) cannot be used (EMFILE), so rooms may not be found by themselves. Raise the limit of open " +
      "files (ulimit -n).",
  );
  expect(socketProblem(socketError("ENODEV"), "IPv4")).toBeUndefined();
  expect(socketProblem(socketError("EAFNOSUPPORT"), "IPv6")).toBeUndefined();
  expect(socketProblem(socketError("EAFNOSUPPORT"), "IPv4")?.code).toBe("EAFNOSUPPORT");
});

test("each problem is reported once", () => {
  const reported: NetworkProblem[] = [];
  const report = reportOnce((problem) => reported.push(problem));
  for (let scan = 0; scan < 3; scan += 1) {
    report(interfacesProblem(unreadable(24), true));
    report(socketProblem(socketError("ENOBUFS"), "IPv4"));
    report(undefined);
  }
  expect(reported.map(({ code }) => code)).toEqual(["interfaces-unknown", "ENOBUFS"]);
});
