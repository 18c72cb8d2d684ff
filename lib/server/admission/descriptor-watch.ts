/**
 * Stops listening when not one descriptor is free, in the process or in the whole system: Bun would try to accept the
 * next connection again and again, as fast as it can. It listens again once a connection could be admitted, not as soon
 * as one descriptor is free: the listener itself takes that one.
 */

export interface WatchedParts {
  hasFreeDescriptor(): boolean;
  /** Whether a connection could be admitted. */
  hasRoom(): boolean;
  listener: {
    pause(): void;
    /** False: it could not listen again. */
    resume(): boolean;
  };
  paused(): void;
  resumed(): void;
}

/** A check that is to be called every second or so. */
export function createDescriptorWatch({ listener, ...parts }: WatchedParts): () => void {
  let isPaused = false;
  return () => {
    if (isPaused === !parts.hasFreeDescriptor()) return;
    if (!isPaused) {
      isPaused = true;
      listener.pause();
      parts.paused();
    } else if (parts.hasRoom() && listener.resume()) {
      isPaused = false;
      parts.resumed();
    }
  };
}
