import fc from 'fast-check';
import { Code, type ErrorCode } from '../../src/core/code.ts';
import { StatusError } from '../../src/core/status-error.ts';

/** Any text that JavaScript can hold, lone surrogates and `__proto__` included. */
export const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', '__proto__', 'constructor', 'message', 'code', 'NaN', 'Infinity', '12', 'AAAA', 'toString'),
);

const json = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  anyText,
);

const hinted = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 53n, -(2n ** 53n)),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
  fc.uint8Array({ maxLength: 300 }),
  anyText.map((message) => new Error(message)),
  fc
    .tuple(fc.constantFrom(...(Object.values(Code).filter((code) => code !== Code.OK) as ErrorCode[])), anyText)
    .map(([code, message]) => new StatusError(code, message)),
);

/** What JSON can say. */
export const jsonValue = nested(json);

/** Everything that is a value. */
export const anyValue = nested(fc.oneof(json, hinted));

function nested(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, leaf, tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 5 }),
    object: fc.array(fc.tuple(anyText, tie('value')), { maxLength: 5 }).map(objectOf),
  }));
  return value;
}

/** As `Object.fromEntries`, which also makes `__proto__` an own property. */
function objectOf(entries: [string, unknown][]): object {
  return Object.fromEntries(entries);
}

/** The protobuf JSON mapping, written down once more: what every other reader must see. */
export function asJson(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof StatusError) return { message: value.statusMessage.toWellFormed(), code: value.code };
  if (value instanceof Error) return { message: value.message.toWellFormed() };
  if (Array.isArray(value)) return value.map(asJson);
  return mapEntries(value, asJson);
}

/** What arrives: the value itself, but for what text and numbers can't hold. */
export function asArrived(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof StatusError) return { error: value.statusMessage.toWellFormed(), code: value.code };
  if (value instanceof Error) return { error: value.message.toWellFormed() };
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(asArrived);
  return mapEntries(value, asArrived);
}

function mapEntries(value: unknown, map: (item: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), map(item)]));
}

/** A length-delimited field. */
export function part(number: number, ...content: readonly (Uint8Array | readonly number[])[]): Buffer {
  const body = Buffer.concat(content.map((bytes) => Uint8Array.from(bytes)));
  return Buffer.concat([Uint8Array.from([(number << 3) | 2, ...lengthOf(body.length)]), body]);
}

function lengthOf(count: number): number[] {
  return count < 128 ? [count] : [(count & 127) | 128, ...lengthOf(count >>> 7)];
}
