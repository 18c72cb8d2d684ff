/** Runs the effects of the core: sends messages to connections, and calls the parts of the host. */
import { encodeFrame, voiceKind } from "../../protocol/frame.ts";
import { encodeServerMessage, serverMessages } from "../../protocol/messages.ts";
import type { CoreEffect, Send } from "../core.ts";
import { consoleId } from "../core.ts";
import type { ConnectionId } from "../session/identity.ts";
import type { Broadcast } from "./broadcast.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { ExecutableEffect } from "./commit-batch.ts";
import type { HostParts, PassphraseLogin } from "./host-parts.ts";

/** The parts of the host that effects act on. */
export interface EffectTargets extends Pick<HostParts, "archive" | "log" | "onAnswer"> {
  readonly connections: ReadonlyMap<ConnectionId, ClientConnection>;
  readonly broadcast: Broadcast;
  readonly passphraseLogin?: PassphraseLogin;
  /** Voice waits to be written. */
  isVoiceDue: boolean;
}

/** Runs one effect, whose outcomes are committed. */
export function runEffect(targets: EffectTargets, effect: ExecutableEffect): void {
  const nowMs = performance.now();
  const { connections, broadcast, archive } = targets;
  switch (effect.type) {
    case "send":
      return send(targets, effect, nowMs);
    case "relay":
      targets.isVoiceDue = true;
      return broadcast.send(effect, encodeFrame(voiceKind, effect.body), "voice", nowMs);
    case "unlock": {
      const { id, message } = effect;
      const connection = connections.get(id);
      if (connection === undefined) return;
      const binding = () => connection.channelBinding();
      return targets.passphraseLogin?.take({ id, address: connection.address, binding }, message);
    }
    case "history-query": {
      const { id, ref, query } = effect;
      return send(targets, { to: [id], message: { type: "history", ref, ...archive.history(query) } }, nowMs);
    }
    case "list-clips":
      return send(targets, { to: [effect.id], message: archive.listClips(effect) }, nowMs);
    case "fetch-clip":
      return send(targets, { to: [effect.id], message: archive.readClip(effect) }, nowMs);
    case "close": {
      const { id, why } = effect;
      const goodbye = why && encodeServerMessage({ type: "goodbye", ...why });
      broadcast.handOver(id, nowMs);
      return connections.get(id)?.close(goodbye, nowMs, why?.code === "too-slow");
    }
    case "log":
      return logEvent(targets, effect);
    default:
      effect satisfies never;
  }
}

function send(targets: EffectTargets, { to, except, message }: Omit<Send, "type">, nowMs: number): void {
  if (to[0] === consoleId) targets.onAnswer?.(message);
  const audience = except === undefined ? { to } : { to, except };
  targets.broadcast.send(audience, encodeServerMessage(message), serverMessages[message.type].lane, nowMs);
  if (message.type === "welcome") for (const id of to) targets.connections.get(id)?.welcomed();
}

function logEvent(
  { connections, log }: EffectTargets,
  { id, what, name, detail, by }: Extract<CoreEffect, { type: "log" }>,
): void {
  const address = connections.get(id)?.address ?? "";
  const details = { ...(detail === undefined ? {} : { detail }), ...(by === undefined ? {} : { by }) };
  log.event(what, { name, address, connection: id, ...details });
}
