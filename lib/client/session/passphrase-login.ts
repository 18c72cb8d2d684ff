/** The passphrase login (OPAQUE, RFC 9807): we and the server prove to each other that we know the passphrase. */
import { passphraseProof } from "../../protocol/channel-binding.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessageOf } from "../../protocol/messages.ts";
import type { Clock } from "./clock.ts";
import type { ClosingReason } from "./closing-codes.ts";
import { ConnectionFailure } from "./closing-codes.ts";
import type { ServerConnection } from "./server-connection.ts";

/** The client's side of OPAQUE, as `@serenity-kit/opaque` has it; all values are base64url. */
export interface OpaqueClient {
  startLogin(start: { password: string }): { clientLoginState: string; startLoginRequest: string };
  /** Undefined: the passphrase is not that of the server. */
  finishLogin(finish: {
    clientLoginState: string;
    loginResponse: string;
    password: string;
  }): { finishLoginRequest: string; sessionKey: string } | undefined;
}

type LoginAnswer = ServerMessageOf<"challenge" | "proven"> | { type: "refused"; reason: ClosingReason };

/** Longer than a server delays its answer after wrong passphrases. */
const answerTimeoutMs = 2 * limits.loginDelayMsMax;

/**
 * Resolves to `proven` once both sides have proven on this connection that they know the passphrase, or to the refusal.
 * @throws {ConnectionFailure} `in-between` when the server knows the passphrase, but this connection does not end at it.
 */
export async function unlock(
  connection: ServerConnection,
  passphrase: string,
  { clock, loadOpaque }: { clock: Clock; loadOpaque(): Promise<OpaqueClient> },
): Promise<"proven" | ClosingReason> {
  const opaque = await loadOpaque();
  const { ask, end } = conversation(connection, clock);
  try {
    const { clientLoginState, startLoginRequest } = opaque.startLogin({ password: passphrase });
    const challenge = await ask({ type: "unlock", request: startLoginRequest });
    if (challenge.type !== "challenge") return refusedBy(challenge);
    const loginResponse = challenge.response;
    const login = opaque.finishLogin({ clientLoginState, loginResponse, password: passphrase });
    if (login === undefined) return refusal("wrong-passphrase");
    const { finishLoginRequest: finish, sessionKey } = login;
    const proof = await passphraseProof("client", sessionKey, connection.binding);
    const expected = await passphraseProof("server", sessionKey, connection.binding);
    const proven = await ask({ type: "prove", finish, proof });
    if (proven.type === "proven" && proven.proof === expected) return "proven";
    // The challenge came from a server that knows the passphrase; only this connection does not end there.
    if (proven.type === "proven" || refusedBy(proven).code === "wrong-passphrase")
      throw new ConnectionFailure({ code: "in-between" });
    return refusedBy(proven);
  } finally {
    end();
  }
}

/** Sends one message at a time, and resolves to its answer. */
function conversation(
  connection: ServerConnection,
  clock: Clock,
): { ask(message: ClientMessage): Promise<LoginAnswer>; end(): void } {
  let next = Promise.withResolvers<LoginAnswer>();
  const cancel = clock.after(answerTimeoutMs, () => {
    next.resolve({ type: "refused", reason: { code: "no-answer" } });
  });
  connection.attach({
    message(message) {
      if (message.type === "challenge" || message.type === "proven") next.resolve(message);
      if (message.type === "goodbye") next.resolve({ type: "refused", reason: message });
    },
    voice() {},
    closed(why) {
      next.resolve({ type: "refused", reason: why ?? { code: "connection-lost", during: "login" } });
    },
  });
  return {
    async ask(message) {
      connection.send(message);
      const answer = await next.promise;
      // After a refusal nothing else is answered.
      if (answer.type !== "refused") next = Promise.withResolvers();
      return answer;
    },
    end: cancel,
  };
}

/** The refusal in an answer. Any other message at this point is out of order. */
function refusedBy(answer: LoginAnswer): ClosingReason {
  return answer.type === "refused" ? answer.reason : refusal("out-of-order");
}
