/** Tests that a session that fails ends with the right sentence and exit status. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../../lib/base/failure.ts";
import { reasonSentence, withSentence } from "../../../lib/client/desktop/failure-sentences.ts";
import type { ClosingReason } from "../../../lib/client/session/closing-codes.ts";
import { refusedFailure } from "../../../lib/client/session/closing-codes.ts";
import { refusal } from "../../../lib/protocol/errors.ts";

const connectionErrors: [ClosingReason, number, string][] = [
  [{ code: "no-answer" }, 1, "The server was reached, but does not answer. Try again later."],
  [{ code: "connection-lost", during: "login" }, 1, "The server closed the connection."],
  [{ code: "connection-lost", during: "hello" }, 1, "The server closed the connection at once."],
  [{ code: "not-holler", isPlaintext: false }, 1, "Something answers there, but it is not a Holler server."],
  [
    { code: "not-holler", isPlaintext: true },
    1,
    "Something answers there, but not a Holler server without encryption. Leave --plaintext out for one with it.",
  ],
  [
    { code: "in-between" },
    5,
    "The passphrase is right, but the server does not confirm this connection: another machine sits between you and it. " +
      "Nothing was sent. Ask the people who run the network.",
  ],
];

describe("a session that ends because of", () => {
  test.each(connectionErrors)("%j has exit status %d and the sentence %j", (reason, status, sentence) => {
    const failure = withSentence(refusedFailure(reason));
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code: reason.code, status, message: sentence });
    expect(reasonSentence(reason)).toBe(sentence);
  });

  test.each([
    ["passphrase-needed", "This room needs a passphrase. Set HOLLER_PASSPHRASE to it."],
    ["wrong-passphrase", "This is not the passphrase of this room. Set HOLLER_PASSPHRASE to it."],
    [
      "no-passphrase",
      "A passphrase was expected here, but this server asks for none: it is another room, or another server pretends to " +
        "be it. If you know that it has none, unset HOLLER_PASSPHRASE.",
    ],
    ["room-locked", "The room is locked: no new members can join now."],
  ] as const)("the server's refusal with `%s` has exit status 4 and the sentence %j", (code, sentence) => {
    expect(withSentence(refusedFailure(refusal(code)))).toMatchObject({ code, status: 4, message: sentence });
  });
});

test("the sentence of a server is kept, also for a code that the client has, too", () => {
  const told = { code: "no-answer", message: "Told by a server." };
  expect(reasonSentence(told)).toBe(told.message);
  expect(withSentence(refusedFailure(told))).toMatchObject({ ...told, status: 1 });
});

test("an error that is no failure of a session stays as it is", () => {
  const error = new Error("a defect");
  expect(withSentence(error)).toBe(error);
});
