import { charge } from './meter.ts';

const clause = /%(?:\.(\d{1,3}))?([sdfebxXo%])|%/g;

/** `"%s is %d".format([name, age])`: `%s %d %f %e %b %x %X %o`, a precision as in `%.2f`, and `%%`. */
export function format(text: string, values: readonly unknown[]): string {
  charge((text.length >> 3) + values.length);
  let next = 0;
  const result = text.replace(clause, (found, precision: string | undefined, verb: string | undefined) => {
    if (verb === '%') return '%';
    if (verb === undefined) throw new RangeError(`format() does not know "${found}" in ${JSON.stringify(text)}`);
    if (next >= values.length) throw new RangeError(`format() got ${values.length} values, "${found}" wants one more`);
    return formatted(values[next++], verb, Math.min(Number(precision ?? 6), 100));
  });
  charge(result.length >> 4);
  return result;
}

function formatted(value: unknown, verb: string, digits: number): string {
  if (verb === 's') return textOf(value);
  const number = typeof value === 'number' || typeof value === 'bigint' ? value : Number.NaN;
  if (verb === 'b' && typeof value === 'boolean') return value ? '1' : '0';
  if (verb === 'x' || verb === 'X') {
    const hex = hexOf(value);
    return verb === 'X' ? hex.toUpperCase() : hex;
  }
  if (typeof value !== 'number' && typeof value !== 'bigint')
    throw new TypeError(`format() takes a number for "%${verb}"`);
  if (verb === 'f') return Number(number).toFixed(digits);
  if (verb === 'e') return Number(number).toExponential(digits);
  if (verb === 'd') return String(value);
  return number.toString(verb === 'b' ? 2 : 8);
}

function hexOf(value: unknown): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'bigint' || typeof value === 'number') return value.toString(16);
  throw new TypeError('format() takes a number, text or bytes for "%x"');
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${textOf(item)}`)
      .join(', ')}}`;
  return String(value);
}
