import { invalid } from './query.ts';

type Parse = (text: string) => unknown;

const asText: Parse = (text) => text;

const scalars: Readonly<Record<number, Parse>> = {
  16: (text) => text === 't',
  17: (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex')),
  20: integer,
  21: Number,
  23: Number,
  26: Number,
  114: (text) => JSON.parse(text) as unknown,
  700: Number,
  701: Number,
  1114: (text) => text.replace(' ', 'T'),
  1184: instant,
  3802: (text) => JSON.parse(text) as unknown,
};

/** Types of lists, with those of their items; all others that are not known are text. */
const lists: Readonly<Record<number, number>> = {
  199: 114,
  1000: 16,
  1001: 17,
  1005: 21,
  1007: 23,
  1009: 25,
  1014: 1042,
  1015: 1043,
  1016: 20,
  1021: 700,
  1022: 701,
  1028: 26,
  1115: 1114,
  1182: 1082,
  1183: 1083,
  1185: 1184,
  1187: 1186,
  1231: 1700,
  2951: 2950,
  3807: 3802,
};

/** How a column of a type is read: integers, floats, booleans, bytes, JSON and lists as such, all else as the text that PostgreSQL has for it. */
export function parserOf(type: number): Parse {
  const item = lists[type];
  return item === undefined ? (scalars[type] ?? asText) : (text) => parseList(text, scalars[item] ?? asText);
}

/** A value as the driver takes it. INVALID_ARGUMENT for what is none. */
export function postgresValue(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return String(value);
    case 'object':
      if (value === null) return value;
      if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      if (value instanceof Error) throw invalid('Cannot query with an Error for an argument');
      return Array.isArray(value) ? value.map(postgresValue) : jsonText(value);
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    default:
      throw invalid(`Cannot query with a ${typeof value} for an argument`);
  }
}

/** JSON with integers of any size. INVALID_ARGUMENT for what JSON has no word for. */
export function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (value instanceof Error) throw invalid('Cannot query with an Error inside of an argument');
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`).join(',')}}`;
}

function integer(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** `2026-11-21 18:00:00.5+00` as RFC 3339 has it. */
function instant(text: string): string {
  return text
    .replace(' ', 'T')
    .replace(/\+00$/, 'Z')
    .replace(/([+-]\d\d)$/, '$1:00');
}

/** `{1,NULL,"a \"b\"",{2}}`, with bounds in front when they do not begin at 1. */
function parseList(text: string, parse: Parse): unknown[] {
  const start = text.indexOf('{');
  const pattern = /"((?:[^"\\]|\\[\s\S])*)"|[{},]|[^{},"]+/g;
  pattern.lastIndex = start;
  const open: unknown[][] = [];
  let done: unknown[] = [];
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [whole, quoted] = match;
    if (whole === '{') {
      const inner: unknown[] = [];
      open.at(-1)?.push(inner);
      open.push(inner);
    } else if (whole === '}') {
      done = open.pop() ?? done;
    } else if (whole !== ',') {
      const item =
        quoted === undefined ? (whole === 'NULL' ? null : parse(whole)) : parse(quoted.replace(/\\([\s\S])/g, '$1'));
      open.at(-1)?.push(item);
    }
  }
  return done;
}
