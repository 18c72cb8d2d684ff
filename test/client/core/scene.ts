/** A chat with short ways to feed it what the person, the server and the sound system do. */

import type { AudioEvent, PlaybackReport } from "../../../lib/audio/events.ts";
import type { Now } from "../../../lib/base/now.ts";
import type { ClientEvent, Command, SaveError } from "../../../lib/client/api.ts";
import type { Chat } from "../../../lib/client/core/chat.ts";
import { createChat } from "../../../lib/client/core/chat.ts";
import type { ChatEffect } from "../../../lib/client/core/chat-io.ts";
import { refusal } from "../../../lib/protocol/errors.ts";
import type { ServerMessage, ServerMessageOf } from "../../../lib/protocol/messages.ts";
import { countedRefs } from "../../support/refs.ts";

export const at = "2026-11-22T10:00:00.000Z";

export interface Scene {
  chat: Chat;
  /** Set it to let time pass. */
  now: Now;
  command(command: Command): ChatEffect[];
  server(message: ServerMessage): ChatEffect[];
  /** A voice frame of another person; `capturedAt` is on the server's clock. */
  frame(stream: number, capturedAt?: number): ChatEffect[];
  audio(event: AudioEvent): ChatEffect[];
  clipSaved(error?: SaveError): ChatEffect[];
  end(how: "finish" | "leave" | "give-up"): ChatEffect[];
  /** The connection is lost. */
  lose(): ChatEffect[];
  tick(): ChatEffect[];
}

/** The time at which scenes begin, on the wall clock and on the monotonic clock. */
export const start: Now = { wallMs: 1_000_000, monotonicMs: 5_000 };

/** Alice, in a room with bob. The first ping is sent and not answered. */
export function createScene(voice = true): Scene {
  const scene = beforeWelcome(voice);
  scene.server(welcomeOf({}));
  return scene;
}

/** Alice, who waits for her welcome. */
export function beforeWelcome(voice = true): Scene {
  const chat = createChat({ newRef: countedRefs("me"), voice, earlierLines: 20 });
  const scene: Scene = {
    chat,
    now: start,
    command: (command) => chat.handle({ type: "command", command }, scene.now),
    server: (message) => chat.handle({ type: "server-message", message }, scene.now),
    frame: (stream, capturedAt = 0) =>
      chat.handle({ type: "voice-frame", frame: { ...frameOf(stream), capturedAt } }, scene.now),
    audio: (event) => chat.handle({ type: "audio-event", event }, scene.now),
    clipSaved: (error) => chat.handle({ type: "clip-saved", error }, scene.now),
    end: (how) => chat.handle({ type: how }, scene.now),
    lose: () => chat.handle({ type: "connection-lost" }, scene.now),
    tick: () => chat.handle({ type: "tick" }, scene.now),
  };
  return scene;
}

/** A scene in which the floor was asked for and granted. */
export function createSpeaking() {
  const scene = createScene();
  scene.command({ type: "record", seconds: 5, ref: "r1" });
  const granted = scene.server({ type: "floorGranted", ref: "me-1", stream: 7, seconds: 5 });
  return Object.assign(scene, { granted });
}

/** The transmission of bob in `createListening`. */
export const bobsStream = { stream: 8, from: "bob" };

/** A scene in which bob talks. */
export function createListening(): Scene {
  const scene = createScene();
  scene.server({ type: "voiceStarted", ...bobsStream });
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

export function welcomeOf(fields: Partial<ServerMessageOf<"welcome">>): ServerMessageOf<"welcome"> {
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

/** The report of a stream that was played, without any loss unless `report` says so. */
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

/** The refusal of the server with this code, as an error event has it. */
export function sentence(...[code, details]: Parameters<typeof refusal>): { code: string; message: string } {
  return { code, message: refusal(code, details).message };
}
