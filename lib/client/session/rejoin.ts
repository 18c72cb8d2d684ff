/** Attempts to be let into the room again whose connection was lost, as the same person. */
import type { Prompter } from "../api.ts";
import { passphraseCodes, refusedFailure, retryableCodes } from "./closing-codes.ts";
import type { HandshakeOptions, Introduction } from "./handshake.ts";
import { introduce } from "./handshake.ts";
import type { Joined } from "./join.ts";
import type { RoomTracker } from "./ports.ts";
import { askName, askPassphrase } from "./questions.ts";

export interface Rejoin {
  /**
   * Connects and says hello; false: not this time.
   * @throws {Failure} when there is no way back: another identity, or we are refused.
   */
  attempt(): Promise<boolean>;
  /** The search for the server ends: we are in. */
  pause(): void;
  /** Nothing is attempted any more; a connection that opens meanwhile is closed. */
  stop(): void;
}

export interface RejoinOptions extends HandshakeOptions {
  /** Resolves when joining is over: it may still be storing things when the connection is lost. */
  joined: Promise<Joined>;
  /** Absent: no person can be asked. */
  prompter: Prompter | undefined;
  /** The name that we had in the room. */
  name(): string;
  /** An attempt is worthwhile at once. */
  onChange(): void;
}

export function createRejoin(options: RejoinOptions): Rejoin {
  /** There from the first attempt after a loss to the welcome. */
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
        const link = await tracker.connect();
        if (link === undefined) return false;
        if (isStopped) {
          link.close();
          return true;
        }
        const answer = await introduce(link, introduction, options).catch(() => undefined);
        if (answer === "welcome") return true;
        link.close();
        if (answer === undefined || retryableCodes.has(answer.code)) return false;
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
