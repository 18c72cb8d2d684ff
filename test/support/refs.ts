/** References that are counted instead of made up. */
export function countedRefs(prefix: string): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `${prefix}-${last}`;
  };
}
