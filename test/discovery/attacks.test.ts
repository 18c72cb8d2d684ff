/** What strangers announce reaches no terminal as more than text: rooms and hosts with an attack in their records. */
import { describe, expect, test } from "bun:test";
import { findingJson, findingLine } from "../../lib/client/doctor/finding.ts";
import { readResponse } from "../../lib/discovery/record.ts";
import { chooseStyle } from "../../lib/frontends/text/style.ts";
import vectors from "../vectors/terminal-attacks.json" with { type: "json" };

const acts = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u;
const instance = "x (0a1b2c)._holler._tcp.local";

/** The records of a server that says this of itself. */
function records(room: string, host: string) {
  const txt = { txtvers: "1", v: "1", room, id: "0a1b2c", tls: "0" };
  return [
    { name: "_holler._tcp.local", type: "PTR", data: instance },
    {
      name: instance,
      type: "TXT",
      data: Object.entries(txt).map(([key, value]) => Buffer.from(`${key}=${value}`)),
    },
    { name: instance, type: "SRV", data: { target: host, port: 4050 } },
    { name: host, type: "A", data: "192.0.2.1" },
  ];
}

describe.each(vectors)("$name", ({ text }) => {
  test("in the name of a room or of its host is cleaned, or the record passed over", () => {
    const heard = [
      records(text, "a.local"),
      records("Lab 3", `${text}.local`),
      records(text.slice(0, 30), `a.local`),
    ];
    for (const { announcement } of heard.flatMap((all) => readResponse(all, "192.0.2.1").heard))
      expect(`${announcement.room}${announcement.host}${announcement.addresses.join()}`).not.toMatch(acts);
  });

  test("in what the doctor finds is cleaned", () => {
    const finding = {
      check: "rooms",
      ok: true,
      message: `Room: ${text}`,
      figures: { rooms: [text] },
    } as const;
    const style = chooseStyle({}, { terminal: false, plain: false });
    expect(findingLine(finding, style)).not.toMatch(acts);
    expect(findingJson(finding)).not.toMatch(acts);
    expect(JSON.parse(findingJson(finding))).toMatchObject({ rooms: [text] });
  });
});

test("a room of an ordinary name is heard", () => {
  expect(readResponse(records("Lab 3", "a.local"), "192.0.2.1").heard).toHaveLength(1);
});
