/** Finds the nodes from which a way leads back to themselves (Tarjan's components, with a stack of its own). */
export function cyclicNodes<N>(nodes: Iterable<N>, next: (node: N) => Iterable<N>): Set<N> {
  const cyclic = new Set<N>();
  const order = new Map<N, number>();
  const low = new Map<N, number>();
  const open: N[] = [];
  const isOpen = new Set<N>();
  const lower = (node: N, value: number): void => {
    if (value < low.get(node)!) low.set(node, value);
  };
  for (const start of nodes) {
    if (order.has(start)) continue;
    const path: { node: N; rest: Iterator<N> }[] = [];
    const enter = (node: N): void => {
      order.set(node, order.size);
      low.set(node, order.get(node)!);
      open.push(node);
      isOpen.add(node);
      path.push({ node, rest: next(node)[Symbol.iterator]() });
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { done, value } = top.rest.next();
      if (!done) {
        if (value === top.node) cyclic.add(value);
        if (!order.has(value)) enter(value);
        else if (isOpen.has(value)) lower(top.node, order.get(value)!);
        continue;
      }
      path.pop();
      const { node } = top;
      const outer = path.at(-1);
      if (outer !== undefined) lower(outer.node, low.get(node)!);
      if (low.get(node) !== order.get(node)) continue;
      const component = open.splice(open.lastIndexOf(node));
      for (const member of component) {
        isOpen.delete(member);
        if (component.length > 1) cyclic.add(member);
      }
    }
  }
  return cyclic;
}
