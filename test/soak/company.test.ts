/** The roster of a simulated client: an impossible join or leave is found. */
import { expect, test } from "bun:test";
import type { ServerMessage } from "../../lib/protocol/messages.ts";
import { createCompany } from "../../scripts/soak/company.ts";

const welcome: ServerMessage = {
  type: "welcome",
  protocol: 1,
  you: "alice",
  room: "Lab",
  members: ["carol", "bob"],
  lastId: 0,
  talking: [],
};

test("the roster follows joins, leaves and renames, and a welcome replaces it", () => {
  const wrong: string[] = [];
  const company = createCompany(
    () => "alice",
    (what) => wrong.push(what),
  );
  company.hear(welcome);
  expect(company.names()).toEqual(["alice", "bob", "carol"]);
  company.hear({ type: "joined", name: "dave" });
  company.hear({ type: "left", name: "bob", reason: "quit" });
  company.hear({ type: "renamed", from: "carol", to: "carla" });
  expect(company.names()).toEqual(["alice", "carla", "dave"]);
  company.hear(welcome);
  expect(company.names()).toEqual(["alice", "bob", "carol"]);
  expect(wrong).toEqual([]);
});

test("a join of a present name and a leave of an absent one are complaints", () => {
  const wrong: string[] = [];
  const company = createCompany(
    () => "alice",
    (what) => wrong.push(what),
  );
  company.hear(welcome);
  company.hear({ type: "joined", name: "bob" });
  company.hear({ type: "left", name: "zoe", reason: "quit" });
  company.hear({ type: "renamed", from: "zed", to: "carol" });
  expect(wrong).toEqual([
    "alice was told that bob came in, who was in",
    "alice was told that zoe went, who was not in",
    "alice was told that zed went, who was not in",
    "alice was told that carol came in, who was in",
  ]);
});
