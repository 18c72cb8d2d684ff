/** The findings of the doctor about a probed server. */
import { describe, expect, test } from "bun:test";
import { checkServer, pingStatistics } from "../../../lib/client/doctor/connection-findings.ts";
import type { ServerProbe } from "../../../lib/client/doctor/server-probe.ts";
import { findingText } from "./finding-text.ts";

describe("the ping statistics", () => {
  test("take the round trip from the median and the clock offset from the quickest answer", () => {
    const samples = [
      { sent: 1_000, at: 901_500, received: 2_000 },
      { sent: 5_000, at: 915_000, received: 25_000 },
      { sent: 30_000, at: 932_000, received: 34_000 },
    ];
    expect(pingStatistics(samples)).toEqual({
      roundTripMs: 4,
      roundTripMsMax: 20,
      clockOffsetMs: 900,
      clockErrorMs: 0.5,
    });
    expect(pingStatistics([])).toBeUndefined();
  });
});

describe("the findings about a server", () => {
  const identity = "B".repeat(43);
  const target = { shown: "Lab 3", key: "room:Lab 3", server: { hosts: ["lab"], port: 4050, tls: true } };
  const samples = [{ sent: 0, at: 0, received: 300 }];
  const probe: ServerProbe = { target, connectMs: 2.345, identity, samples };
  const textsOf = (one: ServerProbe, met: string[] = [], others: string[] = []): string[] =>
    checkServer(one, { "room:Lab 3": met }, others).map(findingText);

  test("name a server that was met before", () => {
    expect(textsOf(probe, [identity])).toEqual([
      "connection: ok: Lab 3 answers on TCP port 4050 in 2.3 ms, encrypted with TLS 1.3",
      "identity: ok: Lab 3 is the server that you have met before",
      "ping: ok: Round trip to Lab 3: 0.3 ms, at most 0.3 ms; its clock is known to 0.2 ms",
    ]);
  });

  test("show the identity of a new server", () => {
    expect(textsOf(probe)[1]).toMatch(/^identity: ok: Lab 3 is new to you.*SHA256:B{43}$/);
  });

  test("fail on a changed identity, unless the known server answers too", () => {
    const known = "C".repeat(43);
    expect(textsOf(probe, [known])[1]).toMatch(/^identity: FAILED: Lab 3 has another identity than before/);
    expect(textsOf(probe, [known], [known])[1]).toMatch(/^identity: ok: Lab 3 is new to you/);
  });

  test("say nothing of an identity without encryption", () => {
    const bare: ServerProbe = { target, connectMs: 1, samples };
    expect(textsOf(bare).map((line) => line.split(":")[0])).toEqual(["connection", "ping"]);
    expect(textsOf(bare)[0]).toEndWith("not encrypted");
  });

  test("fail when the server answers no ping, because the delay is unknown", () => {
    expect(textsOf({ ...probe, samples: [] }, [identity])[2]).toMatch(/^ping: FAILED: Lab 3 answers no ping/);
  });

  test("say why a server was not probe, and suspect a firewall when it was announced", () => {
    const failure = "Nothing answers at 10.0.0.1, port 4050.";
    const named = { target, connectMs: 1, samples: [], failure };
    expect(textsOf(named)).toEqual([`connection: FAILED: ${failure}`]);
    const announced = { ...named, target: { ...target, server: { ...target.server, identity } } };
    expect(textsOf(announced)).toEqual([
      `connection: FAILED: Lab 3 is announced but not reached. ${failure} A firewall there may block the port.`,
    ]);
  });
});
