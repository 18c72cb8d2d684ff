/** The passphrase between a client and a server, with the real OPAQUE on both sides and nothing else in between. */
import { beforeEach, describe, expect, test } from "bun:test";
import { client as opaqueClient } from "@serenity-kit/opaque";
import { systemClock } from "../../../lib/client/session/clock.ts";
import { unlock as unlockWith } from "../../../lib/client/session/passphrase-login.ts";
import type { Link, LinkSink } from "../../../lib/client/session/server-connection.ts";
import type { Refusal } from "../../../lib/protocol/errors.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../../lib/protocol/messages.ts";
import type { Tries } from "../../../lib/server/admission/login-throttle.ts";
import { createTries } from "../../../lib/server/admission/login-throttle.ts";
import { createOpaqueServer } from "../../../lib/server/auth/opaque.ts";
import type { Unlocking } from "../../../lib/server/auth/passphrase-login.ts";
import { createUnlocking } from "../../../lib/server/auth/passphrase-login.ts";

const passphrase = "maple river candle orbit";
const opaque = await createOpaqueServer(passphrase);
const here = new Uint8Array(limits.channelBindingBytes).fill(1);
const there = new Uint8Array(limits.channelBindingBytes).fill(2);

const ports = { clock: systemClock, loadOpaque: () => Promise.resolve(opaqueClient) };
const unlock = (link: Link, typed: string) => unlockWith(link, typed, ports);

let tries: Tries;
let unlocking: Unlocking;
let answers: (ServerMessage | { refused: Refusal } | "unlocked")[];
let owner: LinkSink | undefined;

beforeEach(() => {
  tries = createTries();
  answers = [];
  owner = undefined;
  unlocking = createUnlocking(opaque, tries, {
    send(_id, message) {
      answers.push(message);
      owner?.message(message);
    },
    unlocked: () => void answers.push("unlocked"),
    refuse(_id, refused) {
      answers.push({ refused });
      owner?.message({ type: "goodbye", ...refused });
    },
  });
});

/** A connection whose two ends may be bound to different things, as those of a relay are. */
function connection(id: number, ends: { client?: Uint8Array; server?: Uint8Array } = {}) {
  const sent: ClientMessage[] = [];
  const applicant = { id, address: "10.0.0.1", binding: () => ends.server ?? here };
  const link: Link = {
    identity: "identity",
    binding: ends.client ?? here,
    attach(sink) {
      owner = sink;
    },
    send(message) {
      sent.push(message);
      if (message.type === "unlock" || message.type === "prove") unlocking.take(applicant, message);
    },
    sendVoice() {},
    close() {},
  };
  return { link, sent, applicant };
}

test("who knows the passphrase is let in, and knows that the server does", async () => {
  const { link, sent } = connection(1);
  expect(await unlock(link, passphrase)).toBe("proven");
  expect(
    answers.map((answer) => (typeof answer === "object" && "type" in answer ? answer.type : answer)),
  ).toEqual(["challenge", "proven", "unlocked"]);
  expect(JSON.stringify([sent, answers])).not.toContain("maple");
});

test("a right one costs no try", async () => {
  expect(await unlock(connection(1).link, passphrase)).toBe("proven");
  expect(tries.begin("10.0.0.1", performance.now())).toEqual({ type: "go", delayMs: 0 });
});

test("a wrong one is noticed by the client, and counts although it says no more", async () => {
  const { link, sent } = connection(1);
  expect(await unlock(link, "maple river candle comet")).toMatchObject({ code: "wrong-passphrase" });
  expect(sent.map(({ type }) => type)).toEqual(["unlock"]);
  expect(tries.begin("10.0.0.1", performance.now())).toMatchObject({ delayMs: limits.loginDelayMs });
});

test("who tries too often is refused before anything is computed", async () => {
  for (let count = 0; count < limits.loginAttemptsMax; count += 1) tries.begin("10.0.0.1", performance.now());
  expect(await unlock(connection(1).link, passphrase)).toMatchObject({ code: "too-many-tries", seconds: 30 });
});

describe("somebody in the middle", () => {
  test("who passes everything on is found out by both sides", async () => {
    const { link } = connection(1, { client: here, server: there });
    await expect(unlock(link, passphrase)).rejects.toMatchObject({ code: "in-between", status: 5 });
    expect(answers.at(-1)).toMatchObject({ refused: { code: "wrong-passphrase" } });
    expect(answers).not.toContain("unlocked");
  });

  test("who makes up the last answer is found out by the client", async () => {
    const { link } = connection(1);
    const send = link.send;
    link.send = (message) => {
      if (message.type === "prove") owner?.message({ type: "proven", proof: message.proof });
      else send(message);
    };
    await expect(unlock(link, passphrase)).rejects.toMatchObject({ code: "in-between" });
  });

  test("who does not know the passphrase cannot even make a challenge", async () => {
    const stranger = await createOpaqueServer("something else");
    const { link } = connection(1);
    link.send = (message) => {
      const response = message.type === "unlock" ? stranger.start(message.request)?.response : undefined;
      owner?.message({ type: "challenge", response: response ?? "" });
    };
    expect(await unlock(link, passphrase)).toMatchObject({ code: "wrong-passphrase" });
  });
});

describe("what is no OPAQUE", () => {
  const proof = "A".repeat(43);

  test("a first message", () => {
    unlocking.take(connection(1).applicant, { type: "unlock", request: "AAAA" });
    return until(() =>
      expect(answers).toMatchObject([{ refused: { code: "bad-message", at: "unlock.request" } }]),
    );
  });

  test("a third message is as wrong as a wrong passphrase", async () => {
    const { applicant } = connection(1);
    const { startLoginRequest: request } = opaqueClient.startLogin({ password: passphrase });
    unlocking.take(applicant, { type: "unlock", request });
    await until(() => expect(answers).toMatchObject([{ type: "challenge" }]));
    unlocking.take(applicant, { type: "prove", finish: "AAAA", proof });
    expect(answers.at(-1)).toMatchObject({ refused: { code: "wrong-passphrase" } });
    // It was the only one.
    unlocking.take(applicant, { type: "prove", finish: "AAAA", proof });
    expect(answers.at(-1)).toMatchObject({ refused: { code: "out-of-order" } });
  });

  test("a third message before the second", () => {
    unlocking.take(connection(1).applicant, { type: "prove", finish: "AAAA", proof });
    expect(answers).toMatchObject([{ refused: { code: "out-of-order" } }]);
  });
});

test("one that is gone gets no answer", async () => {
  const { applicant } = connection(1);
  unlocking.take(applicant, { type: "unlock", request: "AAAA" });
  unlocking.forget(applicant.id);
  unlocking.take({ ...applicant, id: 2, address: "10.0.0.2" }, { type: "unlock", request: "AAAA" });
  await until(() => expect(answers).toHaveLength(1));
});

/** Answers come a turn of the event loop later, or more. */
async function until(check: () => void): Promise<void> {
  const endMs = performance.now() + 5_000;
  for (;;) {
    try {
      return check();
    } catch (thrown) {
      if (performance.now() > endMs) throw thrown;
      await new Promise(setImmediate);
    }
  }
}
