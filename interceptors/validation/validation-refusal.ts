import { badRequest, Code, type Details, type Method, StatusError } from 'flowrpc';

/** What is wrong with one field of a message. */
export interface Violation {
  /** `items[3].unit_price`; empty for the message as a whole. */
  readonly field: string;
  readonly description: string;
  /** UPPER_SNAKE_CASE, for programs. */
  readonly reason?: string;
}

/** The first of them, and how many there are. */
export interface Violations {
  readonly first: readonly Violation[];
  readonly count: number;
}

/** Makes violations of the first `maxViolations` of what was found: a message may break its rules a million times. */
export function firstViolations<T>(
  found: readonly T[],
  maxViolations: number,
  violationOf: (one: T) => Violation,
): Violations {
  return { first: found.slice(0, maxViolations).map(violationOf), count: found.length };
}

/** Details larger than this might not fit into a trailer, and would be lost whole. */
const maxDetailBytes = 2_048;
const maxFieldLength = 128;
const maxDescriptionLength = 200;

/** INVALID_ARGUMENT with the first violations as `google.rpc.BadRequest`, and behind it `more` details. */
export function requestRefusal({ path }: Method, { first, count }: Violations, more: Details = []): StatusError {
  const shown = capped(first);
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot take the request of ${path}: ${summary(shown, count)}`, {
    details: [badRequest({ fieldViolations: shown }), ...more],
  });
}

/**
 * INTERNAL: a response that breaks its rules is the server's own fault. Its caller is told no more; on the client, and in
 * `cause`, the text says what was wrong.
 */
export function responseRefusal(
  { path }: Method,
  side: 'client' | 'server',
  { first, count }: Violations,
): StatusError {
  const text = summary(capped(first), count);
  if (side === 'client') return new StatusError(Code.INTERNAL, `Cannot take the response of ${path}: ${text}`);
  const cause = new Error(`Cannot send the response of ${path}: ${text}`);
  return new StatusError(Code.INTERNAL, 'The response breaks its own rules', { cause });
}

function summary([first]: readonly Violation[], count: number): string {
  if (first === undefined) return 'it breaks its rules';
  const where = first.field === '' ? '' : `"${first.field}" `;
  const rest = count > 1 ? `, and ${count - 1} more` : '';
  return `${where}${first.description}${rest}`;
}

function capped(violations: readonly Violation[]): Violation[] {
  const shown: Violation[] = [];
  let bytes = 0;
  for (const violation of violations) {
    const field = clip(violation.field, maxFieldLength);
    const description = clip(violation.description, maxDescriptionLength);
    const reason = clip(violation.reason ?? '', 63);
    bytes += Buffer.byteLength(field) + Buffer.byteLength(description) + reason.length + 16;
    if (bytes > maxDetailBytes) break;
    shown.push({ field, description, reason });
  }
  return shown;
}

function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text
    .slice(0, maxLength)
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`;
}
