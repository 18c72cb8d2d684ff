/** Rejoins the same room as the same person, after the connection was lost. */
import type { Prompter } from "../api.ts";
import type { ClosingReason } from "./closing-codes.ts";
import {
  ConnectionFailure,
  keptOutCodes,
  passphraseCodes,
  refusedFailure,
  retryableCodes,
} from "./closing-codes.ts";
import type { HandshakeOptions, HelloAnswer, Introduction } from "./handshake.ts";
import { introduce } from "./handshake.ts";
import type { Joined } from "./join.ts";
import type { RoomTracker } from "./ports.ts";
import { askName, askPassphrase } from "./questions.ts";
import type { ServerConnection } from "./server-connection.ts";

export interface Rejoin {
  /**
   * Connects and makes the handshake; false: it has failed, and may succeed later.
   * @throws {Failure} when no attempt can succeed: another identity, or a refusal.
   */
  attempt(): Promise<boolean>;
  /** A welcome came: the search for the server ends. */
  pause(): void;
  /** No attempt follows; a connection that opens meanwhile is closed. */
  stop(): void;
}

export interface RejoinOptions extends HandshakeOptions {
  /** Resolves when joining is complete: the connection may be lost while joining still stores the name and identity. */
  joined: Promise<Joined>;
  /** Absent: no person can be asked. */
  prompter: Prompter | undefined;
  /** The name that we had in the room. */
  name(): string;
  /** An attempt is worthwhile at once. */
  onChange(): void;
  /** The server is there, and does not let us in now. */
  onKeptOut(why: ClosingReason): void;
}

/** Rejoins the room that `joined` resolves to. */
export function createRejoin(options: RejoinOptions): Rejoin {
  /** Set from the first attempt after a loss until the welcome. */
  let search: { tracker: RoomTracker; introduction: Introduction } | undefined;
  let isStopped = false;

  function begin({ room, identity, introduction }: Joined): NonNullable<typeof search> {
    introduction.hello.name = options.name();
    return { tracker: room.track(identity, options.onChange), introduction };
  }

  function pause(): void {
    void search?.tracker.close();
    search = undefined;
  }

  return {
    async attempt() {
      const joined = await options.joined;
      if (isStopped) return true;
      search ??= begin(joined);
      const { tracker, introduction } = search;
      for (;;) {
        const connection = await tracker.connect();
        if (connection === undefined) return false;
        if (isStopped) {
          connection.close();
          return true;
        }
        const answer = await answerOf(connection, introduction, options);
        if (answer === "welcome") return true;
        connection.close();
        if (keptOutCodes.has(answer.code)) options.onKeptOut(answer);
        if (retryableCodes.has(answer.code)) return false;
        const { prompter } = options;
        if (prompter === undefined) throw refusedFailure(answer);
        if (answer.code === "name-taken") {
          prompter.tell({ type: "refused", error: answer });
          introduction.hello.name = await askName(prompter, introduction.hello.name);
        } else if ("message" in answer && passphraseCodes.has(answer.code)) {
          introduction.passphrase = await askPassphrase(prompter, answer);
        } else throw refusedFailure(answer);
      }
    },
    pause,
    stop() {
      isStopped = true;
      pause();
    },
  };
}

/** The answer to our hello. A server that gives none may answer the next one. */
async function answerOf(
  connection: ServerConnection,
  introduction: Introduction,
  options: HandshakeOptions,
): Promise<HelloAnswer> {
  try {
    return await introduce(connection, introduction, options);
  } catch (thrown) {
    if (thrown instanceof ConnectionFailure && thrown.reason.code === "no-answer") return thrown.reason;
    connection.close();
    throw thrown;
  }
}
