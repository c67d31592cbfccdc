import type { Environment } from '@marcbachmann/cel-js';
import { registerNamespace } from './namespace.ts';
import { sameValue } from './same-value.ts';

type List = readonly unknown[];

/** The `sets` extension. */
export function registerSets(environment: Environment): void {
  registerNamespace(environment, 'sets', {
    'contains(list, list): bool': containsAll,
    'equivalent(list, list): bool': (a: List, b: List) => containsAll(a, b) && containsAll(b, a),
    'intersects(list, list): bool': (a: List, b: List) => b.some((item) => has(a, item)),
  });
}

function containsAll(list: List, items: List): boolean {
  return items.every((item) => has(list, item));
}

/** Whether an equal item is in a list. */
export function has(list: List, item: unknown): boolean {
  return list.some((one) => sameValue(one, item));
}
