/** The cache of the DNS-SD browser: which rooms are visible, how sources are merged, and when entries are dropped. */
import { expect, test } from "bun:test";
import type { Announcement } from "../../lib/discovery/record.ts";
import { createServiceCache } from "../../lib/discovery/service-cache.ts";

const instance = "lab 3 (a1b2c3)._holler._tcp.local";
const lab: Announcement = {
  room: "Lab 3",
  id: "a1b2c3",
  protocol: 1,
  host: "lab-a1b2c3.local",
  port: 4050,
  addresses: ["10.0.0.1"],
};
const everywhere = (): boolean => true;
const at = (source: string): Announcement => ({ ...lab, addresses: [source] });

test("an announcement makes a room visible, and the same announcement again changes nothing", () => {
  const cache = createServiceCache();
  expect(cache.add(instance, lab, "10.0.0.1")).toBe(true);
  expect(cache.add(instance, lab, "10.0.0.1")).toBe(false);
  expect(cache.visible()).toEqual([lab]);
});

test("a server on two networks is one entry with the addresses of both, in an order that does not change", () => {
  const cache = createServiceCache();
  cache.add(instance, at("10.1.0.1"), "10.1.0.1");
  expect(cache.add(instance, { ...lab, addresses: ["10.0.0.1", "fd99::1"] }, "10.0.0.1")).toBe(true);
  expect(cache.visible()).toEqual([{ ...lab, addresses: ["10.0.0.1", "10.1.0.1", "fd99::1"] }]);
  expect(cache.add(instance, at("10.1.0.1"), "10.1.0.1")).toBe(false);
});

test("a new port replaces the old announcements of a server from every network", () => {
  const cache = createServiceCache();
  cache.add(instance, at("10.1.0.1"), "10.1.0.1");
  cache.add(instance, at("10.0.0.1"), "10.0.0.1");
  expect(cache.add(instance, { ...at("10.0.0.1"), port: 5000 }, "10.0.0.1")).toBe(true);
  expect(cache.visible()).toEqual([{ ...lab, port: 5000 }]);
});

test("two servers with one room name are two entries", () => {
  const cache = createServiceCache();
  cache.add(instance, lab, "10.0.0.1");
  cache.add("lab 3 (ffffff)._holler._tcp.local", { ...at("10.0.0.2"), id: "ffffff" }, "10.0.0.2");
  expect(cache.visible().map((room) => room.id)).toEqual(["a1b2c3", "ffffff"]);
});

test("a goodbye counts only from the source that announced the room", () => {
  const cache = createServiceCache();
  cache.add(instance, lab, "10.0.0.1");
  expect(cache.goodbye(instance, "10.0.0.66")).toBe(false);
  expect(cache.goodbye("another", "10.0.0.1")).toBe(false);
  expect(cache.goodbye(instance, "10.0.0.1")).toBe(true);
  expect(cache.visible()).toEqual([]);
});

test("a room is dropped at the fifth unanswered query in a row, and an answer restarts the count", () => {
  const cache = createServiceCache();
  cache.add(instance, lab, "10.0.0.1");
  for (let query = 0; query < 4; query += 1) expect(cache.countQuery(everywhere)).toBe(false);
  cache.add(instance, lab, "10.0.0.1");
  expect(cache.isUnanswered(everywhere)).toBe(false);
  for (let query = 0; query < 4; query += 1) expect(cache.countQuery(everywhere)).toBe(false);
  expect(cache.isUnanswered(everywhere)).toBe(true);
  expect(cache.countQuery(everywhere)).toBe(true);
  expect(cache.visible()).toEqual([]);
});

test("a query counts as unanswered only for the sources in its reach", () => {
  const cache = createServiceCache();
  cache.add(instance, at("10.0.0.1"), "10.0.0.1");
  cache.add(instance, at("10.1.0.1"), "10.1.0.1");
  const first = (source: string): boolean => source === "10.0.0.1";
  for (let query = 0; query < 5; query += 1) cache.countQuery(first);
  expect(cache.visible()).toEqual([at("10.1.0.1")]);
});

test("the rooms of an interface that is gone are dropped", () => {
  const cache = createServiceCache();
  cache.add(instance, at("10.0.0.1"), "10.0.0.1");
  expect(cache.dropSources((source) => source === "10.1.0.1")).toBe(false);
  expect(cache.dropSources((source) => source === "10.0.0.1")).toBe(true);
  expect(cache.visible()).toEqual([]);
});

test("a server with a copied id does not replace the real one", () => {
  const cache = createServiceCache();
  const [real, copy] = ["A", "B"].map((letter) => ({ ...lab, fingerprint: `${letter.repeat(42)}A` }));
  if (real === undefined || copy === undefined) throw new Error("two letters");
  cache.add(instance, real, "10.0.0.1");
  cache.add(instance, { ...copy, addresses: ["10.0.0.66"] }, "10.0.0.66");
  expect(cache.visible()).toContainEqual(real);
  expect(cache.visible()).toHaveLength(2);
});

test("a flood of invented rooms and sources stays within its bound and keeps the first room", () => {
  const cache = createServiceCache();
  cache.add(instance, lab, "10.0.0.1");
  for (let index = 0; index < 5_000; index += 1) {
    const id = index.toString(16).padStart(6, "0");
    cache.add(`x (${id})`, { ...lab, id }, "10.0.0.66");
    cache.add(instance, lab, `10.0.${index >> 8}.${index & 255}`);
  }
  const visible = cache.visible();
  expect(visible.length).toBeLessThanOrEqual(200);
  expect(visible[0]?.id).toBe("a1b2c3");
  expect(visible[0]?.addresses.length).toBeLessThanOrEqual(16);
});
