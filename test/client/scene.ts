/** A chat with short ways to let the person, the server and the microphone act. */
import type { Chat } from "../../lib/client/chat.ts";
import { createChat } from "../../lib/client/chat.ts";
import type { ChatEffect, VoiceNews } from "../../lib/client/chat-state.ts";
import { refusal } from "../../lib/protocol/errors.ts";
import type { ServerMessage } from "../../lib/protocol/messages.ts";
import type { ClientEvent, Intent } from "../../lib/terminal/events.ts";

export const at = "2026-11-22T10:00:00.000Z";

export interface Scene {
  chat: Chat;
  wish(intent: Intent): ChatEffect[];
  server(message: ServerMessage): ChatEffect[];
  /** A voice frame of somebody else. */
  hear(stream: number): ChatEffect[];
  voice(news: VoiceNews): ChatEffect[];
}

/** Alice, in a room with bob. */
export function createScene(voice = true): Scene {
  const chat = createChat({ refPrefix: "me", voice });
  const scene: Scene = {
    chat,
    wish: (intent) => chat.handle({ from: "person", intent }),
    server: (message) => chat.handle({ from: "server", message }),
    hear: (stream) => chat.handle({ from: "speaker", frame: frameOf(stream) }),
    voice: (news) => chat.handle({ from: "voice", news }),
  };
  scene.server(welcomeOf({}));
  return scene;
}

export function welcomeOf(fields: Partial<Extract<ServerMessage, { type: "welcome" }>>): ServerMessage {
  return {
    type: "welcome",
    protocol: 1,
    you: "alice",
    room: "Lab 3",
    members: ["bob"],
    lastId: 41,
    talking: [],
    ...fields,
  };
}

export const frameOf = (stream: number, sequence = 0) => ({
  stream,
  sequence,
  capturedAt: 0,
  payload: Uint8Array.of(1),
});

/** Effects as tests expect them. */
export const shown = (event: ClientEvent): ChatEffect => ({ do: "show", event });

/** What the server would say, as an error event has it. */
export function sentence(...[code, details]: Parameters<typeof refusal>): { code: string; message: string } {
  return { code, message: refusal(code, details).message };
}
