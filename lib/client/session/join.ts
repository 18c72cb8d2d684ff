/** From nothing to a member of a room: find it, trust it, and be let in under a name. */

import { exitStatus, Failure } from "../../base/failure.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { cleanLine, parseName } from "../../protocol/text.ts";
import type { Store } from "../desktop/config-store.ts";
import { connect } from "../desktop/connect.ts";
import type { Found } from "../desktop/find-room.ts";
import { findRoom } from "../desktop/find-room.ts";
import { signHello, signInTheOpen } from "../desktop/key-pair.ts";
import type { Verdict } from "../desktop/known-hosts.ts";
import {
  changedSentence,
  isVerified,
  judge,
  readableIdentity,
  remember,
  serverPlace,
  verify,
} from "../desktop/known-hosts.ts";
import type { Answer, Introduction, Welcome } from "./handshake.ts";
import { introduce, notLetIn } from "./handshake.ts";
import type { Prompter } from "./prompter.ts";
import { leaving } from "./prompter.ts";
import type { Known } from "./reconnect.ts";
import { askName, askPassphrase, wantsPassphrase } from "./reconnect.ts";
import type { Link, LinkSink } from "./server-connection.ts";

export interface JoinOptions {
  /** As given by `--name`. */
  name?: string;
  /** The name to propose: the login name, unless another was used last. */
  loginName: string;
  /** As given by `--server`: goes straight there. */
  server?: { host: string; port: number };
  /** As given by `--room`. */
  room?: string;
  plaintext: boolean;
  trustNewIdentity: boolean;
  /** As given by `--guest`: the name is not to belong to us. */
  guest: boolean;
  /** As given by HOLLER_PASSPHRASE, in its normal form: then the room must have it. */
  passphrase?: string;
  /** Wants to hear voice. */
  hearsVoice: boolean;
  /** Name and version of this program. */
  client: string;
  /** By which a server knows this very run of the program again. */
  session: string;
  store: Store;
  /** None: nobody can be asked. */
  asker?: Prompter;
  /** Told in a sentence what keeps rooms from being found. */
  onProblem: (message: string) => void;
  /** We are in. Whatever follows on the link goes to the sink that this returns. */
  onWelcome: (link: Link, welcome: Welcome) => LinkSink;
}

/** A script that did not ask for a name gets the first free one of alice, alice-2, … */
const namesakesMax = 9;

/** What we say of ourselves, and where that was. */
export interface Joined extends Known {
  introduction: Introduction;
}

/**
 * Joins a room and remembers its identity and the name; resolves to what it takes to come back.
 * @throws {Failure} with the exit status that product and protocol lay down.
 */
export async function joinRoom(options: JoinOptions): Promise<Joined> {
  const found = await find(options);
  const introduction = await introductionAt(found, options);
  const names = proposeNames(options);
  for (let proposal = await names.next(); !proposal.done; proposal = await names.next(true)) {
    introduction.hello.name = proposal.value;
    const { answer, identity } = await knock(found, introduction, options);
    if (answer === "welcome") {
      // A name that was made up for a script is not the person's.
      const isChosen = options.name !== undefined || options.asker !== undefined;
      if (isChosen) await options.store.keepLastName(proposal.value);
      return { found, identity, introduction };
    }
    if (answer.code !== "name-taken" && answer.code !== "name-invalid") throw notLetIn(answer);
    options.asker?.note(cleanLine(answer.message));
    if (options.asker === undefined && !hasMore(options, proposal.value)) throw notLetIn(answer);
  }
  throw leaving();
}

/** Who we are there; the name is still open. */
async function introductionAt(found: Found, options: JoinOptions): Promise<Introduction> {
  const { store, hearsVoice: voice, guest, client, session, asker, passphrase } = options;
  const { pem, isKept } = await store.key();
  const introduction: Introduction = {
    hello: { name: "", voice, client, session, ...(guest || !isKept ? { guest: true } : {}) },
    sign: ({ identity, binding }) =>
      identity === undefined ? signInTheOpen(pem, found.place, binding) : signHello(pem, binding),
    needsPassphrase: found.needsPassphrase,
  };
  if (passphrase !== undefined) introduction.passphrase = passphrase;
  else if (found.needsPassphrase && asker !== undefined)
    introduction.passphrase = await askPassphrase(asker, refusal("passphrase-needed"));
  return introduction;
}

/** One attempt to be let in, or several where a passphrase is to be found out. */
async function knock(
  found: Found,
  introduction: Introduction,
  options: JoinOptions,
): Promise<{ answer: Answer; identity: string | undefined }> {
  const { asker, onWelcome } = options;
  for (;;) {
    const link = await connect(found.target);
    const { identity } = link;
    try {
      const verdict = await judgeIdentity(link, found, introduction, options);
      const answer = await introduce(link, introduction, onWelcome);
      if (answer === "welcome") await keepIdentity(found, identity, verdict, introduction, options);
      if (answer === "welcome") return { answer, identity };
      link.close();
      if (answer.code === "no-passphrase") throw notLetIn({ ...answer, message: noPassphrase });
      if (!wantsPassphrase.has(answer.code)) return { answer, identity };
      if (asker === undefined) throw notLetIn({ ...answer, message: `${answer.message} ${passphraseHint}` });
      introduction.passphrase = await askPassphrase(asker, answer);
    } catch (thrown) {
      link.close();
      throw thrown;
    }
  }
}

const passphraseHint = "Set HOLLER_PASSPHRASE to it.";
const noPassphrase =
  "A passphrase was expected here, but this server asks for none: it is another room, or somebody pretends to be it. " +
  "If you know that it has none, unset HOLLER_PASSPHRASE.";

async function find(options: JoinOptions): Promise<Found> {
  const { server, room, plaintext, asker, onProblem } = options;
  if (server !== undefined) {
    const { host, port } = server;
    const target = { hosts: [host], port, tls: !plaintext };
    return {
      target,
      isNamed: true,
      needsPassphrase: false,
      place: serverPlace(host, port),
      besides: [],
      shown: `${host}:${port}`,
    };
  }
  const known = await options.store.knownServers();
  return findRoom({ room, plaintext, known, asker, onProblem });
}

/** The names to try, one after another; each is asked for where somebody can be asked. */
async function* proposeNames({
  name,
  loginName,
  asker,
  store,
}: JoinOptions): AsyncGenerator<string, void, boolean> {
  const proposal = parseName((await store.lastName()) ?? loginName) ?? "guest";
  if (name !== undefined) yield name;
  if (asker === undefined) {
    if (name !== undefined) return;
    yield proposal;
    for (let number = 2; number <= namesakesMax; number += 1) {
      yield `${[...proposal].slice(0, limits.nameCharsMax - 2).join("")}-${number}`;
    }
    return;
  }
  for (;;) yield await askName(asker, name ?? proposal);
}

/** Whether a script has another name to try after this one. */
function hasMore({ name }: JoinOptions, tried: string): boolean {
  return name === undefined && !tried.endsWith(`-${namesakesMax}`);
}

/** @throws {Failure} `identity-changed` */
async function judgeIdentity(
  { identity }: Link,
  found: Found,
  { passphrase }: Introduction,
  { store, asker, trustNewIdentity }: JoinOptions,
): Promise<Verdict> {
  if (identity === undefined) return "known";
  const known = await store.knownServers();
  const verdict = judge(known, found, identity);
  if (verdict === "changed" && !trustNewIdentity) {
    const sentence = changedSentence(found.shown, identity, known[found.place] ?? []);
    throw new Failure("identity-changed", exitStatus.identityChanged, sentence);
  }
  // With a passphrase, the server proves itself.
  if (verdict === "first" && passphrase === undefined)
    asker?.note(`First time here. The server's identity is ${readableIdentity(identity)}`);
  return verdict;
}

/** Only of a server that let us in: where a passphrase is needed, it has proven that it knows it. */
async function keepIdentity(
  { place }: Found,
  identity: string | undefined,
  verdict: Verdict,
  { passphrase }: Introduction,
  { store, asker }: JoinOptions,
): Promise<void> {
  if (identity === undefined) return;
  const known = await store.knownServers();
  const isNewlyVerified = passphrase !== undefined && !isVerified(known, identity);
  if (verdict === "known" && !isNewlyVerified) return;
  const met = remember(known, place, identity, verdict);
  await store.keepKnownServers(isNewlyVerified ? verify(met, identity) : met);
  if (isNewlyVerified)
    asker?.note(`The server knows the passphrase, too. Its identity is ${readableIdentity(identity)}`);
}
