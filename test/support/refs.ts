/** Client message ids that are counted instead of random. */
export function countedRefs(prefix: string): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `${prefix}-${last}`;
  };
}
