/** Tests the rate limit of addresses and IPv6 networks, by the numbers of its contract. */
import { describe, expect, test } from "bun:test";
import {
  type AddressRateLimiter,
  createAddressRateLimiter,
} from "../../../lib/server/admission/address-rate-limiter.ts";

const [burst, everyMs, networkTimes] = [4, 1_000, 4];
const create = () => createAddressRateLimiter({ perSecond: 1_000 / everyMs, burst, networkTimes });

/** How many attempts of this address conform at one time. */
function taken(limiter: AddressRateLimiter, address: string, nowMs: number): number {
  for (let count = 0; count < 10_000; count += 1) if (!limiter.take(address, nowMs).isTaken) return count;
  throw new Error("no attempt was refused");
}

describe("an address", () => {
  test.each(["192.0.2.7", "2001:db8::7", "fe80::7%eth0"])(
    "%s has its burst at once, then its rate, then its burst again (1)",
    (address) => {
      const limiter = create();
      expect(taken(limiter, address, 0)).toBe(burst);
      expect(taken(limiter, address, everyMs - 1)).toBe(0);
      expect(taken(limiter, address, everyMs)).toBe(1);
      expect(taken(limiter, address, 1_000_000)).toBe(burst);
    },
  );

  test("learns how many attempts count already, and how long to wait (1)", () => {
    const limiter = create();
    expect(Array.from({ length: burst + 1 }, () => limiter.take("192.0.2.7", 0))).toEqual([
      { isTaken: true, before: 0 },
      { isTaken: true, before: 1 },
      { isTaken: true, before: 2 },
      { isTaken: true, before: 3 },
      { isTaken: false, waitMs: everyMs },
    ]);
  });

  test("counts its attempts right at times that are no round numbers (1)", () => {
    for (const nowMs of [0.1, 1_234.567_89, 86_399_999.999]) {
      const limiter = createAddressRateLimiter({ perSecond: 1 / 30, burst: 8, networkTimes });
      const attempts = Array.from({ length: 9 }, () => limiter.take("192.0.2.7", nowMs));
      const counts = attempts.map((one) => (one.isTaken ? one.before : "refused"));
      expect(counts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, "refused"]);
      expect(limiter.take("192.0.2.7", nowMs + 30_000).isTaken).toBeTrue();
    }
  });

  test("that gives an attempt back has one more", () => {
    const limiter = create();
    taken(limiter, "2001:db8::7", 0);
    limiter.giveBack("2001:db8::7");
    expect(taken(limiter, "2001:db8::7", 0)).toBe(1);
  });

  test.each([
    ["192.0.2.7", "192.0.2.8"],
    ["2001:db8:1:2::7", "2001:db8:1:2::8"],
    ["fe80::1", "fe80::2"],
  ])("%s does not use up the attempts of %s (1)", (one, other) => {
    const limiter = create();
    taken(limiter, one, 0);
    expect(limiter.take(other, 0)).toEqual({ isTaken: true, before: 0 });
  });
});

describe("an IPv6 network of 64 bits", () => {
  /** How many attempts these addresses have together. */
  const exhaust = (limiter: AddressRateLimiter, addresses: string[]) =>
    addresses.map((address) => taken(limiter, address, 0)).reduce((sum, count) => sum + count);
  const four = ["2001:db8:1:2::1", "2001:DB8:1:2:ffff::1", "2001:db8:1:2:1:2:3:4", "2001:db8:1:2::"];

  test("has several times the burst and the rate of an address, however many addresses it has (2)", () => {
    const limiter = create();
    const many = Array.from({ length: 100 }, (_, index) => `2001:db8:1:2::${index.toString(16)}`);
    expect(exhaust(limiter, many)).toBe(networkTimes * burst);
    const [first = "", second = ""] = many;
    expect(limiter.take("2001:db8:1:2:3::", 0)).toEqual({ isTaken: false, waitMs: everyMs / networkTimes });
    expect(taken(limiter, first, everyMs) + taken(limiter, second, everyMs)).toBe(2);
  });

  test.each([
    ["2001:db8:1:2::5", true],
    ["2001:0db8:1:2::5", true],
    ["2001:db8:1:3::5", false],
    ["192.0.2.7", false],
  ])("2001:db8:1:2::/64 contains %s: %p (2)", (other, isSame) => {
    const limiter = create();
    exhaust(limiter, four);
    expect(limiter.take(other, 0).isTaken).toBe(!isSame);
  });

  test("is recognized in every spelling of an address (2)", () => {
    const limiter = create();
    exhaust(limiter, ["2001:db8::7", "2001:db8:0::8", "2001:db8:0:0:1:2:3:4", "2001:db8::"]);
    expect(limiter.take("2001:db8::1:2:3", 0).isTaken).toBeFalse();
    const linkLocal = create();
    exhaust(linkLocal, ["fe80::1", "fe80::2%eth0", "fe80:0:0:0:1:2:3:4", "fe80::3"]);
    expect(linkLocal.take("fe80::9", 0).isTaken).toBeFalse();
  });
});

test("the least recently counted address is forgotten when there are too many (3)", () => {
  const limiter = create();
  taken(limiter, "first", 0);
  for (let number = 0; number < 9_999; number += 1) limiter.take(`a${number}`, 0);
  expect(limiter.take("first", 0).isTaken).toBeFalse();
  limiter.take("another", 0);
  expect(limiter.take("first", 0).isTaken).toBeTrue();
});
