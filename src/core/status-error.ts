import { Code, codeName, codeOf, type ErrorCode } from './code.ts';
import { Metadata } from './metadata.ts';
import {
  type Details,
  hasTrailer,
  noDetails,
  type Origin,
  type Status,
  type StatusOptions,
  statusFrom,
} from './status.ts';

export interface StatusErrorOptions extends StatusOptions {
  /** Path of the call that failed, filled in by clients. */
  path?: string;
}

const brand = Symbol.for('flowrpc.StatusError');

/**
 * Ends a call with a status when thrown by a handler or interceptor, and is what a failed call rejects with.
 * `instanceof` holds across copies of this package.
 */
export class StatusError extends Error {
  override readonly name: string = 'StatusError';
  readonly code: ErrorCode;
  /** The status text alone; `message` puts the code in front, because tools show only the message. */
  readonly statusMessage: string;
  readonly details: Details;
  readonly origin: Origin;
  /** No server application saw the call: see `Status`. */
  readonly unseen: boolean;
  /** The connection was lost under the call: see `Status`. */
  readonly lost: boolean;
  /** Set when a client call failed with this; a server that lets it through then knows it is not its own. */
  readonly path: string | undefined;
  #trailer: Metadata | undefined;

  constructor(
    code: ErrorCode,
    message = '',
    {
      details = noDetails,
      trailer,
      origin = 'local',
      unseen = false,
      lost = false,
      cause,
      path,
    }: StatusErrorOptions = {},
  ) {
    super(
      message === '' ? codeName(code) : `${codeName(code)}: ${message}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.statusMessage = String(message);
    this.details = details;
    this.origin = origin;
    this.unseen = unseen;
    this.lost = lost;
    this.path = path;
    this.#trailer = trailer === undefined || trailer instanceof Metadata ? trailer : new Metadata(trailer);
    Object.defineProperty(this, brand, { value: true });
  }

  get trailer(): Metadata {
    return (this.#trailer ??= new Metadata());
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      return typeof value === 'object' && value !== null && brand in value;
    } catch {
      // A revoked proxy can be thrown, but not looked at.
      return false;
    }
  }

  /** The error a client rejects with when a call ended with this status. */
  static of(status: Status, path?: string): StatusError {
    const { message, details, origin, unseen, lost, cause } = status;
    const trailer = hasTrailer(status) ? status.trailer : undefined;
    return new StatusError(status.code as ErrorCode, message, { details, trailer, origin, unseen, lost, cause, path });
  }
}

/**
 * The one place where whatever was thrown becomes a status. A StatusError keeps code, message, details and trailer;
 * any other value, null included, becomes UNKNOWN with the value as `cause`. Masking and logging happen at the server's edge.
 */
export function statusOf(thrown: unknown): Status {
  if (thrown instanceof StatusError) {
    const { statusMessage, details, origin, unseen, lost, cause, path } = thrown;
    // OK and numbers that are no code can't be typed, but thrown.
    const code = codeOf(thrown.code) || Code.UNKNOWN;
    // Upstream trailers are not ours to pass on; its error stays as the cause.
    if (path !== undefined) return statusFrom(code, statusMessage, { details, origin, unseen, lost, cause: thrown });
    return statusFrom(code, statusMessage, { details, trailer: thrown.trailer, unseen, lost, cause });
  }
  return statusFrom(Code.UNKNOWN, describe(thrown), { cause: thrown ?? new Error(`thrown: ${String(thrown)}`) });
}

function describe(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'an object without a text form';
  }
}
