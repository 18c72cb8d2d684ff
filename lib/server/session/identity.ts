/** The ids, keys and origins of connections and users, as every part of the server uses them. */

/** Numbers a connection for as long as the server runs; never used twice. */
export type ConnectionId = number;

/** An Ed25519 public key in base64url whose private key the client has proven to hold: the account of this server. */
export type PublicKey = string;

/** Where a connection comes from. */
export interface Origin {
  address: string;
  /** It comes from the server's own machine, to which the limits per address do not apply. */
  isLocal: boolean;
}

/** One user as the room sees it. The session owns the object and changes it; the room compares it by reference. */
export interface Identity {
  readonly name: string;
  /** None: the user has no key, and is a guest. */
  readonly publicKey: PublicKey | undefined;
  /** The name belongs to no key. */
  readonly isGuest: boolean;
  readonly origin: Origin;
}
