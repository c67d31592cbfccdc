/** Whatever leads to one of these over any number of edges; of themselves those that lead to one of them. */
export function upstreamOf<N>(nodes: Iterable<N>, sources: ReadonlyMap<N, readonly N[]>): Set<N> {
  const found = new Set<N>();
  const waiting = [...nodes];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const source of sources.get(node) ?? []) {
      if (found.has(source)) continue;
      found.add(source);
      waiting.push(source);
    }
  }
  return found;
}
