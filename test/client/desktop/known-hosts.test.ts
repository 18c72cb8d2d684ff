/** Tests known hosts: every classification of an identity, and what is remembered after it. */
import { describe, expect, test } from "bun:test";
import {
  classify,
  readableIdentity,
  remember,
  roomPlace,
  serverPlace,
} from "../../../lib/client/desktop/known-hosts.ts";

const place = roomPlace("Lab 3");

describe("the classification of an identity", () => {
  test.each([
    ["first, at a place without any", {}, [], "first"],
    [
      "first, at a place without any, although there is one elsewhere",
      { [roomPlace("Lab 4")]: ["new"] },
      [],
      "first",
    ],
    ["known, when it was met at this place", { [place]: ["new"] }, [], "known"],
    ["known, when it is one of several that were met", { [place]: ["old", "new"] }, [], "known"],
    ["changed, when the known server does not answer", { [place]: ["old"] }, [], "changed"],
    [
      "changed, when only unknown servers answer beside it",
      { [place]: ["old"] },
      ["other", "new"],
      "changed",
    ],
    ["first, while the known server answers, too", { [place]: ["old"] }, ["old", "new"], "first"],
  ] as const)("it is %s", (_, known, others, classification) => {
    const kept = Object.fromEntries(Object.entries(known).map(([where, met]) => [where, [...met]]));
    expect(classify(kept, { place, otherIdentities: [...others] }, "new")).toBe(classification);
  });
});

describe("remembering an identity", () => {
  test("a first identity is added to those of its place", () => {
    expect(remember({}, place, "new", "first")).toEqual({ [place]: ["new"] });
    expect(remember({ [place]: ["old"] }, place, "new", "first")).toEqual({ [place]: ["old", "new"] });
  });

  test("a changed identity replaces those of its place", () => {
    expect(remember({ [place]: ["old", "older"] }, place, "new", "changed")).toEqual({ [place]: ["new"] });
  });

  test("an identity is kept once, and other places stay unchanged", () => {
    const known = { [place]: ["new", "old"], [roomPlace("Lab 4")]: ["x"] };
    expect(remember(known, place, "new", "known")).toEqual({
      [place]: ["old", "new"],
      [roomPlace("Lab 4")]: ["x"],
    });
    expect(known[place]).toEqual(["new", "old"]);
  });

  test("a remembered identity is known", () => {
    for (const classification of ["first", "changed"] as const) {
      const known = remember({ [place]: ["old"] }, place, "new", classification);
      expect(classify(known, { place, otherIdentities: [] }, "new")).toBe("known");
    }
  });
});

test("a room and a server with one name are two places", () => {
  expect(roomPlace("lab:4050")).not.toBe(serverPlace("lab", 4050));
  expect(serverPlace("LAB.local", 4050)).toBe(serverPlace("lab.local", 4050));
  expect(serverPlace("lab", 4050)).not.toBe(serverPlace("lab", 4051));
});

test("an identity is shown with its algorithm in front", () => {
  expect(readableIdentity("abc")).toBe("SHA256:abc");
});
