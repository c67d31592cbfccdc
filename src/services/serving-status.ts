import { suggest } from '../core/suggest.ts';

/** What may be said of a service: it takes calls, it does not, or nobody knows yet. */
export type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'UNKNOWN';

const known: readonly string[] = ['SERVING', 'NOT_SERVING', 'UNKNOWN'] satisfies ServingStatus[];

/** Refuses what is not a status that can be set; `SERVICE_UNKNOWN` is for watchers only. */
export function checkServingStatus(service: string, status: unknown): asserts status is ServingStatus {
  if (known.includes(status as string)) return;
  const near = suggest(String(status), known);
  const hint = near === undefined ? `wanted one of ${known.join(', ')}` : `did you mean "${near}"?`;
  throw new TypeError(`Cannot set the health of "${service}" to "${String(status)}": ${hint}`);
}
