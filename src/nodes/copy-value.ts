import { type Holder, unknownFields } from '../wire/unknown-fields.ts';
import { isBytes, isPlainObject } from '../wire/value-kind.ts';

/** Deeper than any payload is: `measure` refuses it. */
const maxDepth = 101;

/**
 * A copy of a value, so that what one receiver changes the next one does not see. What has no parts, and what is no plain value, is itself; so is what is
 * nested too deep to be sent.
 */
export function copyValue<T>(value: T): T {
  return copied(value, 0) as T;
}

function copied(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return value;
  if (Array.isArray(value)) return value.map((item) => copied(item, depth + 1));
  if (isBytes(value)) return value.slice();
  if (!isPlainObject(value)) return value;
  const copy: Holder = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copied(item, depth + 1)]));
  const unknown = (value as Holder)[unknownFields];
  if (unknown !== undefined) copy[unknownFields] = unknown;
  return copy;
}
