/** Tests the passphrase between a client and a server, with the real OPAQUE on both sides and no network. */
import { beforeEach, describe, expect, test } from "bun:test";
import { client as opaqueClient } from "@serenity-kit/opaque";
import { systemClock } from "../../../lib/client/session/clock.ts";
import { unlock as unlockWith } from "../../../lib/client/session/passphrase-login.ts";
import type {
  ServerConnection,
  ServerConnectionSink,
} from "../../../lib/client/session/server-connection.ts";
import type { Refusal } from "../../../lib/protocol/errors.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../../lib/protocol/messages.ts";
import type { LoginThrottle } from "../../../lib/server/admission/login-throttle.ts";
import { createLoginThrottle } from "../../../lib/server/admission/login-throttle.ts";
import { createOpaqueServer } from "../../../lib/server/auth/opaque.ts";
import type { PassphraseLogin } from "../../../lib/server/auth/passphrase-login.ts";
import { createPassphraseLogin } from "../../../lib/server/auth/passphrase-login.ts";

const passphrase = "maple river candle orbit";
const opaque = await createOpaqueServer(passphrase);
const here = new Uint8Array(limits.channelBindingBytes).fill(1);
const there = new Uint8Array(limits.channelBindingBytes).fill(2);

const ports = { clock: systemClock, loadOpaque: () => Promise.resolve(opaqueClient) };
const unlock = (link: ServerConnection, typed: string) => unlockWith(link, typed, ports);

let throttle: LoginThrottle;
let login: PassphraseLogin;
let answers: (ServerMessage | { refused: Refusal } | "unlocked")[];
let owner: ServerConnectionSink | undefined;

beforeEach(() => {
  throttle = createLoginThrottle();
  answers = [];
  owner = undefined;
  login = createPassphraseLogin(opaque, throttle, {
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

/** A connection whose two ends may have different channel bindings, as those of a relay have. */
function connection(id: number, ends: { client?: Uint8Array; server?: Uint8Array } = {}) {
  const sent: ClientMessage[] = [];
  const from = { id, address: "10.0.0.1", binding: () => ends.server ?? here };
  const link: ServerConnection = {
    identity: "identity",
    binding: ends.client ?? here,
    attach(sink) {
      owner = sink;
    },
    send(message) {
      sent.push(message);
      if (message.type === "unlock" || message.type === "prove") login.take(from, message);
    },
    sendVoice() {},
    close() {},
  };
  return { link, sent, from };
}

test("a client that knows the passphrase is let in, and learns that the server knows it", async () => {
  const { link, sent } = connection(1);
  expect(await unlock(link, passphrase)).toBe("proven");
  expect(
    answers.map((answer) => (typeof answer === "object" && "type" in answer ? answer.type : answer)),
  ).toEqual(["challenge", "proven", "unlocked"]);
  expect(JSON.stringify([sent, answers])).not.toContain("maple");
});

test("a right passphrase does not count as an attempt", async () => {
  expect(await unlock(connection(1).link, passphrase)).toBe("proven");
  expect(throttle.attempt("10.0.0.1", performance.now())).toEqual({ type: "go", delayMs: 0 });
});

test("a client notices a wrong passphrase and stops, and the attempt counts", async () => {
  const { link, sent } = connection(1);
  expect(await unlock(link, "maple river candle comet")).toMatchObject({ code: "wrong-passphrase" });
  expect(sent.map(({ type }) => type)).toEqual(["unlock"]);
  expect(throttle.attempt("10.0.0.1", performance.now())).toMatchObject({ delayMs: limits.loginDelayMs });
});

test("a client with too many attempts is refused before OPAQUE computes anything", async () => {
  for (let count = 0; count < limits.loginAttemptsMax; count += 1)
    throttle.attempt("10.0.0.1", performance.now());
  expect(await unlock(connection(1).link, passphrase)).toMatchObject({ code: "too-many-tries", seconds: 30 });
});

test("a server that closes the connection without a word is answered with `connection-lost`", async () => {
  const { link } = connection(1);
  link.send = () => owner?.closed();
  expect(await unlock(link, passphrase)).toEqual({ code: "connection-lost", during: "login" });
});

test("a server that does not answer in time is answered with `no-answer`", async () => {
  const { link } = connection(1);
  const late = Promise.withResolvers<() => void>();
  link.send = () => void late.promise.then((call) => call());
  const clock = {
    ...systemClock,
    after(_ms: number, call: () => void) {
      late.resolve(call);
      return () => {};
    },
  };
  expect(await unlockWith(link, passphrase, { ...ports, clock })).toEqual({ code: "no-answer" });
});

describe("a machine in the middle", () => {
  test("that relays everything is detected by both sides", async () => {
    const { link } = connection(1, { client: here, server: there });
    await expect(unlock(link, passphrase)).rejects.toMatchObject({ code: "in-between", status: 5 });
    expect(answers.at(-1)).toMatchObject({ refused: { code: "wrong-passphrase" } });
    expect(answers).not.toContain("unlocked");
  });

  test("that makes up the last answer is detected by the client", async () => {
    const { link } = connection(1);
    const send = link.send;
    link.send = (message) => {
      if (message.type === "prove") owner?.message({ type: "proven", proof: message.proof });
      else send(message);
    };
    await expect(unlock(link, passphrase)).rejects.toMatchObject({ code: "in-between" });
  });

  test("that does not know the passphrase cannot make a valid challenge", async () => {
    const stranger = await createOpaqueServer("something else");
    const { link } = connection(1);
    link.send = (message) => {
      const response = message.type === "unlock" ? stranger.start(message.request)?.response : undefined;
      owner?.message({ type: "challenge", response: response ?? "" });
    };
    expect(await unlock(link, passphrase)).toMatchObject({ code: "wrong-passphrase" });
  });
});

describe("a malformed OPAQUE message", () => {
  const proof = "A".repeat(43);

  test("in place of the first one is refused as `bad-message`", () => {
    login.take(connection(1).from, { type: "unlock", request: "AAAA" });
    return until(() =>
      expect(answers).toMatchObject([{ refused: { code: "bad-message", at: "unlock.request" } }]),
    );
  });

  test("in place of the third one is refused as a wrong passphrase, and ends the login", async () => {
    const { from } = connection(1);
    const { startLoginRequest: request } = opaqueClient.startLogin({ password: passphrase });
    login.take(from, { type: "unlock", request });
    await until(() => expect(answers).toMatchObject([{ type: "challenge" }]));
    login.take(from, { type: "prove", finish: "AAAA", proof });
    expect(answers.at(-1)).toMatchObject({ refused: { code: "wrong-passphrase" } });
    // The login is over.
    login.take(from, { type: "prove", finish: "AAAA", proof });
    expect(answers.at(-1)).toMatchObject({ refused: { code: "out-of-order" } });
  });

  test("that comes before the challenge is refused as `out-of-order`", () => {
    login.take(connection(1).from, { type: "prove", finish: "AAAA", proof });
    expect(answers).toMatchObject([{ refused: { code: "out-of-order" } }]);
  });
});

test("a connection that was closed gets no answer", async () => {
  const { from } = connection(1);
  login.take(from, { type: "unlock", request: "AAAA" });
  login.forget(from.id);
  login.take({ ...from, id: 2, address: "10.0.0.2" }, { type: "unlock", request: "AAAA" });
  await until(() => expect(answers).toHaveLength(1));
});

test("a connection that closes while its proof is checked is not unlocked", async () => {
  const { link, from } = connection(1);
  const send = link.send;
  link.send = (message) => {
    send(message);
    if (message.type === "prove") login.forget(from.id);
  };
  void unlock(link, passphrase).catch(() => {});
  await until(() => expect(answers).toMatchObject([{ type: "challenge" }]));
  const other = connection(2);
  expect(await unlock(other.link, passphrase)).toBe("proven");
  expect(answers.filter((answer) => answer === "unlocked")).toHaveLength(1);
});

/** Answers come after one or more ticks of the event loop. */
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
