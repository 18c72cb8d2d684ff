/** What the doctor says about what it finds. */
import { describe, expect, test } from "bun:test";
import type { Reached } from "../../../lib/client/doctor/connection.ts";
import { distanceOf, judgeReached } from "../../../lib/client/doctor/connection-findings.ts";
import { type Finding, findingJson, findingLine } from "../../../lib/client/doctor/finding.ts";
import {
  judgeMulticast,
  judgeNetworks,
  judgeRooms,
  roomsMax,
} from "../../../lib/client/doctor/network-findings.ts";
import type { Listened, Played } from "../../../lib/client/doctor/sound-findings.ts";
import {
  judgeDelay,
  judgeMicrophone,
  judgeSound,
  judgeSpeaker,
} from "../../../lib/client/doctor/sound-findings.ts";
import type { NetworkInterface } from "../../../lib/discovery/interfaces.ts";
import type { Announcement } from "../../../lib/discovery/record.ts";
import { chooseStyle } from "../../../lib/frontends/text/style.ts";

function lan(name: string, address: string, internal = false): NetworkInterface {
  return { key: name, name, address, netmask: "255.255.255.0", internal, addresses: [address] };
}
const loopback = lan("lo", "127.0.0.1", true);
const wire = lan("eth0", "192.168.1.20");
const look = { plaintext: false };

/** A finding as `check: ok` or `check: FAILED` and its message. */
const said = ({ check, ok, message }: Finding): string => `${check}: ${ok ? "ok" : "FAILED"}: ${message}`;

describe("a finding", () => {
  const finding: Finding = {
    check: "rooms",
    ok: false,
    message: "No room\n\x1b[31m here.",
    figures: { rooms: [] },
  };
  const terminal = { terminal: true, plain: false };

  test("is one harmless line with a sign", () => {
    const style = chooseStyle({ NO_COLOR: "1", LANG: "C.UTF-8" }, terminal);
    expect(findingLine(finding, style)).toBe("✗ No room [31m here.");
    expect(findingLine({ ...finding, ok: true }, style)).toBe("✓ No room [31m here.");
  });

  test("is red only where it may be, and in words where signs are not read", () => {
    expect(findingLine(finding, chooseStyle({ TERM: "xterm" }, terminal))).toStartWith("\x1b[31m✗\x1b[39m ");
    const dumb = chooseStyle({ TERM: "dumb" }, { terminal: true, plain: true });
    expect(findingLine(finding, dumb)).toStartWith("FAILED ");
    expect(findingLine({ ...finding, ok: true }, dumb)).toStartWith("ok ");
  });

  test("is one object of JSON", () => {
    expect(JSON.parse(findingJson(finding))).toEqual({
      check: "rooms",
      ok: false,
      message: "No room [31m here.",
      rooms: [],
    });
  });
});

describe("networks", () => {
  test("are those that lead out of this machine", () => {
    expect(said(judgeNetworks([loopback, wire], look))).toBe("network: ok: Network: eth0 192.168.1.20");
  });

  test("none is a fault, unless the server was named", () => {
    expect(judgeNetworks([loopback], look)).toMatchObject({ ok: false });
    expect(judgeNetworks([loopback], { ...look, server: { host: "::1", port: 1 } })).toMatchObject({
      ok: true,
    });
  });
});

describe("multicast", () => {
  const works = (one: NetworkInterface) => ({ interface: one, works: true });
  const silent = (one: NetworkInterface) => ({ interface: one, works: false });
  const vpn = lan("tun0", "10.0.0.2");

  test("works when it does on one network", () => {
    expect(said(judgeMulticast([works(loopback), works(wire), silent(vpn)]))).toBe(
      "multicast: ok: Multicast (mDNS, UDP port 5353) works on eth0, but not on tun0",
    );
  });

  test("of the machine itself counts only where there is nothing else", () => {
    expect(judgeMulticast([works(loopback), silent(wire)])).toMatchObject({ ok: false });
    expect(judgeMulticast([works(loopback)])).toMatchObject({ ok: true });
  });

  test("that fails says why, and what else to do", () => {
    const problem = "Another program keeps UDP port 5353 (mDNS) to itself.";
    expect(said(judgeMulticast([{ ...silent(wire), problem }]))).toBe(
      `multicast: FAILED: ${problem} Without it, go straight to a room with --server HOST.`,
    );
    expect(judgeMulticast([silent(wire)]).message).toContain("firewall");
    expect(judgeMulticast([]).message).toContain("--server HOST");
  });
});

function room(name: string, fields: Partial<Announcement> = {}): Announcement {
  const fingerprint = "A".repeat(43);
  return {
    room: name,
    id: "abcdef",
    protocol: 1,
    fingerprint,
    port: 4050,
    host: "lab.local",
    addresses: [],
    ...fields,
  };
}

describe("rooms", () => {
  const { fingerprint, ...rest } = room("Bare");
  const [lab, attic, bare] = [room("Lab 3"), room("Attic"), rest];

  test("are looked into one and all", () => {
    const { finding, chosen } = judgeRooms([lab, attic], look);
    expect(chosen).toEqual([lab, attic]);
    expect(said(finding)).toBe("rooms: ok: Announced here: Lab 3 (lab.local:4050), Attic (lab.local:4050)");
  });

  test("or the named ones alone, in any case", () => {
    expect(judgeRooms([lab, attic], { ...look, room: "LAB 3" }).chosen).toEqual([lab]);
    const { finding, chosen } = judgeRooms([lab], { ...look, room: "Cellar" });
    expect(chosen).toEqual([]);
    expect(said(finding)).toBe(
      "rooms: FAILED: No room called Cellar is announced on this network. There is: Lab 3.",
    );
  });

  test("none says what to try", () => {
    const { message, ok } = judgeRooms([], look).finding;
    expect(ok).toBe(false);
    expect(message).toMatch(/holler-server.*--server HOST/);
  });

  test("without encryption are for those who ask for it", () => {
    expect(judgeRooms([bare], look).finding.message).toEndWith("Bare (unencrypted, with --plaintext).");
    expect(judgeRooms([bare, lab], { plaintext: true }).chosen).toEqual([bare]);
    expect(judgeRooms([lab], { plaintext: true }).finding.message).toEndWith("Lab 3 (without --plaintext).");
  });

  test("invented by the hundred are not all tried", () => {
    const flood = Array.from({ length: 200 }, (_, number) => room(`Room ${number}`));
    const { finding, chosen } = judgeRooms(flood, look);
    expect(chosen).toHaveLength(roomsMax);
    expect(finding.message).toEndWith(", and 192 more");
    expect(judgeRooms(flood, { ...look, room: "Cellar" }).finding.message.length).toBeLessThan(300);
  });
});

describe("distance", () => {
  test("is told by the usual round trip, the clock by the quickest", () => {
    const samples = [
      { sent: 1_000, at: 901_500, received: 2_000 },
      { sent: 5_000, at: 915_000, received: 25_000 },
      { sent: 30_000, at: 932_000, received: 34_000 },
    ];
    expect(distanceOf(samples)).toEqual({
      roundTripMs: 4,
      roundTripMsMax: 20,
      clockOffsetMs: 900,
      clockErrorMs: 0.5,
    });
    expect(distanceOf([])).toBeUndefined();
  });
});

describe("a server", () => {
  const identity = "B".repeat(43);
  const place = { shown: "Lab 3", key: "room:Lab 3", target: { hosts: ["lab"], port: 4050, tls: true } };
  const samples = [{ sent: 0, at: 0, received: 300 }];
  const reached: Reached = { place, connectMs: 2.345, identity, samples };
  const saidOf = (one: Reached, met: string[] = [], besides: string[] = []): string[] =>
    judgeReached(one, { "room:Lab 3": met }, besides).map(said);

  test("that was met before", () => {
    expect(saidOf(reached, [identity])).toEqual([
      "connection: ok: Lab 3 answers on TCP port 4050 in 2.3 ms, encrypted with TLS 1.3",
      "identity: ok: Lab 3 is the server that you have met before",
      "ping: ok: Round trip to Lab 3: 0.3 ms, at most 0.3 ms; its clock is known to 0.2 ms",
    ]);
  });

  test("that is new shows its identity", () => {
    expect(saidOf(reached)[1]).toMatch(/^identity: ok: Lab 3 is new to you.*SHA256:B{43}$/);
  });

  test("that changed is a fault, unless the known one answers, too", () => {
    const known = "C".repeat(43);
    expect(saidOf(reached, [known])[1]).toMatch(/^identity: FAILED: Lab 3 has another identity than before/);
    expect(saidOf(reached, [known], [known])[1]).toMatch(/^identity: ok: Lab 3 is new to you/);
  });

  test("without encryption has no identity", () => {
    const bare: Reached = { place, connectMs: 1, samples };
    expect(saidOf(bare).map((line) => line.split(":")[0])).toEqual(["connection", "ping"]);
    expect(saidOf(bare)[0]).toEndWith("not encrypted");
  });

  test("that answers no ping says that the delay is unknown", () => {
    expect(saidOf({ ...reached, samples: [] }, [identity])[2]).toMatch(
      /^ping: FAILED: Lab 3 answers no ping/,
    );
  });

  test("that was not reached says why, and a firewall is suspected where it was announced", () => {
    const failure = "Nothing answers at 10.0.0.1, port 4050.";
    const named = { place, connectMs: 1, samples: [], failure };
    expect(saidOf(named)).toEqual([`connection: FAILED: ${failure}`]);
    const announced = { ...named, place: { ...place, target: { ...place.target, identity } } };
    expect(saidOf(announced)).toEqual([
      `connection: FAILED: Lab 3 is announced but not reached. ${failure} A firewall there may block the port.`,
    ]);
  });
});

describe("sound", () => {
  const device = { hostApi: "ALSA", inputs: 1, outputs: 0, defaultInput: true, defaultOutput: false };
  const heard: Listened = {
    levelsDbfs: [-40, -30, -20],
    encodeMs: [0.5, 0.6, 2],
    sound: { peakDbfs: -12.4, silent: false, clipped: false },
  };
  const report = { frames: 90, concealed: 0, dropped: 0, missing: 0, jitterMs: 1, underruns: 0 };
  const played: Played = { report: { ...report, partsMs: { arrival: 20, buffer: 21, output: 25 } } };
  const microphone = (fields: Partial<Listened>): string =>
    said(judgeMicrophone({ ...heard, ...fields }, "USB"));

  test("system: how many devices, or why there is none", () => {
    expect(said(judgeSound([{ name: "a", ...device }]))).toBe(
      "sound: ok: Sound system: ALSA with 1 microphone and 0 speakers (see holler devices)",
    );
    expect(said(judgeSound("There is none."))).toBe("sound: FAILED: There is none.");
  });

  test("of a microphone that works", () => {
    expect(microphone({})).toBe("microphone: ok: Microphone: USB, level -30 dBFS, peak -12 dBFS");
  });

  test("of one that is muted, too loud, or rather quiet", () => {
    const sound = { peakDbfs: -96, silent: true, clipped: false };
    expect(microphone({ sound })).toMatch(/^microphone: FAILED: Nothing was heard .*muted/);
    expect(microphone({ sound: { peakDbfs: 0, silent: false, clipped: true } })).toMatch(
      /^microphone: FAILED: .*too loud/,
    );
    expect(microphone({ sound: { peakDbfs: -52, silent: false, clipped: false } })).toMatch(
      /^microphone: ok: .*quiet.*--auto-gain/,
    );
  });

  test("of one that fails, gives nothing, or stands in for the remembered one", () => {
    expect(microphone({ failure: "It is gone." })).toBe("microphone: FAILED: It is gone.");
    expect(said(judgeMicrophone({ levelsDbfs: [], encodeMs: [] }, "USB"))).toMatch(/^microphone: FAILED/);
    expect(microphone({ notice: "The Webcam is not there." })).toStartWith(
      "microphone: ok: The Webcam is not there. Microphone: USB",
    );
  });

  test("of a speaker", () => {
    expect(said(judgeSpeaker(played, "HDMI"))).toBe("speaker: ok: Speaker: HDMI, 1.8 s of silence played");
    expect(judgeSpeaker({ report: { ...report, underruns: 2 } }, "HDMI").message).toEndWith("2 times");
    expect(said(judgeSpeaker({ failure: "It is gone." }, "HDMI"))).toBe("speaker: FAILED: It is gone.");
    expect(judgeSpeaker({ report: { ...report, frames: 0 } }, "HDMI").ok).toBe(false);
    expect(judgeSpeaker({}, "HDMI").ok).toBe(false);
  });

  test("takes the sum of its parts to arrive", () => {
    const { message, figures } = judgeDelay(heard, played, { shown: "Lab 3", roundTripMs: 0.34 });
    expect(message).toBe(
      "Delay to expect in Lab 3: capture 20 + encode 0.6 + network 0.3 + buffer 21 + output 25 = 67 ms, and what the devices themselves add (Bluetooth 100 ms or more)",
    );
    expect(figures).toEqual({
      room: "Lab 3",
      partsMs: { capture: 20, encode: 0.6, network: 0.3, buffer: 21, output: 25 },
      totalMs: 67,
    });
  });

  test("takes so long besides the network where no room was reached", () => {
    const { ok, message, figures } = judgeDelay(heard, played, undefined);
    expect({ ok, message }).toEqual({
      ok: true,
      message:
        "Delay to expect, the network apart: capture 20 + encode 0.6 + buffer 21 + output 25 = 67 ms, and what the devices themselves add (Bluetooth 100 ms or more)",
    });
    expect(figures).not.toHaveProperty("partsMs.network");
  });

  test("of which a part is unknown is no sum", () => {
    expect(said(judgeDelay(heard, { failure: "It is gone." }, undefined))).toBe(
      "delay: FAILED: The delay to expect is not known without buffer, output: see above.",
    );
    expect(judgeDelay({ ...heard, encodeMs: [] }, played, undefined).message).toContain("capture, encode:");
  });
});
