/** A chat with short ways to let the person, the server and the microphone act. */

import type { AudioEvent, PlaybackReport } from "../../../lib/audio/events.ts";
import type { ClientEvent, Command } from "../../../lib/client/api.ts";
import type { Chat } from "../../../lib/client/core/chat.ts";
import { createChat } from "../../../lib/client/core/chat.ts";
import type { Now } from "../../../lib/client/core/ping-tracker.ts";
import type { ChatEffect, Sentence } from "../../../lib/client/core/state.ts";
import { refusal } from "../../../lib/protocol/errors.ts";
import type { ServerMessage } from "../../../lib/protocol/messages.ts";
import { countedRefs } from "../../support/refs.ts";

export const at = "2026-11-22T10:00:00.000Z";

export interface Scene {
  chat: Chat;
  /** Set it to let time pass. */
  now: Now;
  wish(intent: Command): ChatEffect[];
  server(message: ServerMessage): ChatEffect[];
  /** A voice frame of somebody else; `capturedAt` is on the server's clock. */
  hear(stream: number, capturedAt?: number): ChatEffect[];
  voice(news: AudioEvent): ChatEffect[];
  disk(error?: Sentence): ChatEffect[];
  /** No wish follows, or we leave at once. */
  session(wants: "finish" | "leave" | "give-up"): ChatEffect[];
  /** The connection is lost. */
  lose(): ChatEffect[];
  timer(): ChatEffect[];
}

/** When scenes begin: the wall clock, and that which only runs. */
export const start: Now = { wallMs: 1_000_000, monotonicMs: 5_000 };

/** Alice, in a room with bob. The first ping is sent and not answered. */
export function createScene(voice = true): Scene {
  const scene = beforeWelcome(voice);
  scene.server(welcomeOf({}));
  return scene;
}

/** Alice, who has not heard from the server. */
export function beforeWelcome(voice = true): Scene {
  const chat = createChat({ newRef: countedRefs("me"), voice, earlierLines: 20 });
  const scene: Scene = {
    chat,
    now: start,
    wish: (intent) => chat.handle({ type: "person", intent }, scene.now),
    server: (message) => chat.handle({ type: "server", message }, scene.now),
    hear: (stream, capturedAt = 0) =>
      chat.handle({ type: "speaker", frame: { ...frameOf(stream), capturedAt } }, scene.now),
    voice: (news) => chat.handle({ type: "voice", news }, scene.now),
    disk: (error) => chat.handle({ type: "disk", error }, scene.now),
    session: (wants) => chat.handle({ type: "session", wants }, scene.now),
    lose: () => chat.handle({ type: "link", state: "lost" }, scene.now),
    timer: () => chat.handle({ type: "timer" }, scene.now),
  };
  return scene;
}

/** A scene in which the floor was asked for and granted. */
export function createSpeaking() {
  const scene = createScene();
  scene.wish({ type: "record", seconds: 5, ref: "r1" });
  const granted = scene.server({ type: "floorGranted", ref: "me-1", stream: 7, seconds: 5 });
  return Object.assign(scene, { granted });
}

/** The turn of bob in `createListening`. */
export const bobsTurn = { stream: 8, from: "bob" };

/** A scene in which bob talks. */
export function createListening(): Scene {
  const scene = createScene();
  scene.server({ type: "voiceStarted", ...bobsTurn });
  return scene;
}

/** Lets time pass, ms. */
export function pass(scene: Scene, ms: number): void {
  scene.now = { wallMs: scene.now.wallMs + ms, monotonicMs: scene.now.monotonicMs + ms };
}

/** The server answers the ping that followed the welcome, after as long each way; its clock read 0 at the start. */
export function synchronise(scene: Scene, roundTripMs = 10): void {
  pass(scene, roundTripMs);
  scene.server({ type: "pong", sent: start.monotonicMs * 1_000, at: (roundTripMs / 2) * 1_000 });
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

/** How a stream came out of the speaker, perfectly unless told otherwise. */
export function played(stream: number, report: Partial<PlaybackReport> = {}): AudioEvent {
  return {
    type: "played",
    stream,
    frames: 50,
    concealed: 0,
    dropped: 0,
    missing: 0,
    jitterMs: 1,
    underruns: 0,
    ...report,
  };
}

/** Effects as tests expect them. */
export const shown = (event: ClientEvent): ChatEffect => ({ type: "show", event });

/** What the server would say, as an error event has it. */
export function sentence(...[code, details]: Parameters<typeof refusal>): { code: string; message: string } {
  return { code, message: refusal(code, details).message };
}
