import { allSteps, type Steps } from './steps.ts';

/**
 * The nodes in groups from which a way leads back into the group (Tarjan's components, with a stack of its own). Whatever a group leads to comes before
 * it; groups that have nothing to do with each other keep their order.
 */
export function components<N>(nodes: Iterable<N>, next: (node: N) => Iterable<N>): N[][] {
  return allSteps(findComponents(nodes, next));
}

/** The same, in steps. */
export function* findComponents<N>(nodes: Iterable<N>, next: (node: N) => Iterable<N>): Steps<N[][]> {
  const found: N[][] = [];
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
        if (!order.has(value)) enter(value);
        else if (isOpen.has(value)) lower(top.node, order.get(value)!);
        continue;
      }
      path.pop();
      yield;
      const { node } = top;
      const outer = path.at(-1);
      if (outer !== undefined) lower(outer.node, low.get(node)!);
      if (low.get(node) !== order.get(node)) continue;
      const component = open.splice(open.lastIndexOf(node));
      for (const member of component) isOpen.delete(member);
      found.push(component.reverse());
    }
  }
  return found;
}

/** The nodes from which a way leads back to themselves. */
export function cyclicNodes<N>(nodes: Iterable<N>, next: (node: N) => Iterable<N>): Set<N> {
  return allSteps(findCyclicNodes(nodes, next));
}

/** The same, in steps. */
export function* findCyclicNodes<N>(nodes: Iterable<N>, next: (node: N) => Iterable<N>): Steps<Set<N>> {
  const cyclic = new Set<N>();
  for (const component of yield* findComponents(nodes, next)) {
    const [first] = component as [N];
    yield;
    const loops = component.length > 1 || [...next(first)].includes(first);
    if (loops) for (const node of component) cyclic.add(node);
  }
  return cyclic;
}
