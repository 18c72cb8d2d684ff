/** Trust on first use: every verdict there is, and what is remembered after it. */
import { describe, expect, test } from "bun:test";
import {
  classify,
  readableIdentity,
  remember,
  roomPlace,
  serverPlace,
} from "../../../lib/client/desktop/known-hosts.ts";

const place = roomPlace("Lab 3");

describe("an identity is", () => {
  test.each([
    ["first, where nobody was met", {}, [], "first"],
    ["first, whoever was met elsewhere", { [roomPlace("Lab 4")]: ["new"] }, [], "first"],
    ["known, when it was met here", { [place]: ["new"] }, [], "known"],
    ["known, when it was one of several", { [place]: ["old", "new"] }, [], "known"],
    ["changed, when the one that was met is silent", { [place]: ["old"] }, [], "changed"],
    ["changed, when only strangers answer besides", { [place]: ["old"] }, ["other", "new"], "changed"],
    ["first, while the one that was met answers too", { [place]: ["old"] }, ["old", "new"], "first"],
  ] as const)("%s", (_, known, besides, verdict) => {
    const kept = Object.fromEntries(Object.entries(known).map(([where, met]) => [where, [...met]]));
    expect(classify(kept, { place, otherIdentities: [...besides] }, "new")).toBe(verdict);
  });
});

describe("remembering one", () => {
  test("adds it where it is the first, or one more of that name", () => {
    expect(remember({}, place, "new", "first")).toEqual({ [place]: ["new"] });
    expect(remember({ [place]: ["old"] }, place, "new", "first")).toEqual({ [place]: ["old", "new"] });
  });

  test("forgets the others when it changed", () => {
    expect(remember({ [place]: ["old", "older"] }, place, "new", "changed")).toEqual({ [place]: ["new"] });
  });

  test("keeps it once, and leaves other places alone", () => {
    const known = { [place]: ["new", "old"], [roomPlace("Lab 4")]: ["x"] };
    expect(remember(known, place, "new", "known")).toEqual({
      [place]: ["old", "new"],
      [roomPlace("Lab 4")]: ["x"],
    });
    expect(known[place]).toEqual(["new", "old"]);
  });

  test("makes it known", () => {
    for (const verdict of ["first", "changed"] as const) {
      const known = remember({ [place]: ["old"] }, place, "new", verdict);
      expect(classify(known, { place, otherIdentities: [] }, "new")).toBe("known");
    }
  });
});

test("a room and a server of one name are two places", () => {
  expect(roomPlace("lab:4050")).not.toBe(serverPlace("lab", 4050));
  expect(serverPlace("LAB.local", 4050)).toBe(serverPlace("lab.local", 4050));
  expect(serverPlace("lab", 4050)).not.toBe(serverPlace("lab", 4051));
});

test("people read it with its kind before it", () => {
  expect(readableIdentity("abc")).toBe("SHA256:abc");
});
