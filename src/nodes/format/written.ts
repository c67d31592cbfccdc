import { kindOf } from '../../wire/value-order.ts';
import { jsonOf } from '../json-of.ts';
import { shownKind } from '../shown-kind.ts';
import { invalid, type Verb } from './directives.ts';

/** A value as a verb writes it, before it is padded. */
export interface Written {
  readonly text: string;
  /** Zeros may stand between its sign and its digits. */
  readonly numeric: boolean;
}

type Precise = Omit<Verb, 'precision' | 'width'> & { readonly precision: number | undefined };

/** Writes a value; `position` is which one it is, for messages. */
export function written(value: unknown, verb: Precise, position: number): Written {
  switch (verb.verb) {
    case 'v':
      return { text: asText(value), numeric: typeof value === 'number' || typeof value === 'bigint' };
    case 's':
      return plain([...asText(value)].slice(0, verb.precision).join(''));
    case 'q':
      return plain(JSON.stringify(asText(value)));
    case 't':
      if (typeof value !== 'boolean') throw unfit(value, verb, position, 'true or false');
      return plain(String(value));
    case 'c':
      return plain(character(value, verb, position));
    case 'x':
    case 'X':
      if (typeof value === 'string' || kindOf(value) === 'bytes')
        return plain(hexadecimal(value as string | Uint8Array, verb));
      return whole(value, verb, position);
    case 'd':
    case 'o':
    case 'b':
      return whole(value, verb, position);
    default:
      return decimal(value, verb, position);
  }
}

/** Text as it is, bytes as UTF-8, an error as its message, anything else in JSON. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  const kind = kindOf(value);
  if (kind === 'bytes') return new TextDecoder().decode(value as Uint8Array);
  if (kind === 'error') return (value as Error).message;
  const json = jsonOf(value);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

const bases: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  d: [10, ''],
  x: [16, '0x'],
  X: [16, '0X'],
  o: [8, '0o'],
  b: [2, '0b'],
};

function whole(value: unknown, verb: Precise, position: number): Written {
  const isWhole = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
  if (!isWhole) throw unfit(value, verb, position, 'a whole number');
  const [base, prefix] = bases[verb.verb]!;
  const number = BigInt(value as number | bigint);
  const digits = (number < 0n ? -number : number).toString(base).padStart(verb.precision ?? 0, '0');
  const cased = verb.verb === 'X' ? digits.toUpperCase() : digits;
  return { text: sign(number < 0n, verb) + (verb.flags.includes('#') ? prefix : '') + cased, numeric: true };
}

function decimal(value: unknown, verb: Precise, position: number): Written {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw unfit(value, verb, position, 'a number');
  const number = Math.abs(Number(value));
  const negative = Number(value) < 0 || Object.is(value, -0);
  if (!Number.isFinite(number)) return plain(Number.isNaN(number) ? 'NaN' : `${sign(negative, verb) || '+'}Inf`);
  const digits = Math.min(verb.precision ?? 6, 100);
  const upper = verb.verb === 'E' || verb.verb === 'G';
  const text = decimals(number, verb.verb.toLowerCase(), digits, verb.precision !== undefined);
  return { text: sign(negative, verb) + (upper ? text.toUpperCase() : text), numeric: true };
}

function decimals(number: number, verb: string, digits: number, given: boolean): string {
  if (verb === 'f') return number.toFixed(digits);
  if (verb === 'e') return twoDigits(number.toExponential(digits));
  // The shortest text that reads back as the same number, or as many digits as asked for.
  const text = given ? String(Number(number.toPrecision(Math.max(1, digits)))) : String(number);
  return twoDigits(text);
}

/** C writes exponents with two digits at least. */
function twoDigits(text: string): string {
  return text.replace(/e([-+])(\d)$/, 'e$10$2');
}

function character(value: unknown, verb: Precise, position: number): string {
  if (typeof value === 'string' && [...value].length === 1) return value;
  const isCode = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0x10ffff;
  if (!isCode) throw unfit(value, verb, position, 'a character or its number');
  return String.fromCodePoint(value);
}

function hexadecimal(value: string | Uint8Array, { verb, precision }: Precise): string {
  const text = Buffer.from(value as string)
    .subarray(0, precision)
    .toString('hex');
  return verb === 'X' ? text.toUpperCase() : text;
}

function sign(negative: boolean, { flags }: Precise): string {
  if (negative) return '-';
  return flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
}

function plain(text: string): Written {
  return { text, numeric: false };
}

function unfit(value: unknown, { verb }: Precise, position: number, wanted: string): Error {
  return invalid(`Cannot print value ${position} with "%${verb}": it is ${shownKind(value)}, wanted ${wanted}`);
}
