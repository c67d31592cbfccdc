import { publicError } from './value-kind.ts';
import { entriesOf, kindOf } from './value-order.ts';

const prime = 0x01000193;
const basis = 0x811c9dc5;

/**
 * A hash of 32 bits, unsigned (FNV-1a); equal by `equalValues` means equal here. Throws TypeError for what is no value.
 */
export function hashValue(value: unknown): number {
  return mixValue(basis, value) >>> 0;
}

function mixValue(hash: number, value: unknown): number {
  const kind = kindOf(value);
  const seed = mixText(hash, kind);
  switch (kind) {
    case 'null':
      return seed;
    case 'boolean':
      return mix(seed, value ? 1 : 0);
    case 'number':
      return mixNumber(seed, Number(value));
    case 'string':
      return mixText(seed, value as string);
    case 'bytes':
      return (value as Uint8Array).reduce(mix, seed);
    case 'list':
      return mixAll(seed, value as readonly unknown[]);
    case 'object':
      return entriesOf(value as object).reduce((mixed, [key, item]) => mixValue(mixText(mixed, key), item), seed);
    case 'error': {
      const { message, code = 0 } = publicError(value as Error);
      return mix(mixText(seed, message), code);
    }
  }
}

function mixAll(hash: number, list: readonly unknown[]): number {
  let mixed = hash;
  for (const item of list) mixed = mixValue(mixed, item);
  return mix(mixed, list.length);
}

function mixNumber(hash: number, value: number): number {
  // The shortest decimal text is the same for equal numbers, 0 and -0 included.
  return mixText(hash, String(value));
}

function mixText(hash: number, text: string): number {
  let mixed = hash;
  for (let i = 0; i < text.length; i++) mixed = mix(mixed, text.charCodeAt(i));
  return mix(mixed, text.length);
}

function mix(hash: number, value: number): number {
  return Math.imul(hash ^ value, prime);
}
