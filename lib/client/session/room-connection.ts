/** The connection to a room: the first one, and after each loss the next one to the same server. */
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import type { VoiceFrame } from "../../protocol/voice-frame.ts";
import type { ClosingReason } from "./closing-codes.ts";
import type { HandshakeOptions, Welcome } from "./handshake.ts";
import type { Joined, JoinOptions } from "./join.ts";
import { joinRoom } from "./join.ts";
import type { SessionPorts } from "./ports.ts";
import { createReconnect } from "./reconnect.ts";
import { createRejoin } from "./rejoin.ts";
import type { ServerConnection } from "./server-connection.ts";

export interface RoomConnection {
  /**
   * Joins the room; resolves after the welcome, when the name and the identity are stored.
   * @throws {Failure}
   */
  join(): Promise<void>;
  isOpen(): boolean;
  /** Without a connection, `send` and `sendVoice` do nothing. */
  send(message: ClientMessage): void;
  sendVoice(frame: VoiceFrame): void;
  /** No reconnect follows. */
  stop(): void;
}

export interface RoomConnectionSink {
  /** We are in, for the first time or again. */
  welcome(welcome: Welcome): void;
  message(message: ServerMessage): void;
  voice(frame: VoiceFrame): void;
  /** A frame of ours was dropped, because the server does not keep up. */
  voiceDropped(): void;
  /** The connection is gone, and why, if that is known. True: reconnect. */
  closed(why: ClosingReason | undefined): boolean;
  /** The server is there again, and does not let us in now; other attempts follow. */
  keptOut(why: ClosingReason): void;
  /** No reconnect can succeed. */
  ended(failure: unknown): void;
}

/** The connection of one session. `name`: our name in the room. */
export function createRoomConnection(
  options: JoinOptions,
  ports: SessionPorts,
  name: () => string,
  sink: RoomConnectionSink,
): RoomConnection {
  const { clock, random, loadOpaque, prompter } = ports;
  const joined = Promise.withResolvers<Joined>();
  let connection: ServerConnection | undefined;

  const handshake: HandshakeOptions = {
    clock,
    loadOpaque,
    onWelcome(opened, welcome) {
      connection = opened;
      reconnect.connected();
      rejoin.pause();
      sink.welcome(welcome);
      const { message, voice, voiceDropped } = sink;
      return { message, voice, voiceDropped, closed: (why) => closed(opened, why) };
    },
  };
  const rejoin = createRejoin({
    ...handshake,
    joined: joined.promise,
    prompter,
    name,
    onChange: () => reconnect.hurry(),
    onKeptOut: sink.keptOut,
  });
  const reconnect = createReconnect({ clock, random, attempt: rejoin.attempt, onFailure: sink.ended });

  function closed(lost: ServerConnection, why?: ClosingReason): void {
    if (connection !== lost) return;
    connection = undefined;
    if (sink.closed(why)) reconnect.lost();
  }

  return {
    join: () =>
      joinRoom({
        ...handshake,
        options,
        ports,
        sessionId: ports.newId(),
        hearsVoice: ports.openAudio !== undefined,
      }).then(joined.resolve),
    isOpen: () => connection !== undefined,
    send: (message) => connection?.send(message),
    sendVoice: (frame) => connection?.sendVoice(frame),
    stop() {
      reconnect.giveUp();
      rejoin.stop();
    },
  };
}
