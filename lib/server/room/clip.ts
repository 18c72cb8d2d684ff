/** Recorded transmissions, and the store that keeps them. */

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

/** Keeps clips. Any of these throws when the disk fails. */
export interface ClipStore {
  /** The highest number ever kept; 0: none. */
  lastClip(): number;
  /** False: the clip is larger than all clips together may be. */
  keep(clip: Clip, packets: Uint8Array[]): boolean;
  forget(clips: number[]): void;
  /** The newest, at most `clipsMax`, the newest last; of the private ones only those in `privateClips`. */
  list(privateClips: number[], clipsMax: number): Clip[];
  /** This clip, or the newest, unless it is private and not in `privateClips`. `frames`: the number of its packets. */
  find(clip: number | undefined, privateClips: number[]): (Clip & { frames: number }) | undefined;
  /** Packets from number `first` on: some of them, and none only past the end. */
  packets(clip: number, first: number): Uint8Array[];
}

/** The packets of a transmission that is being heard. */
export interface Recording {
  /** Its beginning on the wall clock. */
  wallMs: number;
  packets: Uint8Array[];
  bytes: number;
}
