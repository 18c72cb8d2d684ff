/** Asks for the passphrase: what was begun on which connection, and how often each address may try. */
import { timingSafeEqual } from "node:crypto";
import { passphraseProof } from "../../protocol/channel-binding.ts";
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import type { Tries } from "../admission/login-throttle.ts";
import type { ConnectionId } from "../session/identity.ts";
import type { OpaqueServer } from "./opaque.ts";

export type UnlockMessage = Extract<ClientMessage, { type: "unlock" | "prove" }>;

/** What unlocking needs to know of a connection. */
export interface Applicant {
  id: ConnectionId;
  /** Whose tries are counted. */
  address: string;
  binding(): Uint8Array;
}

export interface UnlockingSink {
  send(id: ConnectionId, message: ServerMessage): void;
  /** The passphrase was proven on this connection. */
  unlocked(id: ConnectionId): void;
  refuse(id: ConnectionId, why: Refusal): void;
}

export interface Unlocking {
  /** One of the two messages came, in their order. */
  take(applicant: Applicant, message: UnlockMessage): void;
  /** The connection is gone. */
  forget(id: ConnectionId): void;
}

export function createUnlocking(opaque: OpaqueServer, tries: Tries, sink: UnlockingSink): Unlocking {
  /** Between the two messages: the answer that is held back, then what OPAQUE remembers of it. */
  const begun = new Map<ConnectionId, { timer: Timer } | { state: string }>();

  function begin({ id, address }: Applicant, request: string): void {
    const attempt = tries.begin(address, performance.now());
    if (attempt.type === "refused")
      return sink.refuse(id, refusal("too-many-tries", { seconds: attempt.seconds }));
    begun.set(id, { timer: setTimeout(answer, attempt.delayMs, id, request) });
  }

  function answer(id: ConnectionId, request: string): void {
    const started = opaque.start(request);
    if (started === undefined) return sink.refuse(id, refusal("bad-message", { at: "unlock.request" }));
    begun.set(id, { state: started.state });
    sink.send(id, { type: "challenge", response: started.response });
  }

  function finish({ id, address, binding }: Applicant, finish: string, proof: string): void {
    const one = begun.get(id);
    if (one === undefined || !("state" in one)) return sink.refuse(id, refusal("out-of-order"));
    begun.delete(id);
    const sessionKey = opaque.finish(one.state, finish);
    if (sessionKey === undefined || !isEqual(proof, passphraseProof("client", sessionKey, binding())))
      return sink.refuse(id, refusal("wrong-passphrase"));
    tries.succeeded(address);
    sink.send(id, { type: "proven", proof: passphraseProof("server", sessionKey, binding()) });
    sink.unlocked(id);
  }

  return {
    take: (applicant, message) =>
      message.type === "unlock"
        ? begin(applicant, message.request)
        : finish(applicant, message.finish, message.proof),
    forget(id) {
      const one = begun.get(id);
      if (one !== undefined && "timer" in one) clearTimeout(one.timer);
      begun.delete(id);
    },
  };
}

/** In a time that does not tell how much of it was right. */
function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
