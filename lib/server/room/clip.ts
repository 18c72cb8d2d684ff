/** A recorded transmission, while it is heard and once it is kept. */

/** A recorded transmission, as it is listed for everyone who may hear it. */
export interface Clip {
  /** Its number, never used twice. */
  clip: number;
  from: string;
  /** Only this person and the speaker may hear it; none: everyone. */
  to?: string;
  /** Its beginning, ISO 8601. */
  at: string;
  seconds: number;
}

/** The packets of a transmission that is being heard. */
export interface Recording {
  /** Its beginning on the wall clock. */
  wallMs: number;
  packets: Uint8Array[];
  bytes: number;
}
