/** Joins a room: finds it, trusts its server, and is let in under a name. */
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { parseName } from "../../protocol/text.ts";
import type { Prompter } from "../api.ts";
import { passphraseCodes, refusedFailure } from "./closing-codes.ts";
import type { Answer, HandshakeOptions, Introduction } from "./handshake.ts";
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

/** What a session adds: `session` is the id by which a server recognises it. */
export interface JoinContext extends HandshakeOptions {
  options: JoinOptions;
  ports: Pick<SessionPorts, "findRoom" | "loadKey" | "names" | "prompter">;
  session: string;
  hearsVoice: boolean;
}

/** What it takes to reconnect. */
export interface Joined {
  room: Room;
  /** The identity that the server showed; undefined without TLS. */
  identity: string | undefined;
  introduction: Introduction;
}

/** A script that asked for no name takes the first free one of alice, alice-2, … */
const namesakesMax = 9;

/**
 * Joins a room and remembers its identity and the name.
 * @throws {Failure} with the exit status that product and protocol lay down.
 */
export async function joinRoom(context: JoinContext): Promise<Joined> {
  const { options, ports } = context;
  const { prompter } = ports;
  const room = await ports.findRoom();
  const introduction = await createIntroduction(room, context);
  const names = proposeNames(options, ports);
  for (let proposal = await names.next(); !proposal.done; proposal = await names.next(true)) {
    introduction.hello.name = proposal.value;
    const { answer, identity } = await attemptHandshake(room, introduction, context);
    if (answer === "welcome") {
      // A script's name that was made up is not the name of the person.
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

/** What we tell this room of ourselves; the name is still open. */
async function createIntroduction(room: Room, context: JoinContext): Promise<Introduction> {
  const { options, ports, session, hearsVoice: voice } = context;
  const { guest, client, passphrase } = options;
  const key = await ports.loadKey();
  const introduction: Introduction = {
    hello: { name: "", voice, client, session, ...(guest || !key.isKept ? { guest: true } : {}) },
    sign: (link) => key.sign(link, room.place),
    needsPassphrase: room.needsPassphrase,
  };
  if (passphrase !== undefined) introduction.passphrase = passphrase;
  else if (room.needsPassphrase && ports.prompter !== undefined)
    introduction.passphrase = await askPassphrase(ports.prompter, refusal("passphrase-needed"));
  return introduction;
}

/** One attempt to be let in, or several where a passphrase is to be found out. */
async function attemptHandshake(
  room: Room,
  introduction: Introduction,
  context: JoinContext,
): Promise<{ answer: Answer; identity: string | undefined }> {
  const { prompter } = context.ports;
  for (;;) {
    const link = await room.connect();
    const { identity } = link;
    try {
      const hasPassphrase = introduction.passphrase !== undefined;
      const remember =
        identity === undefined ? undefined : await room.checkIdentity?.(identity, hasPassphrase);
      const answer = await introduce(link, introduction, context);
      if (answer === "welcome") {
        await remember?.();
        return { answer, identity };
      }
      link.close();
      if (answer.code === "no-passphrase") throw refusedFailure(answer);
      if (!("message" in answer) || !passphraseCodes.has(answer.code)) return { answer, identity };
      if (prompter === undefined) throw refusedFailure(answer);
      introduction.passphrase = await askPassphrase(prompter, answer);
    } catch (thrown) {
      link.close();
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
