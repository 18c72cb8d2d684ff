/** Tests which events are logged when one address causes many of them, by the numbers of the contract. */
import { expect, test } from "bun:test";
import { throttleLog } from "../../../lib/server/admission/log-throttle.ts";

const atOnce = 300;

function create() {
  const lines: [string, Record<string, string | number>][] = [];
  const notices: string[] = [];
  let nowMs = 0;
  const full = {
    event: (what: string, fields: Record<string, string | number>) => void lines.push([what, fields]),
    notice: (code: string) => void notices.push(code),
  };
  const log = throttleLog(full, () => nowMs);
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

test("events of one kind and address are logged in a burst, then once a second with the number left out (1, 2)", () => {
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

test("a throttled address does not hide other kinds of events, other addresses or notices (1, 3)", () => {
  const { lines, notices, log, happen } = create();
  happen(1_000);
  happen(1, "joined");
  happen(1, "refused", "192.0.2.8");
  log.notice("full");
  expect(lines.slice(atOnce).map(([what, { address }]) => [what, address])).toEqual([
    ["joined", "192.0.2.7"],
    ["refused", "192.0.2.8"],
  ]);
  expect(notices).toEqual(["full"]);
});

test("an IPv6 network with many addresses cannot fill the log (1)", () => {
  const { lines, happen } = create();
  for (let one = 0; one < 1_000; one += 1) happen(10, "refused", `fe80::${one.toString(16)}`);
  expect(lines).toHaveLength(8 * atOnce);
});

test("moderation actions are always logged (3)", () => {
  const { lines, happen } = create();
  happen(1_000, "moderated");
  expect(lines).toHaveLength(1_000);
});
