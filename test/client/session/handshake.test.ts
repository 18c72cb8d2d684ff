/** The first words on a connection: what is said, and what is not said to a server that is none of ours. */
import { expect, test } from "bun:test";
import type { Introduction } from "../../../lib/client/session/handshake.ts";
import { introduce } from "../../../lib/client/session/handshake.ts";
import type { Link } from "../../../lib/client/session/server-connection.ts";
import { noChannelBinding } from "../../../lib/protocol/channel-binding.ts";
import { welcome } from "../../support/fake-server.ts";

const introduction: Introduction = {
  hello: { name: "alice", voice: false, session: "s" },
  sign: () => ({ key: "k".repeat(43), signature: "s".repeat(86) }),
};

/** A server that lets everybody in, without a passphrase. */
function openServer() {
  const said: string[] = [];
  const link: Link = {
    identity: "identity",
    binding: noChannelBinding,
    attach: (sink) => queueMicrotask(() => sink.message(welcome)),
    send: ({ type }) => void said.push(type),
    sendVoice() {},
    close() {},
  };
  return { link, said };
}

const onWelcome = () => ({ message() {}, voice() {}, closed() {} });

test("who has no passphrase says hello to a room that is not said to need one", async () => {
  const { link, said } = openServer();
  expect(await introduce(link, introduction, onWelcome)).toBe("welcome");
  expect(said).toEqual(["hello"]);
});

test("who has none says nothing in a room whose record says that it needs one, though it would let everybody in", async () => {
  const { link, said } = openServer();
  const answer = await introduce(link, { ...introduction, needsPassphrase: true }, onWelcome);
  expect(answer).toMatchObject({ code: "passphrase-needed" });
  expect(said).toEqual([]);
});
