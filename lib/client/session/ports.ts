/**
 * The ports of a session: everything that it needs from its platform. The terminal client implements them with sockets,
 * mDNS and files (lib/client/desktop); a browser can use a WebSocket, one fixed room and IndexedDB.
 */
import type { ClientEvent, Prompter, SaveError } from "../api.ts";
import type { OpenAudio } from "./audio.ts";
import type { Clock } from "./clock.ts";
import type { SigningKey } from "./handshake.ts";
import type { OpaqueClient } from "./passphrase-login.ts";
import type { ReadMarkerStore } from "./read-marker.ts";
import type { ServerConnection } from "./server-connection.ts";

/** A room that can be joined. */
export interface Room {
  /** The key under which the client stores data about this room, such as `room:Lab 3`. */
  readonly place: string;
  /** The room is announced with a passphrase. */
  readonly needsPassphrase: boolean;
  /**
   * Opens the first connection.
   * @throws {Failure} when no server of Holler answers.
   */
  connect(): Promise<ServerConnection>;
  /**
   * Trust on first use: decides whether to trust this identity, before anything is sent to the server. Resolves to a
   * function that remembers the identity, to be called after the welcome. Absent where the platform does this by itself.
   * @throws {Failure} `identity-changed`.
   */
  checkIdentity?(identity: string, hasPassphrase: boolean): Promise<() => Promise<void>>;
  /** Finds the server with this identity again after its connection was lost. */
  track(identity: string | undefined, onChange: () => void): RoomTracker;
}

/** Finds one server again, also at another address. `onChange` is called when an attempt is worthwhile at once. */
export interface RoomTracker {
  /**
   * A connection to the same server; undefined: it cannot be reached now.
   * @throws {Failure} `identity-changed` when another server answers at the address that the person gave.
   */
  connect(): Promise<ServerConnection | undefined>;
  close(): Promise<void>;
}

/** Stores the name that a person used last. */
export interface NameStore {
  lastName(): Promise<string | undefined>;
  keepLastName(name: string): Promise<void>;
}

/** All ports of a session. */
export interface SessionPorts {
  clock: Clock;
  /** A number from 0 up to 1. */
  random(): number;
  /** A new id that cannot be guessed, such as a random UUID. */
  newId(): string;
  show(event: ClientEvent): void;
  /** Absent: no person can be asked, as in a script. */
  prompter?: Prompter;
  /**
   * The room to join; waits until one appears.
   * @throws {Failure} `no-room` or `several-rooms` when no person can be asked; `left` when the person leaves instead.
   */
  findRoom(): Promise<Room>;
  names: NameStore;
  loadKey(): Promise<SigningKey>;
  readMarkers: ReadMarkerStore;
  /** Writes a clip, one Opus packet every 20 ms; resolves to the error, if there is one. */
  saveClip(file: string, packets: Uint8Array[]): Promise<SaveError | undefined>;
  /** The fingerprint words of a public key. */
  fingerprintWords(key: string): Promise<string>;
  loadOpaque(): Promise<OpaqueClient>;
  /** Absent: `--no-voice`. */
  openAudio?: OpenAudio;
}
