import { Code, type ErrorCode } from './code.ts';

/** The table of google/rpc/code.proto. */
const statuses: Readonly<Record<ErrorCode, number>> = {
  [Code.CANCELLED]: 499,
  [Code.UNKNOWN]: 500,
  [Code.INVALID_ARGUMENT]: 400,
  [Code.DEADLINE_EXCEEDED]: 504,
  [Code.NOT_FOUND]: 404,
  [Code.ALREADY_EXISTS]: 409,
  [Code.PERMISSION_DENIED]: 403,
  [Code.RESOURCE_EXHAUSTED]: 429,
  [Code.FAILED_PRECONDITION]: 400,
  [Code.ABORTED]: 409,
  [Code.OUT_OF_RANGE]: 400,
  [Code.UNIMPLEMENTED]: 501,
  [Code.INTERNAL]: 500,
  [Code.UNAVAILABLE]: 503,
  [Code.DATA_LOSS]: 500,
  [Code.UNAUTHENTICATED]: 401,
};

/** The HTTP status of a call that ended so. */
export function httpStatus(code: Code): number {
  return code === Code.OK ? 200 : statuses[code];
}

/** The code that an HTTP status stands for, the lowest where several have it; undefined where none has. */
export function codeOfHttpStatus(status: number): ErrorCode | undefined {
  const found = Object.entries(statuses).find(([, one]) => one === status);
  return found === undefined ? undefined : (Number(found[0]) as ErrorCode);
}
