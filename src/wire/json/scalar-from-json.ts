import type { CodecStyle } from '../codec-options.ts';
import { lookup } from '../lookup.ts';
import { Refusal } from '../refusal.ts';
import { is64Bit, type ScalarType, scalars } from '../scalar.ts';

const specials: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** One scalar; numbers may come as text, bytes are base64 of either alphabet. */
export function scalarFromJson(type: ScalarType, json: unknown, style: CodecStyle): unknown {
  if (type === 'bytes') {
    if (typeof json === 'string' && /^[\w+/-]*={0,2}$/.test(json)) return new Uint8Array(Buffer.from(json, 'base64'));
    throw new Refusal('base64 text', json);
  }
  if (is64Bit(type)) {
    const big = scalars[type].check(json) as bigint;
    return style.int64 === 'string' ? String(big) : big;
  }
  if (typeof json !== 'string' || type === 'string' || type === 'bool') return scalars[type].check(json);
  const number = lookup(specials, json) ?? (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(json) ? Number(json) : json);
  return scalars[type].check(number);
}

/** Adds a part of the path to what is refused inside. */
export function within<T>(part: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refusal ? error.within(part) : error;
  }
}
