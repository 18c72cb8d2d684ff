/** Terminal attacks in the DNS-SD records of rooms and hosts are cleaned before they reach a terminal. */
import { describe, expect, test } from "bun:test";
import { findingJson, findingLine } from "../../lib/client/doctor/finding.ts";
import { readResponse } from "../../lib/discovery/record.ts";
import { chooseStyle } from "../../lib/frontends/text/style.ts";
import vectors from "../vectors/terminal-attacks.json" with { type: "json" };

const controls = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u;
const instance = "x (0a1b2c)._holler._tcp.local";

/** The records of a server with this room and host name. */
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

describe.each(vectors)('the attack "$name"', ({ text }) => {
  test("is cleaned from room and host names, or its record is ignored", () => {
    const responses = [
      records(text, "a.local"),
      records("Lab 3", `${text}.local`),
      records(text.slice(0, 30), `a.local`),
    ];
    for (const { announcement } of responses.flatMap((all) => readResponse(all, "192.0.2.1").announced))
      expect(`${announcement.room}${announcement.host}${announcement.addresses.join()}`).not.toMatch(
        controls,
      );
  });

  test("is cleaned from the findings of the doctor", () => {
    const finding = {
      check: "rooms",
      ok: true,
      message: `Room: ${text}`,
      figures: { rooms: [text] },
    } as const;
    const style = chooseStyle({}, { terminal: false, plain: false });
    expect(findingLine(finding, style)).not.toMatch(controls);
    expect(findingJson(finding)).not.toMatch(controls);
    expect(JSON.parse(findingJson(finding))).toMatchObject({ rooms: [text] });
  });
});

test("a room with an ordinary name is read", () => {
  expect(readResponse(records("Lab 3", "a.local"), "192.0.2.1").announced).toHaveLength(1);
});
