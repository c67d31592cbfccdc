import { Code, type ErrorCode } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { errorInfo } from '../../wire/error-details.ts';

/** By SQLSTATE: the whole of it, else its class. */
const codes: Readonly<Record<string, ErrorCode>> = {
  '08': Code.UNAVAILABLE,
  '0A': Code.UNIMPLEMENTED,
  '21': Code.INVALID_ARGUMENT,
  '22': Code.INVALID_ARGUMENT,
  '23': Code.FAILED_PRECONDITION,
  '23502': Code.INVALID_ARGUMENT,
  '23505': Code.ALREADY_EXISTS,
  '23514': Code.INVALID_ARGUMENT,
  '23P01': Code.ALREADY_EXISTS,
  '25': Code.FAILED_PRECONDITION,
  '25P03': Code.ABORTED,
  '25P04': Code.ABORTED,
  '28': Code.FAILED_PRECONDITION,
  '3D': Code.FAILED_PRECONDITION,
  '3F': Code.FAILED_PRECONDITION,
  '40': Code.ABORTED,
  '42': Code.INVALID_ARGUMENT,
  '42501': Code.PERMISSION_DENIED,
  '42710': Code.ALREADY_EXISTS,
  '42P07': Code.ALREADY_EXISTS,
  '53': Code.RESOURCE_EXHAUSTED,
  '54': Code.RESOURCE_EXHAUSTED,
  '55': Code.FAILED_PRECONDITION,
  '55P03': Code.ABORTED,
  '57': Code.UNAVAILABLE,
  '57014': Code.CANCELLED,
  P0: Code.FAILED_PRECONDITION,
  XX001: Code.DATA_LOSS,
  XX002: Code.DATA_LOSS,
};

/** What is known of an error of a database beside its message. */
export interface SqlErrorInit {
  /** SQLSTATE: what the SQL standard and PostgreSQL call it by. */
  readonly state: string;
  readonly constraint?: string | undefined;
  readonly cause?: unknown;
}

/** An error of a database as a status; INTERNAL when its state has no other code. The state is in its `google.rpc.ErrorInfo`. */
export function sqlError(message: string, { state, constraint, cause }: SqlErrorInit): StatusError {
  const code = codes[state] ?? codes[state.slice(0, 2)] ?? Code.INTERNAL;
  const metadata = { sqlstate: state, ...(constraint !== undefined && { constraint }) };
  return new StatusError(code, message, {
    details: [errorInfo({ reason: 'SQL_ERROR', domain: 'sql', metadata })],
    cause,
  });
}
