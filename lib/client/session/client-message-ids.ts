/**
 * Client message ids (`ref`, the idempotency keys of our lines). They sort by the time at which they are made, because the
 * server finds lines by them, and are short, because it keeps each of them twice.
 */

/** Makes ids for one session; `random` are a few letters or digits that tell this session from others. */
export function createClientMessageIds(random: string, nowMs: () => number): () => string {
  let made = 0;
  return () => {
    made += 1;
    return `${nowMs().toString(36)}${random}${made.toString(36)}`;
  };
}
