/** The findings of the doctor about networks, multicast and rooms. */
import { describe, expect, test } from "bun:test";
import {
  checkMulticast,
  checkNetworks,
  checkRooms,
  roomsMax,
} from "../../../lib/client/doctor/network-findings.ts";
import type { NetworkInterface } from "../../../lib/discovery/links.ts";
import type { MulticastProbe } from "../../../lib/discovery/probe.ts";
import type { Announcement } from "../../../lib/discovery/record.ts";
import { findingText } from "./finding-text.ts";

function lan(name: string, ipv4: string[], ipv6: string[] = [], internal = false): NetworkInterface {
  const netmask = "255.255.255.0";
  return { name, index: 2, zone: name, internal, ipv4: ipv4.map((address) => ({ address, netmask })), ipv6 };
}
const loopback = lan("lo", ["127.0.0.1"], ["::1"], true);
const scope = { plaintext: false };

describe("the network finding", () => {
  const textOf = (interfaces: NetworkInterface[], server?: string): string =>
    findingText(
      checkNetworks(
        { interfaces },
        server === undefined ? scope : { ...scope, server: { host: server, port: 1 } },
      ),
    );
  const none =
    "network: FAILED: This machine has no address on any network: plug in the cable or join the Wi-Fi.";

  test("lists the networks outside this machine, and those with link-local IPv6 alone where there are no others", () => {
    const [wire, radio] = [lan("eth0", ["192.168.1.20"], ["fe80::2%eth0"]), lan("wlan0", [], ["fd99::3"])];
    const cable = lan("usb0", [], ["fe80::1%usb0"]);
    const finding = checkNetworks({ interfaces: [loopback, cable, wire, radio] }, scope);
    expect(findingText(finding)).toBe("network: ok: Network: eth0 192.168.1.20 fe80::2%eth0, wlan0 fd99::3");
    expect(finding.figures?.interfaces).toHaveLength(3);
    expect(textOf([loopback, cable])).toBe("network: ok: Network: usb0 fe80::1%usb0");
  });

  test("fails without a network, unless the named server is on this machine", () => {
    expect(textOf([loopback, lan("eth0", [])])).toBe(none);
    expect(textOf([loopback], "192.168.1.20")).toBe(none);
    for (const host of ["127.0.0.1", "::1", "localhost"])
      expect(textOf([loopback], host)).toBe(
        `network: ok: Network: only this machine itself, where ${host} is`,
      );
  });

  test("fails when the interfaces cannot be listed", () => {
    const problem = { code: "interfaces-unknown", message: "The network interfaces cannot be listed." };
    expect(findingText(checkNetworks({ interfaces: undefined, problem }, scope))).toBe(
      "network: FAILED: The network interfaces cannot be listed.",
    );
  });
});

describe("the multicast finding", () => {
  const probe = (name: string | undefined, works: boolean, rest: Partial<MulticastProbe["link"]> = {}) => ({
    link: { name, family: "IPv4" as const, internal: name === "lo", addresses: ["fd99::1"], ...rest },
    works,
  });
  const byIPv6 = { family: "IPv6" } as const;

  test("is ok when multicast works on one network, and notes the others", () => {
    const probes = [
      probe("lo", true),
      probe("eth0", true),
      probe("eth0", true, byIPv6),
      probe("usb0", true, byIPv6),
      probe("tun0", false),
    ];
    const finding = checkMulticast(probes);
    expect(findingText(finding)).toBe(
      "multicast: ok: Multicast (mDNS, UDP port 5353) works on eth0 (IPv4 and IPv6), usb0 (IPv6) " +
        "(note: Multicast does not get through on tun0.)",
    );
    expect(finding.figures).toEqual({ working: ["eth0", "usb0"], silent: ["tun0"] });
  });

  test("counts loopback only where there is no other network", () => {
    expect(checkMulticast([probe("lo", true), probe("eth0", false)])).toMatchObject({ ok: false });
    expect(checkMulticast([probe("lo", true)])).toMatchObject({ ok: true });
  });

  test("counts networks with link-local IPv6 alone only where there are no others", () => {
    const cable = probe("usb0", true, { ...byIPv6, addresses: ["fe80::1%usb0"] });
    expect(checkMulticast([probe("lo", true), cable]).message).toEndWith("works on usb0 (IPv6)");
    expect(checkMulticast([cable, probe("eth0", false)])).toMatchObject({ ok: false });
  });

  test("says, when it fails, why and what to do instead", () => {
    const problem = "Another program keeps UDP port 5353 (mDNS) to itself.";
    const taken = { ...probe("eth0", false), problem };
    const advice = "Without it, go straight to a room with --server HOST.";
    expect(findingText(checkMulticast([taken]))).toBe(`multicast: FAILED: ${problem} ${advice}`);
    expect(findingText(checkMulticast([taken, probe("eth0", true, byIPv6)]))).toBe(
      `multicast: FAILED: ${problem} It works on eth0 (IPv6). ${advice}`,
    );
    expect(checkMulticast([probe("eth0", false)]).message).toContain("firewall");
    expect(checkMulticast([]).message).toContain("--server HOST");
  });

  test("names no interface where the interfaces cannot be listed", () => {
    expect(checkMulticast([probe(undefined, true)]).message).toEndWith(
      "works on the network that the system chooses (IPv4)",
    );
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
