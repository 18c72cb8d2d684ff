/** Waits for something that may never happen, but not for ever. */

/** What the promise comes to; rejects with `late` when that takes longer than `ms`. */
export async function withTimeout<T>(ms: number, promise: Promise<T>, late: string): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(late)), ms);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
