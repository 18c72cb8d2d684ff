/** The result of probing a server without joining its room: the input of the findings about the connection. */
import type { Target } from "../desktop/connect.ts";

/** A server to probe. */
export interface ProbeTarget {
  /** The room or address, for sentences. */
  shown: string;
  /** The key in `KnownServers`. */
  key: string;
  server: Target;
}

/** One ping and its answer, in µs: `sent` and `received` on our clock, `at` on the server's. */
export interface PingSample {
  sent: number;
  at: number;
  received: number;
}

export interface ServerProbe {
  target: ProbeTarget;
  /** Why the server was not reached, in a sentence. */
  failure?: string;
  /** TCP and TLS together. */
  connectMs: number;
  /** The base64url SHA-256 of its certificate; undefined in plaintext. */
  identity?: string;
  samples: PingSample[];
}
