/** A session in a room that the tests play, with ports in memory. */
import type { ClientEvent, Prompter } from "../../../lib/client/api.ts";
import type { Room, SessionPorts } from "../../../lib/client/session/ports.ts";
import type { Session } from "../../../lib/client/session/session.ts";
import { createSession } from "../../../lib/client/session/session.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { welcome } from "../../support/fake-server.ts";
import type { FakeClock, FakeConnection } from "./fakes.ts";
import { createFakeClock, createFakeConnection, noOpaque, signature } from "./fakes.ts";

export interface Scene {
  session: Session;
  clock: FakeClock;
  events: ClientEvent[];
  /** The files that were written. */
  files: string[];
  /** Resolves when such an event is shown. */
  shown(event: ClientEvent["type"]): Promise<void>;
}

export type React = (message: ClientMessage, connection: FakeConnection) => void;

/** A session in a room that reacts like this; `ports` replaces some of its ports. */
export function createScene(react: React, ports: Partial<SessionPorts> = {}): Scene {
  const clock = createFakeClock();
  const events: ClientEvent[] = [];
  const files: string[] = [];
  const waiting = new Map<string, () => void>();
  const connect = async () => createFakeConnection(react);
  const room: Room = {
    place: "room:Lab 3",
    needsPassphrase: false,
    connect,
    track: () => ({ connect, close: () => Promise.resolve() }),
  };
  const session = createSession(
    { name: "alice", proposedName: "alice", guest: false, client: "test", earlierLines: 20 },
    {
      clock,
      random: () => 0,
      newId: () => "0a1b2c3d",
      show(event) {
        events.push(event);
        waiting.get(event.type)?.();
      },
      findRoom: () => Promise.resolve(room),
      names: { lastName: () => Promise.resolve(undefined), keepLastName: () => Promise.resolve() },
      loadKey: () => Promise.resolve({ isKept: true, sign: () => Promise.resolve(signature) }),
      readMarkers: { readMarkers: () => Promise.resolve({}), keepReadMarker: () => Promise.resolve() },
      async saveClip(file) {
        if (file.startsWith("nowhere/")) return { code: "save-failed", file, cause: "no-folder" };
        files.push(file);
        return undefined;
      },
      fingerprintWords: (key) => Promise.resolve(`words of ${key}`),
      loadOpaque: noOpaque,
      ...ports,
    },
  );
  return {
    session,
    clock,
    events,
    files,
    shown: (event) => new Promise((resolve) => waiting.set(event, resolve)),
  };
}

export const person: Prompter = { ask: () => Promise.resolve(undefined), tell() {} };

/** Lets every client in, and closes when it quits; anything else is reacted to like this. */
export function room(react: React = () => {}): React {
  return (message, connection) => {
    if (message.type === "hello") connection.receive(welcome);
    else if (message.type === "quit") connection.end();
    else react(message, connection);
  };
}

/** A room that does not answer. */
export const nowhere: React = () => {};

export const confirm: React = (message, connection) => {
  if (message.type !== "say") return;
  const { text, ref } = message;
  connection.receive({ type: "said", id: 1, from: "alice", text, at: "2026-11-22T10:00:00.000Z", ref });
};

/** A session that was welcomed, and the promise of its end. */
export async function joined(react: React, ports: Partial<SessionPorts> = {}) {
  const scene = createScene(react, ports);
  const welcomed = scene.shown("welcome");
  const left = scene.session.run();
  await welcomed;
  return { ...scene, left };
}
