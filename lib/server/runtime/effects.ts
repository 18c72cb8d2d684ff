/** What the room's effects come to: messages for connections, and what is asked of the shelves. */
import { encodeFrame, voiceKind } from "../../protocol/frame.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import { encodeServerMessage } from "../../protocol/messages.ts";
import type { Silence } from "../../transport/heartbeat.ts";
import type { Log } from "../admin/log.ts";
import type { PassphraseLogin, PassphraseLoginSink } from "../auth/passphrase-login.ts";
import type { Core, CoreInput } from "../core.ts";
import { consoleId } from "../core.ts";
import type { Send } from "../room/state.ts";
import type { ConnectionId } from "../session/identity.ts";
import type { SqliteClips } from "../storage/clips.ts";
import type { IsolatedHistory } from "../storage/lines.ts";
import type { SqliteRegistry } from "../storage/registry.ts";
import type { FanOut } from "./broadcast.ts";
import type { Connection, Transport } from "./client-connection.ts";
import type { Delivered, Turn } from "./commit-batch.ts";

/** Where what must outlive the room is kept, and who is told what. */
export interface HostParts {
  room: Core;
  log: Log;
  shelf: Pick<SqliteClips, "keep" | "forget" | "list" | "read">;
  history: IsolatedHistory;
  registry: Pick<SqliteRegistry, "apply" | "used" | "isDirty" | "write">;
  /** Who judges passphrases; none: nobody asks for one. */
  createUnlocking?(sink: PassphraseLoginSink): PassphraseLogin;
  /** Reads what answers `command`. */
  onAnswer?(message: ServerMessage): void;
}

/** One connection. */
export interface Hosted {
  connection: Connection;
  wire: Transport;
  address: string;
  silence: Silence;
  /** Ends it here and now, whatever the network says. */
  cut(): void;
}

/** What a host consists of. */
export interface HostState extends Readonly<HostParts> {
  readonly unlocking?: PassphraseLogin;
  readonly turn: Turn;
  readonly connections: Map<ConnectionId, Hosted>;
  /** What the room has yet to be fed with. */
  readonly inputs: CoreInput[];
  isRunning: boolean;
  readonly fanOut: FanOut;
  willEndTurn: boolean;
  timer?: Timer;
  /** What the timer waits for. */
  tickAtMs: number | undefined;
  /** The last connection is gone. */
  allGone?: () => void;
}

/** Does it, here and now. */
export function runEffect(host: HostState, effect: Delivered): void {
  const nowMs = performance.now();
  switch (effect.type) {
    case "send":
      return send(host, effect, nowMs);
    case "relay":
      return host.fanOut.deliver(effect, encodeFrame(voiceKind, effect.body), "voice", nowMs);
    case "registry-change":
      return host.registry.apply(effect.change);
    case "unlock": {
      const { id, message } = effect;
      const { wire, address } = host.connections.get(id) ?? {};
      if (wire !== undefined && address !== undefined)
        host.unlocking?.take({ id, address, binding: () => wire.binding() }, message);
      return;
    }
    case "answered":
      return host.connections.get(effect.id)?.connection.answered(effect.sent, nowMs);
    case "history-query": {
      const { id, ref, query: recall } = effect;
      const message = { type: "history" as const, ref, ...host.history.page(recall) };
      return send(host, { to: [id], message }, nowMs);
    }
    case "clip": {
      const { clip, packets, to, ended } = effect;
      const isKept = host.shelf.keep(clip, packets);
      return send(host, { to, message: isKept ? { ...ended, clip: clip.clip } : ended }, nowMs);
    }
    case "clips-forgotten":
      return host.shelf.forget(effect.clips);
    case "list-clips":
      return send(host, { to: [effect.id], message: host.shelf.list(effect) }, nowMs);
    case "fetch-clip":
      return send(host, { to: [effect.id], message: host.shelf.read(effect) }, nowMs);
    case "close": {
      const goodbye = effect.why && encodeServerMessage({ type: "goodbye", ...effect.why });
      const connection = host.connections.get(effect.id)?.connection;
      host.fanOut.settle(effect.id, nowMs);
      // Behind all that was not read, the reason would not be read either.
      if (effect.why?.code === "too-slow") connection?.abandon();
      return connection?.close(goodbye, nowMs);
    }
    case "log": {
      const address = host.connections.get(effect.id)?.address ?? "";
      const { id, name, detail, by, what } = effect;
      const details = { ...(detail === undefined ? {} : { detail }), ...(by === undefined ? {} : { by }) };
      return host.log.event(what, { name, address, connection: id, ...details });
    }
  }
}

function send(host: HostState, delivery: Omit<Send, "type">, nowMs: number): void {
  const { to, message } = delivery;
  if (to[0] === consoleId) host.onAnswer?.(message);
  const traffic = message.type === "joined" || message.type === "left" ? "presence" : "text";
  host.fanOut.deliver(delivery, encodeServerMessage(message), traffic, nowMs);
}
