/** Tests whether the identity of a server is trusted, also when another client of the person changes what is known. */
import { expect, test } from "bun:test";
import type { Found } from "../../../lib/client/desktop/find-room.ts";
import type { KnownServers } from "../../../lib/client/desktop/known-hosts.ts";
import { createRoom } from "../../../lib/client/desktop/room.ts";

const place = "server:lab:4050";
const found: Found = {
  target: { hosts: ["lab"], port: 4_050, tls: true },
  isNamed: true,
  needsPassphrase: false,
  place,
  otherIdentities: [],
  shown: "lab:4050",
};

/** What is known, and a room with this store. */
function scene(known: KnownServers, trustNewIdentity = false) {
  const stored = { known };
  const store = {
    knownServers: async () => stored.known,
    changeKnownServers: async (how: (before: KnownServers) => KnownServers) => {
      stored.known = how(stored.known);
    },
  };
  const room = createRoom(found, { store, trustNewIdentity, prompter: undefined });
  const check = async (identity: string, hasPassphrase = false) => {
    const remember = await room.checkIdentity?.(identity, hasPassphrase);
    return remember ?? expect.unreachable("identities are checked");
  };
  return { stored, check };
}

test("a server that is met for the first time is remembered only when it let the person in", async () => {
  const { stored, check } = scene({});
  const remember = await check("A");
  expect(stored.known).toEqual({});
  await remember();
  expect(stored.known).toEqual({ [place]: ["A"] });
});

test("a server is refused when another client met another one in its place meanwhile", async () => {
  const { stored, check } = scene({});
  const remember = await check("B");
  stored.known = { [place]: ["A"] };
  await expect(remember()).rejects.toMatchObject({ code: "identity-changed", status: 5 });
  expect(stored.known).toEqual({ [place]: ["A"] });
});

test("what another client remembered meanwhile stays", async () => {
  const { stored, check } = scene({});
  const remember = await check("A", true);
  stored.known = { "room:Lab 3": ["C"], verified: ["C"] };
  await remember();
  expect(stored.known).toEqual({ "room:Lab 3": ["C"], [place]: ["A"], verified: ["C", "A"] });
});

test("an identity that was accepted by the person replaces the one that is known at the end", async () => {
  const { stored, check } = scene({ [place]: ["A"] }, true);
  const remember = await check("B");
  stored.known = { [place]: ["A", "B"] };
  await remember();
  expect(stored.known).toEqual({ [place]: ["A", "B"] });
});
