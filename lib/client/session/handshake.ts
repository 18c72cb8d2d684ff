/** The first words on a connection: who we are, and whether we are let in. */

import { exitStatus, Failure } from "../../base/failure.ts";
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { protocolVersion } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { Signed } from "../desktop/key-pair.ts";
import { unlock } from "./passphrase-login.ts";
import type { Link, LinkSink } from "./server-connection.ts";

export type Welcome = Extract<ServerMessage, { type: "welcome" }>;

/** What a hello came to: in, or not, and why. */
export type Answer = "welcome" | { code: string; message: string };

type Hello = Extract<ClientMessage, { type: "hello" }>;

/** What we say of ourselves, and how we show on each connection that it is us. */
export interface Introduction {
  hello: Omit<Hello, "type" | "protocol" | keyof Signed>;
  sign(link: Link): Signed;
  /** To be proven before the hello, and by the server, too. */
  passphrase?: string;
  /** The room's record says so: a server that lets us in without one is not the one that was meant. */
  needsPassphrase?: boolean;
}

const answerWithinMs = 10_000;

/**
 * Proves the passphrase, if there is one, and says hello; nothing at all where one is needed and there is none. Once we are in, whatever follows on the link goes to the sink
 * that `onWelcome` returns.
 * @throws {Failure} `no-answer`, or `in-between`: the passphrase was right, but somebody sits in the middle.
 */
export async function introduce(
  link: Link,
  introduction: Introduction,
  onWelcome: (link: Link, welcome: Welcome) => LinkSink,
): Promise<Answer> {
  const { passphrase, needsPassphrase } = introduction;
  if (passphrase === undefined && needsPassphrase) return refusal("passphrase-needed");
  const unlocked = passphrase === undefined ? "proven" : await unlock(link, passphrase);
  return unlocked === "proven" ? sayHello(link, introduction, onWelcome) : unlocked;
}

function sayHello(
  link: Link,
  introduction: Introduction,
  onWelcome: (link: Link, welcome: Welcome) => LinkSink,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => {
    const why = "The server was reached, but does not answer. Try again later.";
    reject(new Failure("no-answer", exitStatus.failed, why));
    link.close();
  }, answerWithinMs);
  let owner: LinkSink | undefined;
  link.attach({
    message(message) {
      if (owner !== undefined) return owner.message(message);
      if (message.type === "goodbye") resolve(message);
      if (message.type !== "welcome") return;
      owner = onWelcome(link, message);
      resolve("welcome");
    },
    voice: (frame) => owner?.voice(frame),
    voiceDropped: () => owner?.voiceDropped?.(),
    closed(why) {
      owner?.closed(why);
      resolve(why ?? { code: "connection-lost", message: "The server closed the connection at once." });
    },
  });
  link.send({ type: "hello", protocol: protocolVersion, ...introduction.hello, ...introduction.sign(link) });
  return promise.finally(() => clearTimeout(timer));
}

/** Codes of a goodbye that says: not you, or not now. Anything else went wrong. */
const refusals: ReadonlySet<string> = new Set([
  "name-taken",
  "name-invalid",
  "room-full",
  "address-full",
  "room-locked",
  "banned",
  "bad-signature",
  "passphrase-needed",
  "no-passphrase",
  "wrong-passphrase",
  "too-many-tries",
]);

/** What ends the program when it is not let in, or not any more. */
export function notLetIn({ code, message }: { code: string; message: string }): Failure {
  const status = refusals.has(code) ? exitStatus.refused : exitStatus.failed;
  return new Failure(cleanLine(code), status, cleanLine(message));
}
