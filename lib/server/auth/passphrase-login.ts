/** Checks the passphrase of each connection by OPAQUE, and limits how often an address may attempt it. */
import { timingSafeEqual } from "node:crypto";
import { passphraseProof } from "../../protocol/channel-binding.ts";
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessageOf, ServerMessage } from "../../protocol/messages.ts";
import type { LoginThrottle } from "../admission/login-throttle.ts";
import type { OpaqueServer } from "./opaque.ts";

/** The two messages of a login, in their order. */
export type LoginMessage = ClientMessageOf<"unlock" | "prove">;

/** The connection that attempts the passphrase. */
export interface LoginConnection {
  id: number;
  /** The address for which the attempt is counted. */
  address: string;
  /** The channel binding of its TLS connection. */
  binding(): Uint8Array;
}

export interface PassphraseLoginSink {
  send(id: number, message: ServerMessage): void;
  /** The connection has proven that it knows the passphrase. */
  unlocked(id: number): void;
  refuse(id: number, why: Refusal): void;
}

export interface PassphraseLogin {
  take(connection: LoginConnection, message: LoginMessage): void;
  /** The connection was closed. */
  forget(id: number): void;
}

/** A login without connections. */
export function createPassphraseLogin(
  opaque: OpaqueServer,
  throttle: LoginThrottle,
  sink: PassphraseLoginSink,
): PassphraseLogin {
  /** For each connection: the delayed answer, then the state of OPAQUE, then the check of its proof. */
  const started = new Map<number, { timer: Timer } | { state: string } | "checking">();

  function start({ id, address }: LoginConnection, request: string): void {
    const attempt = throttle.attempt(address, performance.now());
    if (attempt.type === "refused")
      return sink.refuse(id, refusal("too-many-tries", { seconds: attempt.seconds }));
    started.set(id, { timer: setTimeout(answer, attempt.delayMs, id, request) });
  }

  function answer(id: number, request: string): void {
    const challenge = opaque.start(request);
    if (challenge === undefined) return sink.refuse(id, refusal("bad-message", { at: "unlock.request" }));
    started.set(id, { state: challenge.state });
    sink.send(id, { type: "challenge", response: challenge.response });
  }

  function finish({ id, address, binding }: LoginConnection, finish: string, proof: string): void {
    const login = started.get(id);
    if (login === undefined || login === "checking" || !("state" in login))
      return sink.refuse(id, refusal("out-of-order"));
    started.delete(id);
    const sessionKey = opaque.finish(login.state, finish);
    if (sessionKey === undefined) return sink.refuse(id, refusal("wrong-passphrase"));
    started.set(id, "checking");
    void checkProof(sessionKey, binding(), proof).then((ownProof) => {
      // The connection may be closed by now.
      if (!started.delete(id)) return;
      if (ownProof === undefined) return sink.refuse(id, refusal("wrong-passphrase"));
      throttle.succeeded(address);
      sink.send(id, { type: "proven", proof: ownProof });
      sink.unlocked(id);
    });
  }

  return {
    take: (connection, message) =>
      message.type === "unlock"
        ? start(connection, message.request)
        : finish(connection, message.finish, message.proof),
    forget(id) {
      const login = started.get(id);
      if (typeof login === "object" && "timer" in login) clearTimeout(login.timer);
      started.delete(id);
    },
  };
}

/** The server's own proof when that of the client is right; undefined when it is wrong. */
async function checkProof(
  sessionKey: string,
  binding: Uint8Array,
  proof: string,
): Promise<string | undefined> {
  const expected = await passphraseProof("client", sessionKey, binding);
  return isEqual(proof, expected) ? passphraseProof("server", sessionKey, binding) : undefined;
}

/** Compares in constant time, so that the time does not tell how many characters were right. */
function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
