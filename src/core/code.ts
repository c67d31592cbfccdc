/** The 17 status codes of gRPC (doc/statuscodes.md). */
export const Code = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** How a call ended, as a number from 0 to 16. */
export type Code = (typeof Code)[keyof typeof Code];

/** Every code but OK: what an error can carry. */
export type ErrorCode = Exclude<Code, typeof Code.OK>;

export type CodeName = keyof typeof Code;

const names = Object.keys(Code) as CodeName[];

/** The name of a code, such as `NOT_FOUND`; `UNKNOWN` for a number that gRPC does not define. */
export function codeName(code: number): CodeName {
  return names[code] ?? 'UNKNOWN';
}

/** A code from whatever a peer sent: anything outside 0 to 16 is UNKNOWN, as gRPC asks. */
export function codeOf(value: unknown): Code {
  const code = typeof value === 'number' ? value : Number.NaN;
  return Number.isInteger(code) && code >= 0 && code <= 16 ? (code as Code) : Code.UNKNOWN;
}

/** A code by its name, in any case (`not_found`, `NOT_FOUND`, `NotFound`); undefined when there is none. */
export function codeByName(name: string): Code | undefined {
  const folded = name.replaceAll('_', '').toUpperCase();
  const index = names.findIndex((known) => known.replaceAll('_', '') === folded);
  return index < 0 ? undefined : (index as Code);
}
