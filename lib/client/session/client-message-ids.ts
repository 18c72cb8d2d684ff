/**
 * References for what one session sends. They sort by the time at which they are made, because the server finds lines by
 * them, and are short, because it keeps each of them twice.
 */
export function createRefs(): () => string {
  const session = crypto.randomUUID().slice(0, 4);
  let made = 0;
  return () => {
    made += 1;
    return `${Date.now().toString(36)}${session}${made.toString(36)}`;
  };
}
