import type { StandardSchemaV1 } from '@standard-schema/spec';
import { parseDuration } from '../nodes/duration.ts';
import { formatPath, type Path } from '../wire/yaml/position.ts';
import { PathSet } from './path-set.ts';
import { isPlain } from './template.ts';

export type Result = StandardSchemaV1.Result<unknown>;

/**
 * Validates a value in which templates were filled in at these paths: as it is, and where the schema objects, as what the text reads as (number,
 * boolean, duration, bytes in base64), or the other way round as text. What never had a template is never changed.
 */
export function validateFilled(value: unknown, filled: readonly Path[], validate: (value: unknown) => Result): Result {
  const first = validate(value);
  const places = new PathSet(filled);
  let current = value;
  let last = first;
  for (const read of readings) {
    if (last.issues === undefined) return last;
    const refused = last.issues.map(({ path = [] }) => path.map(keyOf));
    const disputed = new PathSet(refused.filter((path) => places.touches(path)));
    if (disputed.empty) break;
    const changed = readAt(value, current, [], { read, disputed, filled: places });
    const next = validate(changed);
    if (next.issues !== undefined && next.issues.length >= last.issues.length && !sheds(next, last)) continue;
    current = changed;
    last = next;
  }
  return last.issues === undefined ? last : first;
}

/** The key that a Standard Schema names as one step of a path. */
export function keyOf(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === 'object' ? segment.key : segment;
  return typeof key === 'number' ? key : String(key);
}

type Reading = (value: unknown) => unknown;

const numberGrammar = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const base64Grammar = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** What a filled-in value may be meant as, tried in turn; undefined leaves it as it is. */
const readings: readonly Reading[] = [
  (value) =>
    typeof value === 'string' ? (readBoolean(value) ?? readNumber(value) ?? parseDuration(value)) : undefined,
  (value) => (isScalar(value) ? String(value) : undefined),
  (value) =>
    typeof value === 'string' && base64Grammar.test(value) ? Uint8Array.from(Buffer.from(value, 'base64')) : undefined,
];

function readBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  return word === 'true' || word === 'false' ? word === 'true' : undefined;
}

function readNumber(text: string): number | bigint | undefined {
  const written = text.trim();
  if (!numberGrammar.test(written)) return undefined;
  const number = Number(written);
  if (Number.isInteger(number) && !Number.isSafeInteger(number) && /^[+-]?\d+$/.test(written)) return BigInt(written);
  return Number.isFinite(number) ? number : undefined;
}

function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
}

interface Change {
  readonly read: Reading;
  readonly disputed: PathSet;
  readonly filled: PathSet;
}

/** A copy in which what stands at disputed and filled-in paths is read another way. Every reading starts from what was filled in. */
function readAt(original: unknown, value: unknown, path: Path, change: Change): unknown {
  const { read, disputed, filled } = change;
  if (!disputed.touches(path) || !filled.touches(path)) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => readAt((original as unknown[])[index], item, [...path, index], change));
  }
  if (isPlain(value)) {
    const fields = original as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, readAt(fields[key], item, [...path, key], change)]),
    );
  }
  return read(original) ?? value;
}

/** Whether a result no longer objects to something that the one before did. */
function sheds(next: Result, before: Result): boolean {
  const left = new Set(next.issues?.map(({ path = [] }) => formatPath(path.map(keyOf))));
  return (before.issues ?? []).some(({ path = [] }) => !left.has(formatPath(path.map(keyOf))));
}
