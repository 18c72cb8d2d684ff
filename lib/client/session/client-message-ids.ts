/**
 * Client message ids: the `ref`, the idempotency key of each line. They sort by time, because the server finds lines by
 * them, and are short, because the server stores each of them twice.
 */

/** Makes ids for one session; `random`: a few letters or digits that differ from those of other sessions. */
export function createClientMessageIds(random: string, nowMs: () => number): () => string {
  let made = 0;
  return () => {
    made += 1;
    return `${nowMs().toString(36)}${random}${made.toString(36)}`;
  };
}
