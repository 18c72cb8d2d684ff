/** From nothing to a member of a room: find it, trust it, and be let in under a name. */
import { exitStatus, Failure } from "../protocol/failure.ts";
import { limits } from "../protocol/limits.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import { protocolVersion } from "../protocol/messages.ts";
import { cleanLine, parseName } from "../protocol/text.ts";
import type { Asker } from "./asker.ts";
import { leaving } from "./asker.ts";
import { connect } from "./connect.ts";
import type { Found } from "./find.ts";
import { findRoom } from "./find.ts";
import type { Link, LinkSink } from "./link.ts";
import type { Store } from "./store.ts";
import { changedSentence, judge, readableIdentity, remember, serverPlace } from "./trust.ts";

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
  /** Wants to hear voice. */
  hearsVoice: boolean;
  /** Name and version of this program. */
  client: string;
  store: Store;
  /** None: nobody can be asked. */
  asker?: Asker;
  /** Told in a sentence what keeps rooms from being found. */
  onProblem: (message: string) => void;
  /** We are in. Whatever follows on the link goes to the sink that this returns. */
  onWelcome: (link: Link, welcome: Welcome) => LinkSink;
}

export type Welcome = Extract<ServerMessage, { type: "welcome" }>;

/** What a hello came to: in, or not, and why. */
type Answer = "welcome" | { code: string; message: string };

const answerWithinMs = 10_000;
/** A script that did not ask for a name gets the first free one of alice, alice-2, … */
const namesakesMax = 9;

/**
 * Joins a room and remembers its identity and the name.
 * @throws {Failure} with the exit status that product and protocol lay down.
 */
export async function joinRoom(options: JoinOptions): Promise<void> {
  const found = await find(options);
  const names = proposeNames(options);
  for (let proposal = await names.next(); !proposal.done; proposal = await names.next(true)) {
    const link = await connect(found.target);
    await checkIdentity(link, found, options);
    const answer = await sayHello(link, proposal.value, options);
    if (answer === "welcome") {
      // A name that was made up for a script is not the person's.
      const isChosen = options.name !== undefined || options.asker !== undefined;
      return isChosen ? options.store.keepLastName(proposal.value) : undefined;
    }
    link.close();
    if (answer.code !== "name-taken" && answer.code !== "name-invalid") throw refused(answer);
    options.asker?.note(cleanLine(answer.message));
    if (options.asker === undefined && !hasMore(options, proposal.value)) throw refused(answer);
  }
  throw leaving();
}

async function find(options: JoinOptions): Promise<Found> {
  const { server, room, plaintext, asker, onProblem } = options;
  if (server !== undefined) {
    const { host, port } = server;
    const target = { hosts: [host], port, tls: !plaintext };
    return { target, place: serverPlace(host, port), besides: [], shown: `${host}:${port}` };
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
  for (;;) {
    const answer = await asker.ask("Your name:", { fallback: name ?? proposal });
    if (answer === undefined) throw leaving();
    const accepted = parseName(answer);
    if (accepted !== undefined) yield accepted;
    else asker.note(`A name is 1 to ${limits.nameCharsMax} letters, digits, "_", "-" or ".".`);
  }
}

/** Whether a script has another name to try after this one. */
function hasMore({ name }: JoinOptions, tried: string): boolean {
  return name === undefined && !tried.endsWith(`-${namesakesMax}`);
}

async function checkIdentity(link: Link, found: Found, options: JoinOptions): Promise<void> {
  const { identity } = link;
  if (identity === undefined) return;
  const { store, asker, trustNewIdentity } = options;
  const known = await store.knownServers();
  const verdict = judge(known, found, identity);
  if (verdict === "known") return;
  if (verdict === "changed" && !trustNewIdentity) {
    link.close();
    const sentence = changedSentence(found.shown, identity, known[found.place] ?? []);
    throw new Failure("identity-changed", exitStatus.identityChanged, sentence);
  }
  await store.keepKnownServers(remember(known, found.place, identity, verdict));
  if (verdict === "first")
    asker?.note(`First time here. The server's identity is ${readableIdentity(identity)}`);
}

function sayHello(link: Link, name: string, options: JoinOptions): Promise<Answer> {
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
      owner = options.onWelcome(link, message);
      resolve("welcome");
    },
    voice: (frame) => owner?.voice(frame),
    closed(why) {
      owner?.closed(why);
      resolve(why ?? { code: "connection-lost", message: "The server closed the connection at once." });
    },
  });
  const { hearsVoice, client } = options;
  link.send({ type: "hello", protocol: protocolVersion, name, voice: hearsVoice, client });
  return promise.finally(() => clearTimeout(timer));
}

function refused({ code, message }: { code: string; message: string }): Failure {
  const isRefusal = code === "name-taken" || code === "name-invalid" || code === "room-full";
  return new Failure(cleanLine(code), isRefusal ? exitStatus.refused : exitStatus.failed, cleanLine(message));
}
