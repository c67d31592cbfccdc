import { Metadata } from '../core/metadata.ts';
import { StatusError } from '../core/status-error.ts';

type Redact = (text: string) => string;

/** Deeper than this a value is not looked at, and not shown. */
const maxDepth = 100;
const shownBytes = new TextEncoder().encode('[redacted]');

/** A copy of the value with all its texts, keys and bytes redacted; the same value when that changed nothing. */
export function redactWithin(value: unknown, redact: Redact): unknown {
  return inner(value, redact, new Walk());
}

/** Which objects a value is inside of, and what those that were looked at became: a part that many share is looked at once. */
class Walk {
  readonly open = new Set<object>();
  readonly done = new Map<object, unknown>();
}

function inner(value: unknown, redact: Redact, around: Walk): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'number' || typeof value === 'bigint') return redactNumber(value, redact);
  if (typeof value !== 'object' || value === null) return value;
  if (around.open.has(value) || around.open.size >= maxDepth) return '[not shown]';
  if (value instanceof Uint8Array) return redactBytes(value, redact);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return redactBuffer(value, redact);
  if (around.done.has(value)) return around.done.get(value);
  around.open.add(value);
  const redacted = inObject(value, redact, around);
  around.open.delete(value);
  around.done.set(value, redacted);
  return redacted;
}

function inObject(value: object, redact: Redact, inside: Walk): unknown {
  if (value instanceof StatusError) return redactStatus(value, redact, inside);
  if (value instanceof Error) return redactError(value, redact, inside);
  if (Array.isArray(value)) return redactList(value, redact, inside);
  if (value instanceof Map || value instanceof Set) {
    const entries = [...value] as unknown[];
    const redacted = redactList(entries, redact, inside) as never[];
    if (redacted === entries) return value;
    return value instanceof Map ? new Map(redacted) : new Set(redacted);
  }
  if (value instanceof Metadata) return redactMetadata(value, redact);
  return redactJson(value, redact, inside) ?? redactPairs(value, redact, inside) ?? redactFields(value, redact, inside);
}

/** What an object says of itself when it is written as JSON; undefined when it says nothing that must be changed. */
function redactJson(value: object, redact: Redact, around: Walk): unknown {
  if (!('toJSON' in value) || typeof value.toJSON !== 'function') return undefined;
  try {
    const json = (value.toJSON as () => unknown)();
    const redacted = json === value ? value : inner(json, redact, around);
    return redacted === json ? undefined : redacted;
  } catch {
    return '[not shown]';
  }
}

/** The pairs of headers, search parameters and the like, which are no fields; undefined when there is nothing to change. */
function redactPairs(value: object, redact: Redact, around: Walk): unknown {
  if (!('entries' in value) || typeof value.entries !== 'function' || !(Symbol.iterator in value)) return undefined;
  try {
    const pairs = [...(value as Iterable<unknown>)];
    const redacted = redactList(pairs, redact, around);
    return redacted === pairs ? undefined : redacted;
  } catch {
    return '[not shown]';
  }
}

function redactNumber(value: number | bigint, redact: Redact): unknown {
  const text = String(value);
  const redacted = text.length < 6 ? text : redact(text);
  return redacted === text ? value : redacted;
}

function redactBytes(bytes: Uint8Array, redact: Redact): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return redact(text) === text ? bytes : shownBytes.slice();
}

function redactBuffer(value: ArrayBufferView | ArrayBuffer, redact: Redact): unknown {
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  return redactBytes(bytes, redact) === bytes ? value : shownBytes.slice();
}

/** Keys stay: a mask is none. The same metadata when no value changed. */
function redactMetadata(metadata: Metadata, redact: Redact): Metadata {
  let changed = false;
  const pairs = new Map<string, (string | Uint8Array)[]>();
  for (const [key, value] of metadata) {
    const shown = typeof value === 'string' ? redact(value) : redactBytes(value, redact);
    changed ||= shown !== value;
    pairs.set(key, [...(pairs.get(key) ?? []), shown]);
  }
  return changed ? Metadata.received(pairs) : metadata;
}

function redactList(list: readonly unknown[], redact: Redact, around: Walk): readonly unknown[] {
  const copy = list.map((item) => inner(item, redact, around));
  return copy.every((item, index) => Object.is(item, list[index])) ? list : copy;
}

function redactFields(value: object, redact: Redact, around: Walk): object {
  let changed = false;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]): [string, unknown] => {
    const entry: [string, unknown] = [redact(key), inner(item, redact, around)];
    changed ||= entry[0] !== key || !Object.is(entry[1], item);
    return entry;
  });
  return changed ? Object.fromEntries(entries) : value;
}

/** A status error of the same code with redacted message, details, trailer texts and cause. */
export function redactStatus(error: StatusError, redact: Redact, around = new Walk()): StatusError {
  around.open.add(error);
  const message = redact(error.statusMessage);
  const details = error.details.filter(({ value }) => redactBytes(value, redact) === value);
  const cause = inner(error.cause, redact, around);
  const trailer = redactMetadata(error.trailer, redact);
  const same = message === error.statusMessage && details.length === error.details.length && cause === error.cause;
  if (same && trailer === error.trailer) return error;
  const { code, origin, unseen, lost, path } = error;
  const copy = new StatusError(code, message, {
    details,
    trailer,
    origin,
    unseen,
    lost,
    ...(cause !== undefined && { cause }),
    ...(path !== undefined && { path }),
  });
  return withStack(copy, error, redact);
}

function redactError(error: Error, redact: Redact, around: Walk): Error {
  const message = redact(error.message);
  const stack = redact(error.stack ?? '');
  const own = { ...error, ...(error instanceof AggregateError && { errors: error.errors as unknown[] }) };
  const fields = redactFields(own, redact, around);
  const cause = inner(error.cause, redact, around);
  const same = message === error.message && stack === (error.stack ?? '') && cause === error.cause && fields === own;
  if (same) return error;
  const copy = new Error(message, cause === undefined ? undefined : { cause });
  Object.assign(copy, fields);
  Object.defineProperty(copy, 'name', { value: error.name, configurable: true, writable: true });
  return withStack(copy, error, redact);
}

function withStack<E extends Error>(copy: E, { stack }: Error, redact: Redact): E {
  if (stack !== undefined)
    Object.defineProperty(copy, 'stack', { value: redact(stack), configurable: true, writable: true });
  return copy;
}
