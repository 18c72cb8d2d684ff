/** How often an address may do something, by the numbers of the contract. */
import { describe, expect, test } from "bun:test";
import { type AddressRate, createAddressRate } from "../../../lib/server/admission/address-rate-limiter.ts";

const [burst, everyMs, networkTimes] = [4, 1_000, 4];
const create = () => createAddressRate({ burst, everyMs, networkTimes });

/** How often this address may at once. */
function taken(rate: AddressRate, address: string, nowMs: number): number {
  for (let count = 0; count < 10_000; count += 1) if (!rate.take(address, nowMs).isTaken) return count;
  throw new Error("without end");
}

describe("an address", () => {
  test.each(["192.0.2.7", "2001:db8::7", "fe80::7%eth0"])(
    "%s may so often at once, then at its pace (1)",
    (one) => {
      const rate = create();
      expect(taken(rate, one, 0)).toBe(burst);
      expect(taken(rate, one, everyMs - 1)).toBe(0);
      expect(taken(rate, one, everyMs)).toBe(1);
      expect(taken(rate, one, 1_000_000)).toBe(burst);
    },
  );

  test("is told how many count already, and how long to wait", () => {
    const rate = create();
    expect(Array.from({ length: burst + 1 }, () => rate.take("192.0.2.7", 0))).toEqual([
      { isTaken: true, before: 0 },
      { isTaken: true, before: 1 },
      { isTaken: true, before: 2 },
      { isTaken: true, before: 3 },
      { isTaken: false, waitMs: everyMs },
    ]);
  });

  test("may once more when it gives one back", () => {
    const rate = create();
    taken(rate, "2001:db8::7", 0);
    rate.giveBack("2001:db8::7");
    expect(taken(rate, "2001:db8::7", 0)).toBe(1);
  });

  test.each([
    ["192.0.2.7", "192.0.2.8"],
    ["2001:db8:1:2::7", "2001:db8:1:2::8"],
    ["fe80::1", "fe80::2"],
  ])("%s does not pay for %s (1)", (one, other) => {
    const rate = create();
    taken(rate, one, 0);
    expect(rate.take(other, 0)).toEqual({ isTaken: true, before: 0 });
  });
});

describe("an IPv6 network of 64 bits (2)", () => {
  /** Uses up what the network of these may. */
  const exhaust = (rate: AddressRate, addresses: string[]) =>
    addresses.map((address) => taken(rate, address, 0)).reduce((sum, count) => sum + count);
  const four = ["2001:db8:1:2::1", "2001:DB8:1:2:ffff::1", "2001:db8:1:2:1:2:3:4", "2001:db8:1:2::"];

  test("may several times as often, however many addresses it has, and then at several times the pace", () => {
    const rate = create();
    const many = Array.from({ length: 100 }, (_, index) => `2001:db8:1:2::${index.toString(16)}`);
    expect(exhaust(rate, many)).toBe(networkTimes * burst);
    const [first = "", second = ""] = many;
    expect(rate.take("2001:db8:1:2:3::", 0)).toEqual({ isTaken: false, waitMs: everyMs / networkTimes });
    expect(taken(rate, first, everyMs) + taken(rate, second, everyMs)).toBe(2);
  });

  test.each([
    ["2001:db8:1:2::5", true],
    ["2001:0db8:1:2::5", true],
    ["2001:db8:1:3::5", false],
    ["192.0.2.7", false],
  ])("is that of %s: %p", (other, isSame) => {
    const rate = create();
    exhaust(rate, four);
    expect(rate.take(other, 0).isTaken).toBe(!isSame);
  });

  test("is written in several ways", () => {
    const rate = create();
    exhaust(rate, ["2001:db8::7", "2001:db8:0::8", "2001:db8:0:0:1:2:3:4", "2001:db8::"]);
    expect(rate.take("2001:db8::1:2:3", 0).isTaken).toBeFalse();
    const linkLocal = create();
    exhaust(linkLocal, ["fe80::1", "fe80::2%eth0", "fe80:0:0:0:1:2:3:4", "fe80::3"]);
    expect(linkLocal.take("fe80::9", 0).isTaken).toBeFalse();
  });
});

test("of too many the one that came longest ago is forgotten (3)", () => {
  const rate = create();
  taken(rate, "first", 0);
  for (let number = 0; number < 9_999; number += 1) rate.take(`a${number}`, 0);
  expect(rate.take("first", 0).isTaken).toBeFalse();
  rate.take("another", 0);
  expect(rate.take("first", 0).isTaken).toBeTrue();
});
