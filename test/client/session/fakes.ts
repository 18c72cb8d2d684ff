/** A clock that tests move, and connections to servers that tests play. */
import type { Clock } from "../../../lib/client/session/clock.ts";
import type { HandshakeOptions, Welcome } from "../../../lib/client/session/handshake.ts";
import type { OpaqueClient } from "../../../lib/client/session/passphrase-login.ts";
import type {
  ServerConnection,
  ServerConnectionSink,
} from "../../../lib/client/session/server-connection.ts";
import { noChannelBinding } from "../../../lib/protocol/channel-binding.ts";
import type { ClientMessage, ServerMessage } from "../../../lib/protocol/messages.ts";

export interface FakeClock extends Clock {
  /** Lets time pass, ms: calls back what is due, in its order, and lets promises settle. */
  pass(ms: number): Promise<void>;
}

export function createFakeClock(): FakeClock {
  let nowMs = 1_000;
  const timers = new Set<{ atMs: number; run: () => void }>();

  return {
    now: () => ({ wallMs: 1_000_000 + nowMs, monotonicMs: nowMs }),
    after(ms, run) {
      const timer = { atMs: nowMs + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async pass(ms) {
      const endMs = nowMs + ms;
      await settled();
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
        await settled();
      }
      nowMs = endMs;
    },
  };
}

/** Everything that was resolved has been acted on. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
}

/** A connection whose server reacts like this to each message. */
export interface FakeConnection extends ServerConnection {
  readonly sent: ClientMessage[];
  isClosed: boolean;
  receive(...messages: ServerMessage[]): void;
  /** The server, or the network, ends the connection. */
  end(why?: { code: string; message: string }): void;
}

export function createFakeConnection(
  react: (message: ClientMessage, connection: FakeConnection) => void = () => {},
  identity?: string,
): FakeConnection {
  let sink: ServerConnectionSink | undefined;
  const connection: FakeConnection = {
    identity,
    binding: noChannelBinding,
    sent: [],
    isClosed: false,
    attach(owner) {
      sink = owner;
    },
    send(message) {
      connection.sent.push(message);
      queueMicrotask(() => {
        if (!connection.isClosed) react(message, connection);
      });
    },
    sendVoice() {},
    close() {
      connection.isClosed = true;
    },
    receive(...messages) {
      for (const message of messages) {
        sink?.message(message);
        if (message.type === "goodbye") connection.end(message);
      }
    },
    end(why) {
      if (connection.isClosed) return;
      connection.isClosed = true;
      sink?.closed(why);
    },
  };
  return connection;
}

export const goodbye = (code: string): ServerMessage => ({ type: "goodbye", code, message: `${code}.` });

export const noOpaque = (): Promise<OpaqueClient> => Promise.reject(new Error("no passphrase is expected"));

/** The options of handshakes, which note every welcome. */
export function handshakeOptions(clock: Clock): HandshakeOptions & { welcomes: Welcome[] } {
  const welcomes: Welcome[] = [];
  return {
    clock,
    loadOpaque: noOpaque,
    welcomes,
    onWelcome(_link, welcome) {
      welcomes.push(welcome);
      return { message() {}, voice() {}, closed() {} };
    },
  };
}

export const signature = { key: "k".repeat(43), signature: "s".repeat(86) };
