/** Names for what a connection is and whom it belongs to, as every part of the server uses them. */

/** Numbers a connection for as long as the server runs; never used twice. */
export type ConnectionId = number;

/** An Ed25519 public key in base64url whose private key the client has proven to hold: the account of this server. */
export type PublicKey = string;

/** Where a connection comes from. */
export interface Origin {
  address: string;
  /** It comes from the server's own machine, for which the limits of one address do not hold. */
  isLocal: boolean;
}

/** One user as the room sees it. The session owns it and changes it; the room holds it, and compares it by reference. */
export interface Identity {
  readonly name: string;
  /** None: the user has no key, and is a guest. */
  readonly publicKey: PublicKey | undefined;
  /** The name belongs to no key. */
  readonly isGuest: boolean;
  readonly origin: Origin;
}
