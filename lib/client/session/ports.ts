/**
 * The ports of a session: all that it needs of the world around it. The terminal client implements them with sockets, mDNS
 * and files (lib/client/desktop); a browser can do so with a WebSocket, one fixed room and IndexedDB.
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
  /** Names it for what is kept about it, such as `room:Lab 3`. */
  readonly place: string;
  /** It is announced as needing a passphrase. */
  readonly needsPassphrase: boolean;
  /**
   * Opens the first connection.
   * @throws {Failure} when no server of Holler answers.
   */
  connect(): Promise<ServerConnection>;
  /**
   * Trust on first use: decides whether this identity may be trusted, before anything is said to the server. Resolves to
   * a function that remembers the identity, to be called once the server has let us in. Absent where the platform does
   * this by itself.
   * @throws {Failure} `identity-changed`.
   */
  checkIdentity?(identity: string, hasPassphrase: boolean): Promise<() => Promise<void>>;
  /** Finds the server with this identity again after its connection was lost. */
  track(identity: string | undefined, onChange: () => void): RoomTracker;
}

/** Follows one server to wherever it is now. `onChange` is called when an attempt is worthwhile at once. */
export interface RoomTracker {
  /**
   * A connection to that very server; undefined: not this time.
   * @throws {Failure} `identity-changed` when another server has taken its place for good.
   */
  connect(): Promise<ServerConnection | undefined>;
  close(): Promise<void>;
}

/** The name that a person used last. */
export interface NameStore {
  lastName(): Promise<string | undefined>;
  keepLastName(name: string): Promise<void>;
}

export interface SessionPorts {
  clock: Clock;
  /** A number from 0 up to 1. */
  random(): number;
  /** An id that no one can guess and that was never used before, such as a random UUID. */
  newId(): string;
  show(event: ClientEvent): void;
  /** Absent: no person can be asked, as in a script. */
  prompter?: Prompter;
  /**
   * The room to join; waits for one to appear.
   * @throws {Failure} `no-room` or `several-rooms` when no person can be asked; `left` when the person leaves instead.
   */
  findRoom(): Promise<Room>;
  names: NameStore;
  loadKey(): Promise<SigningKey>;
  readMarkers: ReadMarkerStore;
  /** Writes a clip, one Opus packet every 20 ms; resolves with what went wrong, if anything did. */
  saveClip(file: string, packets: Uint8Array[]): Promise<SaveError | undefined>;
  /** The words that stand for a public key. */
  fingerprintWords(key: string): Promise<string>;
  loadOpaque(): Promise<OpaqueClient>;
  /** Absent: `--no-voice`. */
  openAudio?: OpenAudio;
}
