/** What the log says when one address makes very much happen, by the numbers of the contract. */
import { expect, test } from "bun:test";
import type { Log } from "../../../lib/server/admin/log.ts";
import { thinLog } from "../../../lib/server/admission/log-throttle.ts";

const atOnce = 300;

function create() {
  const lines: [string, Record<string, string | number>][] = [];
  const notices: string[] = [];
  let nowMs = 0;
  const full: Log = {
    event: (what, fields) => void lines.push([what, fields]),
    listening() {},
    notice: (_level, code) => void notices.push(code),
  };
  const log = thinLog(full, () => nowMs);
  return {
    lines,
    notices,
    log,
    happen(times: number, what = "refused", address = "192.0.2.7") {
      for (let time = 0; time < times; time += 1)
        log.event(what, { name: "", address, detail: "name-taken" });
    },
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

test("of one kind and address are so many lines at once, then one a second, with how many were left out (1, 2)", () => {
  const { lines, happen, pass } = create();
  happen(1_000);
  expect(lines).toHaveLength(atOnce);
  expect(lines.every(([, fields]) => !("leftOut" in fields))).toBeTrue();
  pass(1_000);
  happen(50);
  pass(1_000);
  happen(1);
  expect(lines.slice(atOnce).map(([, { leftOut }]) => leftOut)).toEqual([1_000 - atOnce, 49]);
  pass(1_000);
  happen(1);
  expect(lines.at(-1)?.[1]).toEqual({ name: "", address: "192.0.2.7", detail: "name-taken" });
});

test("who else comes, and what else happens, is told (1)", () => {
  const { lines, notices, log, happen } = create();
  happen(1_000);
  happen(1, "joined");
  happen(1, "refused", "192.0.2.8");
  log.notice("warning", "full", "Full.");
  expect(lines.slice(atOnce).map(([what, { address }]) => [what, address])).toEqual([
    ["joined", "192.0.2.7"],
    ["refused", "192.0.2.8"],
  ]);
  expect(notices).toEqual(["full"]);
});

test("who makes up addresses in an IPv6 network does not fill it either (1)", () => {
  const { lines, happen } = create();
  for (let one = 0; one < 1_000; one += 1) happen(10, "refused", `fe80::${one.toString(16)}`);
  expect(lines).toHaveLength(8 * atOnce);
});

test("what operators do is always told (3)", () => {
  const { lines, happen } = create();
  happen(1_000, "moderated");
  expect(lines).toHaveLength(1_000);
});
