import { isRefusedName } from '../core/refused-name.ts';
import { formatPath, type Path, placeCopy } from '../wire/yaml/position.ts';

/** Collections within collections; a list of documents in a file is one more. */
const maxDepth = 60;

/** A frozen copy of a JSON value, and about how many bytes it has as text. */
export interface JsonCopy {
  readonly value: unknown;
  readonly bytes: number;
}

/**
 * Copies a JSON value, so that nobody's later change reaches it; where it was written stays known. Integers beyond 53 bits are bigint.
 * An Error says what is no JSON, and where.
 */
export function copyJson(value: unknown): JsonCopy {
  const copier = new Copier();
  return { value: copier.copy(value, []), bytes: copier.bytes };
}

class Copier {
  bytes = 0;

  copy(value: unknown, path: Path): unknown {
    if (typeof value === 'object' && value !== null) return this.#collection(value, path);
    this.bytes += typeof value === 'string' ? Buffer.byteLength(value) + 2 : 8;
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') {
      if (/\p{Surrogate}/u.test(value)) throw fault(path, 'is text with half a character');
      return value;
    }
    if (typeof value === 'number' && Number.isFinite(value)) return narrow(value);
    if (typeof value === 'bigint') return narrow(value);
    throw fault(path, typeof value === 'number' ? `is ${value}` : `is of type ${typeof value}`);
  }

  #collection(value: object, path: Path): unknown {
    // A cycle ends here, too.
    if (path.length >= maxDepth) throw fault(path.slice(0, 3), `nests deeper than ${maxDepth} levels`);
    if (Array.isArray(value)) {
      const items = Array.from(value, (item: unknown, index) => this.copy(item, [...path, index]));
      return Object.freeze(placeCopy(items, value));
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw fault(path, 'is no plain object');
    const fields: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      if (isRefusedName(key) || key === '<<') throw fault([...path, key], 'is a key that is not allowed');
      this.bytes += key.length + 3;
      fields[key] = this.copy(item, [...path, key]);
    }
    return Object.freeze(placeCopy(fields, value));
  }
}

/** One form for each number, the one it has when it is read from text. */
function narrow(value: number | bigint): number | bigint {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  // From 1e21 on numbers are written with an exponent, and read as what they are.
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) return BigInt(value);
  return value === 0 ? 0 : value;
}

function fault(path: Path, reason: string): Error {
  return new Error(`${path.length === 0 ? 'it' : formatPath(path)} ${reason}, wanted JSON`);
}

/** Whether two JSON values say the same; the order of keys says nothing. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) && sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}
