/** A member of a room inside this process, for measuring what goes through a server without a client around it. */
import { connect } from "../../lib/client/connect.ts";
import type { Link } from "../../lib/client/link.ts";
import { protocolVersion, type ServerMessage } from "../../lib/protocol/messages.ts";
import type { VoiceFrame } from "../../lib/protocol/voice-frame.ts";
import type { Server } from "../../test/support/holler.ts";

export interface PeerEvents {
  message?: (message: ServerMessage) => void;
  voice?: (frame: VoiceFrame) => void;
}

/** Resolves when it is in. */
export async function joinAsPeer(server: Server, name: string, events: PeerEvents): Promise<Link> {
  const link = await connect({ hosts: ["127.0.0.1"], port: server.port, tls: true });
  const welcomed = Promise.withResolvers<void>();
  link.attach({
    message(message) {
      if (message.type === "welcome") welcomed.resolve();
      events.message?.(message);
    },
    voice: (frame) => events.voice?.(frame),
    closed: () => welcomed.reject(new Error(`${name} was not let in`)),
  });
  link.send({ type: "hello", protocol: protocolVersion, name, voice: true, client: "bench" });
  await welcomed.promise;
  return link;
}
