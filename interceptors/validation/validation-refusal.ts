import { badRequest, Code, type Details, type Method, StatusError } from 'flowrpc';

/** What is wrong with one field of a message. */
export interface Violation {
  /** `items[3].unit_price`; empty for the message as a whole. */
  readonly field: string;
  readonly description: string;
  /** UPPER_SNAKE_CASE, for programs. */
  readonly reason?: string;
}

/** Details larger than this might not fit into a trailer, and would be lost whole. */
const maxDetailBytes = 2_048;
const maxFieldLength = 128;
const maxDescriptionLength = 200;

/** INVALID_ARGUMENT with the first violations as `google.rpc.BadRequest`, and behind it `more` details. */
export function requestRefusal(
  { path }: Method,
  violations: readonly Violation[],
  maxViolations: number,
  more: Details = [],
): StatusError {
  const shown = capped(violations, maxViolations);
  return new StatusError(
    Code.INVALID_ARGUMENT,
    `Cannot take the request of ${path}: ${summary(shown, violations.length)}`,
    {
      details: [badRequest({ fieldViolations: shown }), ...more],
    },
  );
}

/**
 * INTERNAL: a response that breaks its rules is the server's own fault. Its caller is told no more; on the client, and in
 * `cause`, the text says what was wrong.
 */
export function responseRefusal(
  { path }: Method,
  side: 'client' | 'server',
  violations: readonly Violation[],
  maxViolations: number,
): StatusError {
  const text = summary(capped(violations, maxViolations), violations.length);
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

function capped(violations: readonly Violation[], maxViolations: number): Violation[] {
  const shown: Violation[] = [];
  let bytes = 0;
  for (const violation of violations.slice(0, maxViolations)) {
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
