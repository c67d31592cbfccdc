import type { Document, Filter } from '../../stores/index.ts';
import type { Condition } from '../languages/cel/condition.ts';
import { invalidCall, shapeOf } from './invalid-call.ts';

type Mapping = Readonly<Record<string, unknown>>;

const fields: readonly string[] = ['id', 'namespace', 'name', 'kind', 'labels', 'where'];

/** A filter as a payload has it: INVALID_ARGUMENT for what is none. `namespaceOf` says which namespace one stands for, or throws. */
export function readFilter(
  value: unknown,
  namespaceOf: (given: unknown) => string,
): Filter & { readonly where?: string } {
  if (!isMapping(value)) throw invalidCall(shapeOf(value), 'a filter such as { name: greet }');
  const unknown = Object.keys(value).find((field) => !fields.includes(field));
  if (unknown !== undefined) throw invalidCall(`the filter field "${unknown}"`, fields.join(', '));
  const filter = { ...value, namespace: namespaceOf(value.namespace) } as Filter & { readonly where?: string };
  for (const field of ['id', 'name', 'kind', 'where'] as const)
    if (filter[field] !== undefined && typeof filter[field] !== 'string')
      throw invalidCall(`${shapeOf(filter[field])} as ${field}`, 'text');
  const { labels } = value;
  if (labels !== undefined && !(isMapping(labels) && Object.values(labels).every((one) => typeof one === 'string')))
    throw invalidCall(`${shapeOf(labels)} as labels`, 'a mapping of texts');
  return filter;
}

/** Whether a filter is for some documents, not for all. */
export function isForSome({ labels, ...others }: Mapping): boolean {
  if (isMapping(labels) && Object.keys(labels).length > 0) return true;
  return ['id', 'name', 'kind'].some((field) => others[field] !== undefined);
}

/** Whether a condition, in the language of `if` nodes, holds for a document; one that cannot be asked about it does not. */
export async function whether(where: string | undefined): Promise<(document: Document) => boolean> {
  if (where === undefined) return () => true;
  // The library is loaded when the first condition is.
  const { parseCondition } = await import('../languages/cel/condition.ts');
  let condition: Condition;
  try {
    condition = parseCondition(where);
  } catch (thrown) {
    throw invalidCall(`the condition ${JSON.stringify(where)}`, `CEL (${(thrown as Error).message})`);
  }
  return (document) => {
    try {
      return condition(document);
    } catch {
      return false;
    }
  };
}

export function isMapping(value: unknown): value is Mapping {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Error)
  );
}
