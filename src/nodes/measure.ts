import { Code } from '../core/code.ts';
import { StatusError } from '../core/status.ts';
import { isBytes, isError, isPlainObject } from '../wire/value-kind.ts';

const maxDepth = 100;

/**
 * About how many bytes a payload has, never less than 8. Walks it once and refuses, as the wire would, what is no value: a
 * StatusError INVALID_ARGUMENT says where. So an edge within a process takes what an edge between processes takes.
 */
export function measure(payload: unknown): number {
  const type = typeof payload;
  if (type === 'number' || type === 'boolean' || payload === null) return 8;
  if (type === 'string') return 8 + (payload as string).length;
  return walk(payload, 0, undefined);
}

/** Where a part stands, kept only as links: text is made when there is something to say. */
interface Place {
  readonly step: string | number;
  readonly outer: Place | undefined;
}

function walk(value: unknown, depth: number, place: Place | undefined): number {
  switch (typeof value) {
    case 'string':
      return 8 + value.length;
    case 'number':
    case 'boolean':
    case 'bigint':
      return 8;
    case 'object':
      return value === null ? 8 : walkObject(value, depth, place);
    default:
      throw refused(place, `is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`);
  }
}

function walkObject(value: object, depth: number, place: Place | undefined): number {
  if (isBytes(value)) return 8 + value.byteLength;
  if (depth >= maxDepth) throw refused(place, `is nested deeper than ${maxDepth}`);
  let bytes = 8;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) bytes += walk(value[i], depth + 1, { step: i, outer: place });
    return bytes;
  }
  if (isPlainObject(value)) {
    for (const key of Object.keys(value)) {
      const item = value[key];
      if (item !== undefined) bytes += key.length + walk(item, depth + 1, { step: key, outer: place });
    }
    return bytes;
  }
  if (isError(value)) return bytes + value.message.length;
  throw refused(place, `is a ${value.constructor?.name ?? 'class instance'}`);
}

function refused(place: Place | undefined, what: string): StatusError {
  const steps: string[] = [];
  for (let at = place; at !== undefined; at = at.outer) {
    steps.unshift(typeof at.step === 'number' ? `[${at.step}]` : `.${at.step}`);
  }
  const path = steps.join('').replace(/^\./, '').slice(0, 200);
  const subject = path === '' ? 'it' : `"${path}"`;
  return new StatusError(
    Code.INVALID_ARGUMENT,
    `Cannot send the payload: ${subject} ${what}, wanted null, boolean, number, bigint, string, Uint8Array, array, plain object or Error`,
  );
}
