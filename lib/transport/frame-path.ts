/**
 * The frames that somebody is sent in one turn, shared with everybody who is sent the same ones in the same order:
 * remembering one costs a look, and their bytes are joined once for all. Pure.
 */

export interface FramePath {
  /** The last frame, or several in one piece; none where paths begin. */
  readonly frame: Uint8Array;
  readonly isVoice: boolean;
  readonly sinceMs: number;
  /** What came before it. */
  readonly before: FramePath | undefined;
  /** Of all its frames. */
  readonly bytes: number;
  /** When the first voice in it came; never: infinity. */
  readonly voiceSinceMs: number;
  /** Where it was continued last: whoever is sent the same frame next goes the same way. */
  next: FramePath | undefined;
  joined: Uint8Array | undefined;
}

/** Where paths begin; nothing has been sent. */
export function beginPath(): FramePath {
  return {
    frame: new Uint8Array(0),
    isVoice: false,
    sinceMs: 0,
    before: undefined,
    bytes: 0,
    voiceSinceMs: Number.POSITIVE_INFINITY,
    next: undefined,
    joined: undefined,
  };
}

/** The same path with one more frame, whose bytes must not change afterwards. */
export function continuePath(path: FramePath, frame: Uint8Array, isVoice: boolean, nowMs: number): FramePath {
  if (path.next?.frame === frame) return path.next;
  const next: FramePath = {
    frame,
    isVoice,
    sinceMs: nowMs,
    before: path,
    bytes: path.bytes + frame.length,
    voiceSinceMs: isVoice ? Math.min(path.voiceSinceMs, nowMs) : path.voiceSinceMs,
    next: undefined,
    joined: undefined,
  };
  path.next = next;
  return next;
}

/** Its steps in their order, without the beginning. */
export function stepsOf(path: FramePath): FramePath[] {
  const steps: FramePath[] = [];
  for (let step = path; step.before !== undefined; step = step.before) steps.push(step);
  return steps.reverse();
}

/** All its frames in one piece. */
export function joinPath(path: FramePath): Uint8Array {
  if (path.before?.bytes === 0) return path.frame;
  path.joined ??= Buffer.concat(
    stepsOf(path).map(({ frame }) => frame),
    path.bytes,
  );
  return path.joined;
}
