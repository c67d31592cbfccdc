import { Code, codeName, codeOf } from './code.ts';
import { Metadata, type MetadataInit } from './metadata.ts';

/** One packed message of `google.rpc.Status.details`, as it travels (google.protobuf.Any). */
export interface Detail {
  /** `type.googleapis.com/google.rpc.ErrorInfo` */
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

export type Details = readonly Detail[];

/** Who decided: `peer` answered with this status, `local` is a failure on the way to it (no connection, deadline, cancel). */
export type Origin = 'local' | 'peer';

/** How a call ended. The trailer belongs to its status; `cause` never leaves the process. */
export interface Status {
  readonly code: Code;
  readonly message: string;
  readonly details: Details;
  readonly trailer: Metadata;
  readonly origin: Origin;
  /**
   * True when it is certain that no server application saw the call: never connected, closed before it was sent, refused
   * by the peer's HTTP/2. Set by transports alone, never sent. Any call that ended so may be repeated.
   */
  readonly unseen?: boolean;
  /**
   * True when the connection was lost while a server may have been at work on the call: it may be what the server died of. Set by
   * transports alone, never sent.
   */
  readonly lost?: boolean;
  readonly cause?: unknown;
  /** Clients: what the call rejects with in place of a StatusError. Set by interceptors, never sent. */
  readonly rejection?: unknown;
}

export interface StatusOptions {
  details?: Details;
  trailer?: MetadataInit;
  origin?: Origin;
  /** For transports: see `Status`. */
  unseen?: boolean;
  /** For transports: see `Status`. */
  lost?: boolean;
  cause?: unknown;
  /** See `Status`. */
  rejection?: unknown;
}

export const noDetails: Details = Object.freeze([]);

class StatusRecord implements Status {
  readonly code: Code;
  readonly message: string;
  readonly details: Details;
  readonly origin: Origin;
  readonly unseen: boolean;
  readonly lost: boolean;
  declare readonly cause?: unknown;
  declare readonly rejection?: unknown;
  #trailer: Metadata | undefined;

  constructor(
    code: Code,
    message: string,
    details: Details,
    origin: Origin,
    trailer: Metadata | undefined,
    cause: unknown,
    unseen = false,
    rejection?: unknown,
    lost = false,
  ) {
    this.code = code;
    this.message = message;
    this.details = details;
    this.origin = origin;
    this.unseen = unseen;
    this.lost = lost;
    this.#trailer = trailer;
    if (cause !== undefined) Object.defineProperty(this, 'cause', { value: cause, enumerable: false });
    if (rejection !== undefined) Object.defineProperty(this, 'rejection', { value: rejection, enumerable: false });
  }

  /** Made on first use: most calls have none. */
  get trailer(): Metadata {
    return (this.#trailer ??= new Metadata());
  }

  get hasTrailer(): boolean {
    return this.#trailer !== undefined && this.#trailer.size > 0;
  }

  toJSON(): object {
    return {
      code: codeName(this.code),
      message: this.message,
      details: this.details.length,
      trailer: this.trailer,
      origin: this.origin,
    };
  }
}

/** True for what a call may end with: a status made here, or an object of the same shape. */
export function isStatus(value: unknown): value is Status {
  if (value instanceof StatusRecord) return codeOf(value.code) === value.code;
  if (typeof value !== 'object' || value === null) return false;
  const { code, message, details, trailer } = value as Partial<Status>;
  return (
    code !== undefined &&
    codeOf(code) === code &&
    typeof message === 'string' &&
    Array.isArray(details) &&
    trailer instanceof Metadata
  );
}

/** A status of any code. For OK prefer `ok()`. */
export function statusFrom(
  code: Code,
  message = '',
  { details = noDetails, trailer, origin = 'local', unseen, lost, cause, rejection }: StatusOptions = {},
): Status {
  const pairs = trailer === undefined ? undefined : trailer instanceof Metadata ? trailer : new Metadata(trailer);
  return new StatusRecord(code, message, details, origin, pairs, cause, unseen, rejection, lost);
}

/** The status of a call that succeeded. Every call gets its own, since a trailer may be added to it. */
export function ok(trailer?: Metadata): Status {
  return new StatusRecord(Code.OK, '', noDetails, 'local', trailer, undefined);
}

/** Whether a trailer has pairs, without making one. */
export function hasTrailer(status: Status): boolean {
  return status instanceof StatusRecord ? status.hasTrailer : status.trailer.size > 0;
}

/** The same status with other fields; the trailer is shared unless replaced. */
export function withStatus(status: Status, change: Partial<Status>): Status {
  return new StatusRecord(
    change.code ?? status.code,
    change.message ?? status.message,
    change.details ?? status.details,
    change.origin ?? status.origin,
    change.trailer ?? (hasTrailer(status) ? status.trailer : undefined),
    'cause' in change ? change.cause : status.cause,
    change.unseen ?? status.unseen,
    'rejection' in change ? change.rejection : status.rejection,
    change.lost ?? status.lost,
  );
}
