/** The findings of the doctor about networks, multicast and rooms. */
import { describe, expect, test } from "bun:test";
import {
  checkMulticast,
  checkNetworks,
  checkRooms,
  roomsMax,
} from "../../../lib/client/doctor/network-findings.ts";
import type { NetworkInterface } from "../../../lib/discovery/interfaces.ts";
import type { Announcement } from "../../../lib/discovery/record.ts";
import { findingText } from "./finding-text.ts";

function lan(name: string, address: string, internal = false): NetworkInterface {
  return { key: name, name, address, netmask: "255.255.255.0", internal, addresses: [address] };
}
const loopback = lan("lo", "127.0.0.1", true);
const wire = lan("eth0", "192.168.1.20");
const scope = { plaintext: false };

describe("the network finding", () => {
  test("lists the networks outside this machine", () => {
    expect(findingText(checkNetworks([loopback, wire], scope))).toBe(
      "network: ok: Network: eth0 192.168.1.20",
    );
  });

  test("fails without a network, unless a server was named", () => {
    expect(checkNetworks([loopback], scope)).toMatchObject({ ok: false });
    expect(checkNetworks([loopback], { ...scope, server: { host: "::1", port: 1 } })).toMatchObject({
      ok: true,
    });
  });
});

describe("the multicast finding", () => {
  const working = (one: NetworkInterface) => ({ interface: one, works: true });
  const silent = (one: NetworkInterface) => ({ interface: one, works: false });
  const vpn = lan("tun0", "10.0.0.2");

  test("is ok when multicast works on one network", () => {
    expect(findingText(checkMulticast([working(loopback), working(wire), silent(vpn)]))).toBe(
      "multicast: ok: Multicast (mDNS, UDP port 5353) works on eth0, but not on tun0",
    );
  });

  test("counts loopback only where there is no other network", () => {
    expect(checkMulticast([working(loopback), silent(wire)])).toMatchObject({ ok: false });
    expect(checkMulticast([working(loopback)])).toMatchObject({ ok: true });
  });

  test("says, when it fails, why and what to do instead", () => {
    const problem = "Another program keeps UDP port 5353 (mDNS) to itself.";
    expect(findingText(checkMulticast([{ ...silent(wire), problem }]))).toBe(
      `multicast: FAILED: ${problem} Without it, go straight to a room with --server HOST.`,
    );
    expect(checkMulticast([silent(wire)]).message).toContain("firewall");
    expect(checkMulticast([]).message).toContain("--server HOST");
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

describe("the rooms finding", () => {
  const { fingerprint, ...rest } = room("Bare");
  const [lab, attic, bare] = [room("Lab 3"), room("Attic"), rest];

  test("chooses all announced rooms", () => {
    const { finding, chosen } = checkRooms([lab, attic], scope);
    expect(chosen).toEqual([lab, attic]);
    expect(findingText(finding)).toBe(
      "rooms: ok: Announced here: Lab 3 (lab.local:4050), Attic (lab.local:4050)",
    );
  });

  test("chooses only the rooms of the given name, without regard to case", () => {
    expect(checkRooms([lab, attic], { ...scope, room: "LAB 3" }).chosen).toEqual([lab]);
    const { finding, chosen } = checkRooms([lab], { ...scope, room: "Cellar" });
    expect(chosen).toEqual([]);
    expect(findingText(finding)).toBe(
      "rooms: FAILED: No room called Cellar is announced on this network. There is: Lab 3.",
    );
  });

  test("says what to try when no room is announced", () => {
    const { message, ok } = checkRooms([], scope).finding;
    expect(ok).toBe(false);
    expect(message).toMatch(/holler-server.*--server HOST/);
  });

  test("chooses rooms without encryption only with --plaintext", () => {
    expect(checkRooms([bare], scope).finding.message).toEndWith("Bare (unencrypted, with --plaintext).");
    expect(checkRooms([bare, lab], { plaintext: true }).chosen).toEqual([bare]);
    expect(checkRooms([lab], { plaintext: true }).finding.message).toEndWith("Lab 3 (without --plaintext).");
  });

  test("chooses a bounded number of rooms from a flood of invented ones", () => {
    const flood = Array.from({ length: 200 }, (_, number) => room(`Room ${number}`));
    const { finding, chosen } = checkRooms(flood, scope);
    expect(chosen).toHaveLength(roomsMax);
    expect(finding.message).toEndWith(", and 192 more");
    expect(checkRooms(flood, { ...scope, room: "Cellar" }).finding.message.length).toBeLessThan(300);
  });
});
