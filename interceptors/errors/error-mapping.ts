import {
  Code,
  type Context,
  codeOf,
  type Details,
  type ErrorCode,
  ErrorInfo,
  errorInfo,
  findDetail,
  StatusError,
} from 'flowrpc';

/** A domain error and the status that stands for it, both ways. `mapError` makes one; write your own for other conventions. */
export interface ErrorMapping<E = unknown> {
  /** For messages about the table. */
  readonly name: string;
  /** Servers: whether what was thrown is this error. */
  matches(thrown: unknown): thrown is E;
  /** Servers: what the caller gets. */
  toStatus(error: E, call: Context): StatusError;
  /** Clients: what the call rejects with instead; undefined when the status stands for something else. */
  fromStatus(error: StatusError, call: Context): E | undefined;
}

/** A class of errors, or a function that knows one. */
export type ErrorKind<E> = (abstract new (...args: never[]) => E & Error) | ((thrown: unknown) => thrown is E);

/** A status that stands for a domain error, as a client received it. */
export interface ReceivedError {
  /** The status text. */
  readonly message: string;
  /** What the server put into ErrorInfo. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Code, details and trailer. It becomes the `cause` of an error that has none. */
  readonly status: StatusError;
}

export interface MapErrorOptions<E> {
  code: ErrorCode;
  /** UPPER_SNAKE_CASE, at most 63 characters; with `domain` it says which error this is (google.rpc.ErrorInfo, AIP-193). */
  reason: string;
  /** Who defines the reason: `users.example.com`. */
  domain: string;
  /** What the caller reads. Default: the message of the error, which is public by that. */
  message?: (error: E) => string;
  /** What `make` needs to make the error again. Public. */
  metadata?: (error: E) => Readonly<Record<string, string>>;
  /** Details beside ErrorInfo. */
  details?: (error: E) => Details;
  /** Makes the error on clients. Left out: they get the StatusError. */
  make?: (received: ReceivedError) => E;
}

const legalReason = /^[A-Z][A-Z0-9_]{0,61}[A-Z0-9]$/;

/** Maps a class of errors, or what a predicate knows, to a code and an ErrorInfo detail, and back by that detail. */
export function mapError<E>(kind: ErrorKind<E>, options: MapErrorOptions<NoInfer<E>>): ErrorMapping<E> {
  if (typeof kind !== 'function')
    throw new TypeError(`Cannot map ${String(kind)}: wanted a class of errors or a function that knows one`);
  const { code, reason, domain } = options;
  if (codeOf(code) !== code || (code as number) === Code.OK)
    throw new TypeError(`Cannot map ${kind.name} to code ${String(code)}: wanted an error code`);
  if (typeof reason !== 'string' || !legalReason.test(reason))
    throw new TypeError(
      `Cannot map ${kind.name} to reason ${JSON.stringify(reason)}: wanted UPPER_SNAKE_CASE, 2 to 63 characters`,
    );
  if (typeof domain !== 'string' || domain === '')
    throw new TypeError(`Cannot map ${kind.name} to ${reason}: wanted a domain such as "users.example.com"`);
  return new InfoMapping(kind, options);
}

/** The mapping behind `mapError`. */
export class InfoMapping<E> implements ErrorMapping<E> {
  readonly name: string;
  /** The reason in its domain: no two rows of a table may share one. */
  readonly id: string;
  /** Left out for predicates. */
  readonly errorClass: (abstract new (...args: never[]) => Error) | undefined;
  readonly #is: (thrown: unknown) => boolean;
  readonly #options: MapErrorOptions<E>;

  constructor(kind: ErrorKind<E>, options: MapErrorOptions<E>) {
    const errorClass = isClass(kind) ? kind : undefined;
    this.errorClass = errorClass;
    this.#is = errorClass === undefined ? (kind as (thrown: unknown) => boolean) : (it) => it instanceof errorClass;
    this.#options = options;
    this.id = `${options.domain} ${options.reason}`;
    this.name = kind.name || options.reason;
  }

  matches(thrown: unknown): thrown is E {
    return this.#is(thrown);
  }

  toStatus(error: E): StatusError {
    const { code, reason, domain, message = messageOf, metadata, details } = this.#options;
    const info = errorInfo({ reason, domain, metadata: metadata?.(error) ?? {} });
    return new StatusError(code, message(error), { details: [info, ...(details?.(error) ?? [])], cause: error });
  }

  fromStatus(status: StatusError): E | undefined {
    const { code, reason, domain, make } = this.#options;
    if (make === undefined || status.code !== code) return undefined;
    const info = findDetail(status, ErrorInfo);
    if (info?.reason !== reason || info.domain !== domain) return undefined;
    return make({ message: status.statusMessage, metadata: info.metadata, status });
  }
}

function isClass<E>(kind: ErrorKind<E>): kind is abstract new (...args: never[]) => E & Error {
  return (kind as unknown) === Error || kind.prototype instanceof Error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
