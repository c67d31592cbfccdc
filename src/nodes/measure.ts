import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { type Holder, unknownFields } from '../wire/unknown-fields.ts';
import { isBytes, isError, isPlainObject } from '../wire/value-kind.ts';
import { ByteStream } from './byte-stream.ts';
import type { Packet } from './packet.ts';

const maxDepth = 100;

/**
 * About how many bytes a payload has, never less than 8. Walks it once and refuses, as the wire would, what is no value: a
 * StatusError INVALID_ARGUMENT says where. So an edge within a process takes what an edge between processes takes.
 */
export function measure(payload: unknown): number {
  return sizeOf(payload) ?? walk(payload, 0, undefined);
}

/** Of what has no parts. */
function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string') return 8 + value.length;
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? 8 : undefined;
}

/** The size of a value that a node sends; of the payload that it got, what was found before. */
export function measureFrom(source: Packet, value: unknown): number {
  if (source.payload !== value) return measure(value);
  return (source.bytes ??= measure(value));
}

/** Where a part stands, kept only as links: text is made when there is something to say. */
interface Place {
  readonly step: string | number;
  readonly outer: Place | undefined;
}

function walk(value: unknown, depth: number, place: Place | undefined): number {
  switch (typeof value) {
    case 'bigint':
      return 8;
    case 'object':
      return walkObject(value as object, depth, place);
    default:
      throw refused(place, `is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`);
  }
}

function walkObject(value: object, depth: number, place: Place | undefined): number {
  const literal = Object.getPrototypeOf(value) === Object.prototype;
  if (!literal && isBytes(value)) return 8 + value.byteLength;
  if (depth >= maxDepth) throw refused(place, `is nested deeper than ${maxDepth}`);
  let bytes = 8;
  if (!literal && Array.isArray(value)) {
    for (let i = 0; i < value.length; i++)
      bytes += sizeOf(value[i]) ?? walk(value[i], depth + 1, { step: i, outer: place });
    return bytes;
  }
  if (literal || isPlainObject(value)) {
    for (const key of Object.keys(value)) {
      const item = (value as Record<string, unknown>)[key];
      if (item !== undefined)
        bytes += key.length + (sizeOf(item) ?? walk(item, depth + 1, { step: key, outer: place }));
    }
    // Beside its keys, what a message holds that its type does not know.
    return bytes + ((value as Holder)[unknownFields]?.bytes ?? 0);
  }
  if (isError(value)) return bytes + value.message.length;
  // What is read as it comes takes no place.
  if (value instanceof ByteStream) return bytes;
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
