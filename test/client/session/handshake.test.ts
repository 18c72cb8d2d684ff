/** Tests what is said in a handshake, and what is not said to a server that may be the wrong one. */
import { expect, test } from "bun:test";
import type { Introduction } from "../../../lib/client/session/handshake.ts";
import { introduce } from "../../../lib/client/session/handshake.ts";
import { welcome } from "../../support/fake-server.ts";
import { createFakeClock, createFakeConnection, goodbye, handshakeOptions, signature } from "./fakes.ts";

const introduction: Introduction = {
  hello: { name: "alice", voice: false, session: "s" },
  sign: () => Promise.resolve(signature),
};

/** A server that lets every client in, without a passphrase. */
const openServer = () => createFakeConnection((_, connection) => connection.receive(welcome));

test("a client without a passphrase says hello to a room that needs none", async () => {
  const connection = openServer();
  const options = handshakeOptions(createFakeClock());
  expect(await introduce(connection, introduction, options)).toBe("welcome");
  expect(connection.sent).toMatchObject([{ type: "hello", protocol: 1, name: "alice", ...signature }]);
  expect(options.welcomes).toEqual([welcome]);
});

test("a client without a passphrase says nothing to a room that is announced as needing one", async () => {
  const connection = openServer();
  const options = handshakeOptions(createFakeClock());
  const answer = await introduce(connection, { ...introduction, needsPassphrase: true }, options);
  expect(answer).toMatchObject({ code: "passphrase-needed" });
  expect(connection.sent).toEqual([]);
});

test("a goodbye in place of a welcome is the answer", async () => {
  const connection = createFakeConnection((_, opened) => opened.receive(goodbye("room-full")));
  const answer = await introduce(connection, introduction, handshakeOptions(createFakeClock()));
  expect(answer).toMatchObject({ code: "room-full", message: "room-full." });
});

test("a connection that closes without a word is answered with `connection-lost`", async () => {
  const connection = createFakeConnection((_, opened) => opened.end());
  const answer = await introduce(connection, introduction, handshakeOptions(createFakeClock()));
  expect(answer).toEqual({ code: "connection-lost", during: "hello" });
});

test("a server that does not answer for ten seconds is given up with `no-answer`", async () => {
  const clock = createFakeClock();
  const connection = createFakeConnection();
  const failed = introduce(connection, introduction, handshakeOptions(clock)).catch(
    (failure) => failure.code,
  );
  await clock.pass(9_999);
  expect(connection.isClosed).toBeFalse();
  await clock.pass(1);
  expect([await failed, connection.isClosed]).toEqual(["no-answer", true]);
});
