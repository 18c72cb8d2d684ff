/** From nothing to a member of a room: find it, trust it, and be let in under a name. */
import { exitStatus, Failure } from "../protocol/failure.ts";
import { limits } from "../protocol/limits.ts";
import { cleanLine, parseName } from "../protocol/text.ts";
import type { Asker } from "./asker.ts";
import { leaving } from "./asker.ts";
import { connect } from "./connect.ts";
import type { Found } from "./find.ts";
import { findRoom } from "./find.ts";
import type { Introduction, Welcome } from "./hello.ts";
import { notLetIn, sayHello } from "./hello.ts";
import type { Link, LinkSink } from "./link.ts";
import { type Signed, signHello, signInTheOpen } from "./person.ts";
import type { Known } from "./reconnect.ts";
import { askName } from "./reconnect.ts";
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
  /** By which a server knows this very run of the program again. */
  session: string;
  store: Store;
  /** None: nobody can be asked. */
  asker?: Asker;
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
  const { pem, isKept } = await options.store.key();
  const { hearsVoice: voice, client, session } = options;
  const names = proposeNames(options);
  for (let proposal = await names.next(); !proposal.done; proposal = await names.next(true)) {
    const link = await connect(found.target);
    await checkIdentity(link, found, options);
    const introduction = {
      hello: { name: proposal.value, voice, client, session, ...(isKept ? {} : { guest: true }) },
      sign: (on: Link): Signed =>
        on.identity === undefined ? signInTheOpen(pem, found.place, on.binding) : signHello(pem, on.binding),
    };
    const answer = await sayHello(link, introduction, options.onWelcome);
    if (answer === "welcome") {
      // A name that was made up for a script is not the person's.
      const isChosen = options.name !== undefined || options.asker !== undefined;
      if (isChosen) await options.store.keepLastName(proposal.value);
      return { found, identity: link.identity, introduction };
    }
    link.close();
    if (answer.code !== "name-taken" && answer.code !== "name-invalid") throw notLetIn(answer);
    options.asker?.note(cleanLine(answer.message));
    if (options.asker === undefined && !hasMore(options, proposal.value)) throw notLetIn(answer);
  }
  throw leaving();
}

async function find(options: JoinOptions): Promise<Found> {
  const { server, room, plaintext, asker, onProblem } = options;
  if (server !== undefined) {
    const { host, port } = server;
    const target = { hosts: [host], port, tls: !plaintext };
    return { target, isNamed: true, place: serverPlace(host, port), besides: [], shown: `${host}:${port}` };
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
