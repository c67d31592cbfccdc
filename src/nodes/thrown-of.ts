import { Code, codeByName, codeOf, type ErrorCode } from '../core/code.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { detailFromJson } from '../wire/error-details.ts';
import { streamsIn } from './held-streams.ts';
import { jsonOf } from './json-of.ts';
import { isMapping } from './schema.ts';

const longestText = 4_096;
const longestChain = 10;

/**
 * The error that a value stands for, undefined for null and for a list without anything else. Throws INVALID_ARGUMENT for a code or
 * details that are none.
 */
export function thrownOf(value: unknown): Error | undefined {
  if (value === null) return undefined;
  if (value instanceof Error) return value;
  if (Array.isArray(value)) return chained(value.flatMap((one: unknown) => thrownOf(one) ?? []));
  if (isMapping(value, ['code', 'message', 'details']) && (value.code ?? value.message) !== undefined)
    return stated(value);
  return new StatusError(Code.UNKNOWN, textOf(value));
}

/** One error, told by the messages of all of them; each has the next one for its cause. */
function chained(errors: readonly Error[]): Error | undefined {
  const more = errors.length - longestChain;
  const last = more > 0 ? [new Error(`+${more} more`)] : [];
  return [...errors.slice(0, longestChain), ...last].reduceRight<Error | undefined>(wrapped, undefined);
}

function wrapped(cause: Error | undefined, error: Error): Error {
  if (cause === undefined) return error;
  const [outer, inner] = [statusOf(error), statusOf(cause)];
  const code = outer.code === Code.UNKNOWN ? inner.code : outer.code;
  return new StatusError(code as ErrorCode, textOf(`${outer.message}: ${inner.message}`), {
    details: [...outer.details, ...inner.details],
    cause,
  });
}

function stated({ code = Code.UNKNOWN, message = '', details = [] }: Record<string, unknown>): StatusError {
  const known = errorCode(code);
  if (known === undefined)
    throw refused(`code ${textOf(code)}`, 'the name of a status code such as NOT_FOUND, or a number from 1 to 16');
  if (!Array.isArray(details)) throw refused(`details ${textOf(details)}`, 'a list');
  const packed = details.map((detail: unknown) => detailFromJson(jsonOf(detail)));
  return new StatusError(known, textOf(message), { details: packed });
}

function errorCode(code: unknown): ErrorCode | undefined {
  const known = typeof code === 'string' ? codeByName(code) : codeOf(code) === code ? code : undefined;
  return known === Code.OK ? undefined : (known as ErrorCode | undefined);
}

function refused(what: string, wanted: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot throw ${what}: wanted ${wanted}`);
}

/** Text as it is, anything else as JSON; cut where a status would not carry it. */
function textOf(value: unknown): string {
  if (streamsIn(value).length > 0) throw refused('a byte stream', 'text, an error, a mapping or a list');
  const text = typeof value === 'string' || typeof value === 'bigint' ? `${value}` : JSON.stringify(jsonOf(value));
  return text.length > longestText ? `${text.slice(0, longestText).toWellFormed()}…` : text;
}
