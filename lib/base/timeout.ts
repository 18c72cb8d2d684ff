/** Puts a time limit on a promise that may never settle. */

/**
 * Settles as `promise` does.
 * @throws {Error} with `message` when `promise` has not settled after `ms` milliseconds. The work behind it goes on.
 */
export async function withTimeout<T>(ms: number, promise: Promise<T>, message: string): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(message)), ms);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
