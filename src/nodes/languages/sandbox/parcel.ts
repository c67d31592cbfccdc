import { Code, codeByName, type ErrorCode } from '../../../core/code.ts';
import { StatusError } from '../../../core/status-error.ts';
import { isBytes, isError, isPlainObject, publicError } from '../../../wire/value-kind.ts';
import type { Parcel, Thrown } from './task.ts';

/** Marks what JSON cannot say; see the prelude. */
const mark = '\0';

/** Values as they go into a sandbox. */
export function packed(values: readonly unknown[]): Parcel {
  const blobs: Uint8Array[] = [];
  return { text: JSON.stringify(values.map((value) => tagged(value, blobs))), blobs };
}

/** What came out of a sandbox. */
export function unpacked({ text, blobs }: Parcel): unknown {
  const value: unknown = JSON.parse(text);
  // Nothing is marked in most results, and then nobody has to walk them.
  return text.includes('\\u0000') ? restored(value, blobs) : value;
}

/** The value with everything marked that JSON cannot say. */
function tagged(value: unknown, blobs: Uint8Array[]): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : special('number', Object.is(value, -0) ? '-0' : String(value));
    case 'bigint':
      return special('bigint', String(value));
    case 'undefined':
      return special('undefined', null);
    case 'object':
      return value === null ? null : taggedObject(value, blobs);
    default:
      return value;
  }
}

function taggedObject(value: object, blobs: Uint8Array[]): unknown {
  if (Array.isArray(value)) return value.map((item) => tagged(item, blobs));
  if (isBytes(value)) return special('bytes', blobs.push(Uint8Array.from(value)) - 1);
  if (isError(value)) return special('error', { ...publicError(value), name: value.name });
  if (!isPlainObject(value))
    throw new TypeError(`Cannot give a ${value.constructor?.name ?? 'class instance'} to a script`);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, tagged(item, blobs)]);
  return Object.hasOwn(value, mark) ? special('object', entries) : Object.fromEntries(entries);
}

function special(kind: string, v: unknown): unknown {
  return { [mark]: kind, v };
}

/** What came is a stranger's: whatever its marks say is looked at before it is believed. */
function restored(value: unknown, blobs: readonly Uint8Array[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => restored(item, blobs));
  if (!Object.hasOwn(value, mark)) return fromEntries(Object.entries(value), blobs);
  const { [mark]: kind, v } = value as { [mark]: unknown; v?: unknown };
  switch (kind) {
    case 'bigint':
      if (typeof v === 'string' && /^-?\d{1,10000}$/.test(v)) return BigInt(v);
      break;
    case 'bytes':
      if (typeof v === 'number' && Number.isInteger(v) && v >= 0 && v < blobs.length) return blobs[v];
      break;
    case 'number':
      if (typeof v === 'string' && /^(?:-0|NaN|-?Infinity)$/.test(v)) return Number(v);
      break;
    case 'error':
      if (typeof v === 'object' && v !== null) return errorOf(v);
      break;
    case 'object':
      if (Array.isArray(v) && v.every(isEntry)) return fromEntries(v, blobs);
      break;
    case 'undefined':
      return undefined;
  }
  throw new TypeError('Cannot return the result: it has what is no value, or a bigint of more than 10000 digits');
}

function fromEntries(entries: readonly (readonly [string, unknown])[], blobs: readonly Uint8Array[]): unknown {
  return Object.fromEntries(entries.map(([key, item]) => [key, restored(item, blobs)]));
}

function isEntry(entry: unknown): entry is [string, unknown] {
  return Array.isArray(entry) && entry.length === 2 && typeof entry[0] === 'string';
}

/** What a script threw, or gave as an error: with the code of a status, that status. */
export function errorOf({ message: said, name, code }: { [K in keyof Thrown]?: unknown }): Error {
  const message = typeof said === 'string' ? said : 'an error that cannot be shown';
  const status = statusCodeOf(code);
  if (status !== undefined) return new StatusError(status, message);
  const error = new Error(message);
  if (typeof name === 'string' && name !== 'Error') error.name = name.slice(0, 100);
  return error;
}

function statusCodeOf(code: unknown): ErrorCode | undefined {
  const known = typeof code === 'string' ? codeByName(code) : code;
  if (known === undefined || known === Code.OK) return undefined;
  return Object.values(Code).some((one) => one === known) ? (known as ErrorCode) : undefined;
}
