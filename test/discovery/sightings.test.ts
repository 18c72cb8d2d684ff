/** Checks the browser's memory: who is visible, merged over interfaces, and when somebody is forgotten. */
import { expect, test } from "bun:test";
import type { Announcement } from "../../lib/discovery/record.ts";
import { createSightings } from "../../lib/discovery/sightings.ts";

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

test("heard once it is visible, heard again nothing changes", () => {
  const sightings = createSightings();
  expect(sightings.hear(instance, lab, "10.0.0.1")).toBe(true);
  expect(sightings.hear(instance, lab, "10.0.0.1")).toBe(false);
  expect(sightings.visible()).toEqual([lab]);
});

test("one server on two networks is one entry with the addresses of both, in a steady order", () => {
  const sightings = createSightings();
  sightings.hear(instance, at("10.1.0.1"), "10.1.0.1");
  expect(sightings.hear(instance, { ...lab, addresses: ["10.0.0.1", "fd99::1"] }, "10.0.0.1")).toBe(true);
  expect(sightings.visible()).toEqual([{ ...lab, addresses: ["10.0.0.1", "10.1.0.1", "fd99::1"] }]);
  expect(sightings.hear(instance, at("10.1.0.1"), "10.1.0.1")).toBe(false);
});

test("a new port or name replaces what was known, from every network", () => {
  const sightings = createSightings();
  sightings.hear(instance, at("10.1.0.1"), "10.1.0.1");
  sightings.hear(instance, at("10.0.0.1"), "10.0.0.1");
  expect(sightings.hear(instance, { ...at("10.0.0.1"), port: 5000 }, "10.0.0.1")).toBe(true);
  expect(sightings.visible()).toEqual([{ ...lab, port: 5000 }]);
});

test("two servers of one name are two entries", () => {
  const sightings = createSightings();
  sightings.hear(instance, lab, "10.0.0.1");
  sightings.hear("lab 3 (ffffff)._holler._tcp.local", { ...at("10.0.0.2"), id: "ffffff" }, "10.0.0.2");
  expect(sightings.visible().map((room) => room.id)).toEqual(["a1b2c3", "ffffff"]);
});

test("a goodbye is believed from where the room was heard, and from nowhere else", () => {
  const sightings = createSightings();
  sightings.hear(instance, lab, "10.0.0.1");
  expect(sightings.goodbye(instance, "10.0.0.66")).toBe(false);
  expect(sightings.goodbye("another", "10.0.0.1")).toBe(false);
  expect(sightings.goodbye(instance, "10.0.0.1")).toBe(true);
  expect(sightings.visible()).toEqual([]);
});

test("four unanswered questions are borne, the fifth finds nobody; an answer starts the count again", () => {
  const sightings = createSightings();
  sightings.hear(instance, lab, "10.0.0.1");
  for (let ask = 0; ask < 4; ask += 1) expect(sightings.asked(everywhere)).toBe(false);
  sightings.hear(instance, lab, "10.0.0.1");
  expect(sightings.inDoubt(everywhere)).toBe(false);
  for (let ask = 0; ask < 4; ask += 1) expect(sightings.asked(everywhere)).toBe(false);
  expect(sightings.inDoubt(everywhere)).toBe(true);
  expect(sightings.asked(everywhere)).toBe(true);
  expect(sightings.visible()).toEqual([]);
});

test("only those in reach of the question owe an answer", () => {
  const sightings = createSightings();
  sightings.hear(instance, at("10.0.0.1"), "10.0.0.1");
  sightings.hear(instance, at("10.1.0.1"), "10.1.0.1");
  const first = (source: string): boolean => source === "10.0.0.1";
  for (let ask = 0; ask < 5; ask += 1) sightings.asked(first);
  expect(sightings.visible()).toEqual([at("10.1.0.1")]);
});

test("a network that is gone takes along what was heard there", () => {
  const sightings = createSightings();
  sightings.hear(instance, at("10.0.0.1"), "10.0.0.1");
  expect(sightings.forget((source) => source === "10.1.0.1")).toBe(false);
  expect(sightings.forget((source) => source === "10.0.0.1")).toBe(true);
  expect(sightings.visible()).toEqual([]);
});

test("a stranger who copies the id of a server does not push it out", () => {
  const sightings = createSightings();
  const [real, copy] = ["A", "B"].map((letter) => ({ ...lab, fingerprint: `${letter.repeat(42)}A` }));
  if (real === undefined || copy === undefined) throw new Error("two letters");
  sightings.hear(instance, real, "10.0.0.1");
  sightings.hear(instance, { ...copy, addresses: ["10.0.0.66"] }, "10.0.0.66");
  expect(sightings.visible()).toContainEqual(real);
  expect(sightings.visible()).toHaveLength(2);
});

test("a flood of invented rooms and sources stays bounded and keeps the first", () => {
  const sightings = createSightings();
  sightings.hear(instance, lab, "10.0.0.1");
  for (let index = 0; index < 5_000; index += 1) {
    const id = index.toString(16).padStart(6, "0");
    sightings.hear(`x (${id})`, { ...lab, id }, "10.0.0.66");
    sightings.hear(instance, lab, `10.0.${index >> 8}.${index & 255}`);
  }
  const visible = sightings.visible();
  expect(visible.length).toBeLessThanOrEqual(200);
  expect(visible[0]?.id).toBe("a1b2c3");
  expect(visible[0]?.addresses.length).toBeLessThanOrEqual(16);
});
