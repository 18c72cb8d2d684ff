/** Joins a room: finds it, checks the identity of its server, and makes the handshake under a name. */
import { backoffDelayMs } from "../../base/backoff.ts";
import { exitStatus, Failure } from "../../base/failure.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { parseName } from "../../protocol/text.ts";
import type { Prompter } from "../api.ts";
import type { ClosingReason } from "./closing-codes.ts";
import { busyCodes, passphraseCodes, refusedFailure } from "./closing-codes.ts";
import type { HandshakeOptions, HelloAnswer, Introduction } from "./handshake.ts";
import { introduce } from "./handshake.ts";
import type { Room, SessionPorts } from "./ports.ts";
import { askName, askPassphrase, Cancelled } from "./questions.ts";

export interface JoinOptions {
  /** The name that was asked for (`--name`). */
  name?: string;
  /** The name to propose when no other was used last. */
  proposedName: string;
  /** The name is not to belong to our key (`--guest`). */
  guest: boolean;
  /** The passphrase that was given, in its normal form: then the room must have it. */
  passphrase?: string;
  /** Name and version of this program. */
  client: string;
}

/** The options with what a session adds. `sessionId`: the id by which a server recognises the session. */
export interface JoinContext extends HandshakeOptions {
  options: JoinOptions;
  ports: Pick<SessionPorts, "findRoom" | "loadKey" | "names" | "prompter" | "random">;
  sessionId: string;
  hearsVoice: boolean;
}

/** Everything that a reconnect needs. */
export interface Joined {
  room: Room;
  /** The identity that the server showed; undefined without TLS. */
  identity: string | undefined;
  introduction: Introduction;
}

/** How long a server that stops, or is busy, is tried again. */
const busyTimeoutMs = 10_000;

/** A script that asked for no name takes the first free one of alice, alice-2, … */
const namesakesMax = 9;

/**
 * Joins a room and remembers its identity and the name.
 * @throws {Failure} when the server cannot be reached or refuses us.
 */
export async function joinRoom(context: JoinContext): Promise<Joined> {
  const { options, ports } = context;
  const { prompter } = ports;
  const room = await ports.findRoom();
  const introduction = await createIntroduction(room, context);
  const names = proposeNames(options, ports);
  for (let proposal = await names.next(); !proposal.done; proposal = await names.next(true)) {
    introduction.hello.name = proposal.value;
    const { answer, identity } = await handshakeWhileBusy(room, introduction, context);
    if (answer === "welcome") {
      // A name that was proposed for a script is not the person's choice.
      const isChosen = options.name !== undefined || prompter !== undefined;
      if (isChosen) await ports.names.keepLastName(proposal.value);
      return { room, identity, introduction };
    }
    if (answer.code !== "name-taken" && answer.code !== "name-invalid") throw refusedFailure(answer);
    prompter?.tell({ type: "refused", error: answer });
    if (prompter === undefined && !hasMore(options, proposal.value)) throw refusedFailure(answer);
  }
  throw new Cancelled();
}

/** The introduction for this room; the name is filled in later. */
async function createIntroduction(room: Room, context: JoinContext): Promise<Introduction> {
  const { options, ports, sessionId: session, hearsVoice: voice } = context;
  const { guest, client, passphrase } = options;
  const key = await ports.loadKey();
  const introduction: Introduction = {
    hello: { name: "", voice, client, session, ...(guest || !key.isKept ? { guest: true } : {}) },
    sign: (connection) => key.sign(connection, room.place),
    needsPassphrase: room.needsPassphrase,
  };
  if (passphrase !== undefined) introduction.passphrase = passphrase;
  else if (room.needsPassphrase && ports.prompter !== undefined)
    introduction.passphrase = await askPassphrase(ports.prompter, refusal("passphrase-needed"));
  return introduction;
}

interface HandshakeResult {
  answer: HelloAnswer;
  identity: string | undefined;
}

/** Attempts the handshake again while the server stops and starts, or is busy, but not for long. */
async function handshakeWhileBusy(
  room: Room,
  introduction: Introduction,
  context: JoinContext,
): Promise<HandshakeResult> {
  const { clock, ports } = context;
  const giveUpMs = clock.now().monotonicMs + busyTimeoutMs;
  const isOver = () => clock.now().monotonicMs >= giveUpMs;
  let wasBusy = false;
  for (let failures = 1; ; failures += 1) {
    try {
      const result = await attemptHandshake(room, introduction, context);
      if (result.answer === "welcome" || !isBusy(result.answer) || isOver()) return result;
      if (!wasBusy && "message" in result.answer)
        ports.prompter?.tell({ type: "refused", error: result.answer });
      wasBusy = true;
    } catch (thrown) {
      if (!(thrown instanceof Failure) || isOver()) throw thrown;
      // A server that is about to start again is not there for a moment.
      const isGone = wasBusy && thrown.status === exitStatus.failed;
      if (!isGone && !busyCodes.has(thrown.code)) throw thrown;
      wasBusy = true;
    }
    const delayMs = backoffDelayMs(failures, ports.random());
    await new Promise<void>((resolve) => void clock.after(delayMs, resolve));
  }
}

/** Many who come in at once meet a server that closes their connections, with its reason or before it can send one. */
function isBusy(answer: ClosingReason): boolean {
  return busyCodes.has(answer.code) || (answer.code === "connection-lost" && !("message" in answer));
}

/** One handshake; after a wrong or missing passphrase the person is asked, and it is attempted again. */
async function attemptHandshake(
  room: Room,
  introduction: Introduction,
  context: JoinContext,
): Promise<HandshakeResult> {
  const { prompter } = context.ports;
  for (;;) {
    const connection = await room.connect();
    const { identity } = connection;
    try {
      const hasPassphrase = introduction.passphrase !== undefined;
      const remember =
        identity === undefined ? undefined : await room.checkIdentity?.(identity, hasPassphrase);
      const answer = await introduce(connection, introduction, context);
      if (answer === "welcome") {
        await remember?.();
        return { answer, identity };
      }
      connection.close();
      if (answer.code === "no-passphrase") throw refusedFailure(answer);
      if (!("message" in answer) || !passphraseCodes.has(answer.code)) return { answer, identity };
      if (prompter === undefined) throw refusedFailure(answer);
      introduction.passphrase = await askPassphrase(prompter, answer);
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
  }
}

/** The names to try, one after another; a person is asked for each. */
async function* proposeNames(
  { name, proposedName }: JoinOptions,
  { names, prompter }: { names: SessionPorts["names"]; prompter?: Prompter },
): AsyncGenerator<string, void, boolean> {
  const proposal = parseName((await names.lastName()) ?? proposedName) ?? "guest";
  if (name !== undefined) yield name;
  if (prompter !== undefined) for (;;) yield await askName(prompter, name ?? proposal);
  if (name !== undefined) return;
  yield proposal;
  for (let number = 2; number <= namesakesMax; number += 1) {
    yield `${[...proposal].slice(0, limits.nameCharsMax - 2).join("")}-${number}`;
  }
}

/** Whether a script has another name to try after this one. */
function hasMore({ name }: JoinOptions, tried: string): boolean {
  return name === undefined && !tried.endsWith(`-${namesakesMax}`);
}
