import type { Filter } from '../stores/index.ts';
import type { Selector } from '../wire/gen/flowrpc/v1/control.ts';
import { invalid } from './control-page.ts';

/** What a selector asks of a store; `where` is not part of it. */
export function filterOf({ id, namespace, name, kind, labels }: Partial<Selector> = {}): Filter {
  const tests: Record<string, string | readonly string[] | null> = {};
  for (const { key, values } of labels ?? []) {
    if (Object.hasOwn(tests, key)) throw invalid('selector.labels', `has the key "${key}" twice`);
    tests[key] = values.length === 0 ? null : values.length === 1 ? values[0]! : values;
  }
  return {
    ...(id && { id }),
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(kind && { kind }),
    ...(Object.keys(tests).length > 0 && { labels: tests }),
  };
}
