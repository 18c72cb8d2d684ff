/** Proves to a server that we know the passphrase of its room, and learns whether it knows it, too: OPAQUE (RFC 9807). */

import { exitStatus, Failure } from "../../base/failure.ts";
import { passphraseProof } from "../../protocol/channel-binding.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import type { Link } from "./server-connection.ts";

type Answer = Extract<ServerMessage, { type: "challenge" | "proven" }> | ({ type: "refused" } & Refused);

interface Refused {
  code: string;
  message: string;
}

/** Longer than a server holds back its answer after wrong tries. */
const answerWithinMs = 2 * limits.loginDelayMsMax;

/**
 * Resolves to `proven` once both sides have proven on this very connection that they know the passphrase, or to why not.
 * @throws {Failure} `in-between` when the server knows the passphrase, but this connection does not end at it.
 */
export async function unlock(link: Link, passphrase: string): Promise<"proven" | Refused> {
  const { client, ready } = await import("@serenity-kit/opaque");
  await ready;
  const { ask, end } = conversation(link);
  try {
    const { clientLoginState, startLoginRequest } = client.startLogin({ password: passphrase });
    const challenge = await ask({ type: "unlock", request: startLoginRequest });
    if (challenge.type !== "challenge") return refusedBy(challenge);
    const loginResponse = challenge.response;
    const login = client.finishLogin({ clientLoginState, loginResponse, password: passphrase });
    if (login === undefined) return refusal("wrong-passphrase");
    const { finishLoginRequest: finish, sessionKey } = login;
    const proven = await ask({
      type: "prove",
      finish,
      proof: passphraseProof("client", sessionKey, link.binding),
    });
    const expected = passphraseProof("server", sessionKey, link.binding);
    if (proven.type === "proven" && proven.proof === expected) return "proven";
    // The challenge came from who knows the passphrase, which is right: only this connection is not theirs.
    if (proven.type === "proven" || refusedBy(proven).code === "wrong-passphrase") throw inBetween();
    return refusedBy(proven);
  } finally {
    end();
  }
}

/** One question at a time. */
function conversation(link: Link): { ask(message: ClientMessage): Promise<Answer>; end(): void } {
  let next = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => {
    const message = "The server was reached, but does not answer. Try again later.";
    next.resolve({ type: "refused", code: "no-answer", message });
  }, answerWithinMs);
  link.attach({
    message(message) {
      if (message.type === "challenge" || message.type === "proven") next.resolve(message);
      if (message.type === "goodbye") next.resolve({ ...message, type: "refused" });
    },
    voice() {},
    closed(why) {
      const lost = { code: "connection-lost", message: "The server closed the connection." };
      next.resolve({ type: "refused", ...(why ?? lost) });
    },
  });
  return {
    async ask(message) {
      link.send(message);
      const answer = await next.promise;
      // Once refused, nothing else is answered.
      if (answer.type !== "refused") next = Promise.withResolvers();
      return answer;
    },
    end: () => clearTimeout(timer),
  };
}

/** Anything else than what was asked for is none of ours. */
function refusedBy(answer: Answer): Refused {
  return answer.type === "refused" ? answer : refusal("out-of-order");
}

function inBetween(): Failure {
  const why =
    "The passphrase is right, but the server does not confirm this connection: somebody sits between you and it. " +
    "Nothing was sent. Ask whoever runs the network.";
  return new Failure("in-between", exitStatus.identityChanged, why);
}
