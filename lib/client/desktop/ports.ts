/** Implements the ports of a session for the terminal client: mDNS, sockets, and the files of the config folder. */
import type { ClientEvent, Prompter } from "../api.ts";
import { systemClock } from "../session/clock.ts";
import type { Room, SessionPorts } from "../session/ports.ts";
import type { Store } from "./config-store.ts";
import { shownAddress } from "./connect.ts";
import { findRoom } from "./find-room.ts";
import { signHello, signInTheOpen } from "./key-pair.ts";
import { serverPlace } from "./known-hosts.ts";
import { createRoom } from "./room.ts";
import { saveClip } from "./save-clip.ts";

export interface DesktopOptions {
  /** The address that was given (`--server`): no room is looked for. */
  server?: { host: string; port: number };
  /** Only rooms of this name (`--room`). */
  room?: string;
  plaintext: boolean;
  trustNewIdentity: boolean;
  store: Store;
  show(event: ClientEvent): void;
  /** Absent: no person can be asked. */
  prompter?: Prompter;
  /** Is told, in a sentence, what prevents rooms from being found. */
  onProblem(message: string): void;
}

/** All ports but `openAudio`. */
export function createDesktopPorts(options: DesktopOptions): Omit<SessionPorts, "openAudio"> {
  const { store, show, prompter } = options;
  return {
    clock: systemClock,
    random: Math.random,
    newId: () => crypto.randomUUID(),
    show,
    ...(prompter === undefined ? {} : { prompter }),
    findRoom: () => openRoom(options),
    names: store,
    async loadKey() {
      const { pem, isKept } = await store.key();
      return {
        isKept,
        sign: async ({ identity, binding }, place) =>
          identity === undefined ? signInTheOpen(pem, place, binding) : signHello(pem, binding),
      };
    },
    readMarkers: store,
    saveClip: (file, packets) => saveClip(file, packets),
    async fingerprintWords(key) {
      // Loaded when it is needed: the list of words is long.
      const { wordsOf } = await import("./fingerprint-words.ts");
      return wordsOf(key);
    },
    async loadOpaque() {
      const { client, ready } = await import("@serenity-kit/opaque");
      await ready;
      return client;
    },
  };
}

async function openRoom(options: DesktopOptions): Promise<Room> {
  const { server, room, plaintext, trustNewIdentity, store, prompter, onProblem } = options;
  const trust = { store, trustNewIdentity, prompter };
  // Before anything is sent to a server.
  await store.check();
  if (server === undefined) {
    const known = await store.knownServers();
    return createRoom(await findRoom({ room, plaintext, known, prompter, onProblem }), trust);
  }
  const { host, port } = server;
  const found = {
    target: { hosts: [host], port, tls: !plaintext },
    isNamed: true,
    needsPassphrase: false,
    place: serverPlace(host, port),
    otherIdentities: [],
    shown: shownAddress(host, port),
  };
  return createRoom(found, trust);
}
