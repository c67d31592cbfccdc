import { Code, type ErrorCode } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { Hint } from './value-fields.ts';

/** What a hinted value stands for; the value itself when the hint is unknown or does not fit. */
export function restore(value: unknown, hint: number, none: unknown): unknown {
  switch (hint) {
    case Hint.INT64:
      return typeof value === 'string' ? (integerOf(value, -(2n ** 63n), 2n ** 63n - 1n) ?? value) : value;
    case Hint.UINT64:
      return typeof value === 'string' ? (integerOf(value, 0n, 2n ** 64n - 1n) ?? value) : value;
    case Hint.BYTES:
      return typeof value === 'string' ? (bytesOf(value) ?? value) : value;
    case Hint.DOUBLE:
      return typeof value === 'string' ? (doubles.get(value) ?? value) : value;
    case Hint.ERROR:
      return errorOf(value) ?? value;
    case Hint.NONE:
      return value === null ? none : value;
    default:
      return value;
  }
}

const decimal = /^(?:0|-?[1-9]\d{0,19})$/;

function integerOf(text: string, least: bigint, most: bigint): number | bigint | undefined {
  if (!decimal.test(text)) return undefined;
  const small = Number(text);
  if (Number.isSafeInteger(small)) return small >= least ? small : undefined;
  const integer = BigInt(text);
  return integer >= least && integer <= most ? integer : undefined;
}

function bytesOf(text: string): Uint8Array | undefined {
  const decoded = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  // Characters outside the alphabet are skipped by Buffer, so the length tells.
  if (text.length % 4 !== 0 || decoded.length !== (text.length / 4) * 3 - padding) return undefined;
  return new Uint8Array(decoded);
}

const doubles: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function errorOf(value: unknown): Error | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { message, code } = value as { message?: unknown; code?: unknown };
  if (typeof message !== 'string' || !Object.hasOwn(value, 'message')) return undefined;
  if (isErrorCode(code)) return new StatusError(code, message, { origin: 'peer' });
  return new Error(message);
}

function isErrorCode(code: unknown): code is ErrorCode {
  return Number.isInteger(code) && (code as number) > Code.OK && (code as number) <= Code.UNAUTHENTICATED;
}
