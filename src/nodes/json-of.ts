import { isBytes, isError, publicError } from '../wire/value-kind.ts';

/** A value in JSON as protobuf maps it: bigints as decimal text, bytes as base64, an error as its message and code. */
export function jsonOf(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isBytes(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (Array.isArray(value)) return value.map(jsonOf);
  if (isError(value)) return publicError(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [name, jsonOf(item)]),
  );
}
