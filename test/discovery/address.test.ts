/** Which addresses a client may try: strangers choose the addresses in an announcement. */
import { expect, test } from "bun:test";
import {
  answersOn,
  isHostAddress,
  isLinkLocal,
  isLoopback,
  isOnLink,
  isPrivate,
  parseIPv4,
  parseIPv6,
  preferWithoutZone,
  sharePrefix,
  splitZone,
} from "../../lib/discovery/address.ts";

test("only a dotted quad in its usual form is parsed as IPv4", () => {
  expect(parseIPv4("192.168.0.1")).toBe(0xc0a80001);
  expect(parseIPv4("255.255.255.255")).toBe(0xffffffff);
  for (const text of [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.4 ",
    "a.b.c.d",
    "1.2.3.-4",
    "0x1.2.3.4",
  ])
    expect([text, parseIPv4(text)]).toEqual([text, undefined]);
});

test("only IPv6 addresses without a zone are parsed", () => {
  expect(parseIPv6("2001:db8::1")).toEqual([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]);
  expect(parseIPv6("::")).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(parseIPv6("1:2:3:4:5:6:7:8")).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(parseIPv6("::ffff:10.0.0.1")).toEqual([0, 0, 0, 0, 0, 0xffff, 0x0a00, 1]);
  const wrong = [
    "",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "g::1",
    "12345::",
    "fe80::1%eth0",
    "1.2.3.4::",
    "1:2:3:4:5:6:7:8::",
    "x".repeat(500),
  ];
  for (const text of wrong) expect([text, parseIPv6(text)]).toEqual([text, undefined]);
});

test("only unicast addresses may be tried, and link-local ones only with a zone", () => {
  const honest = ["10.0.0.1", "169.254.3.4", "127.0.0.1", "::1", "fd99::1", "2001:db8::1", "fe80::1%eth0"];
  for (const text of honest) expect([text, isHostAddress(text)]).toEqual([text, true]);
  for (const text of [
    "0.0.0.0",
    "0.1.2.3",
    "224.0.0.251",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "ff02::fb",
    "fe80::1",
    "febf::1",
    "fe80::1%",
    "fd99::1%eth0",
    "10.0.0.1%eth0",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "lab.local",
  ])
    expect([text, isHostAddress(text)]).toEqual([text, false]);
});

test("the zone of an address stands behind its percent sign", () => {
  expect(splitZone("fe80::1%eth0")).toEqual({ address: "fe80::1", zone: "eth0" });
  expect(splitZone("fe80::1")).toEqual({ address: "fe80::1", zone: undefined });
  expect(["fe80::1", "febf::1%en0"].every(isLinkLocal)).toBe(true);
  expect(["fec0::1", "fd99::1", "169.254.1.1", "fe80", ""].some(isLinkLocal)).toBe(false);
});

test("a link-local address is shown only where there is no better one", () => {
  expect(preferWithoutZone(["fe80::1%eth0", "10.0.0.1", "fd99::1"])).toEqual(["10.0.0.1", "fd99::1"]);
  expect(preferWithoutZone(["fe80::1%eth0", "fe80::1%eth1"])).toEqual(["fe80::1%eth0", "fe80::1%eth1"]);
});

test("the loopback addresses are 127.0.0.0/8 and ::1", () => {
  expect(["127.0.0.1", "127.255.0.3", "::1", "0:0:0:0:0:0:0:1"].every(isLoopback)).toBe(true);
  expect(["128.0.0.1", "::2", "1::1", "localhost", ""].some(isLoopback)).toBe(false);
});

test("the netmask decides whether an address is on the link", () => {
  expect(isOnLink("192.168.1.9", "192.168.1.1", "255.255.255.0")).toBe(true);
  expect(isOnLink("192.168.2.9", "192.168.1.1", "255.255.255.0")).toBe(false);
  expect(isOnLink("200.1.1.1", "10.0.0.1", "255.0.0.0")).toBe(false);
  expect(isOnLink("10.0.0.1", "10.0.0.1", "255.255.255.255")).toBe(true);
  expect(isOnLink("fd99::1", "10.0.0.1", "255.0.0.0")).toBe(false);
});

test("a server answers on the addresses that it is bound to", () => {
  expect(answersOn("::", "10.0.0.1") && answersOn("::", "fd99::1")).toBe(true);
  expect([answersOn("0.0.0.0", "10.0.0.1"), answersOn("0.0.0.0", "fd99::1")]).toEqual([true, false]);
  expect([answersOn("10.0.0.1", "10.0.0.1"), answersOn("10.0.0.1", "10.0.0.2")]).toEqual([true, false]);
  expect([answersOn("fd99:0::1", "fd99::1"), answersOn("fd99::1", "10.0.0.1")]).toEqual([true, false]);
  const byZone = ["fe80::1%eth0", "fe80:0::1%eth0", "fe80::1%eth1", "fe80::1"];
  expect(byZone.map((address) => answersOn("fe80::1%eth0", address))).toEqual([true, true, false, false]);
  expect(answersOn("::", "fe80::1%eth0")).toBe(true);
});

test("an address is private when no public network uses it", () => {
  for (const address of [
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.9.9",
    "100.64.0.1",
    "127.0.0.1",
    "::1",
    "fd00::2",
    "fe80::1%eth0",
  ]) {
    expect({ address, private: isPrivate(address) }).toEqual({ address, private: true });
  }
  for (const address of [
    "8.8.8.8",
    "172.32.0.1",
    "192.169.0.1",
    "100.128.0.1",
    "11.0.0.1",
    "2001:db8::1",
    "nonsense",
  ]) {
    expect({ address, private: isPrivate(address) }).toEqual({ address, private: false });
  }
});

test("two IPv6 addresses share a network when their first 64 bits are equal", () => {
  expect(sharePrefix("2001:db8:1:2::3", "2001:db8:1:2:ffff::1")).toBe(true);
  expect(sharePrefix("2001:db8:1:2::3", "2001:db8:1:3::3")).toBe(false);
  expect(sharePrefix("10.0.0.1", "10.0.0.1")).toBe(false);
});
