import {
  type Call,
  Code,
  type Context,
  ErrorInfo,
  findDetail,
  type Interceptor,
  type Methods,
  type Service,
  type Status,
  StatusError,
  thrownKey,
  withStatus,
} from 'flowrpc';
import { type ErrorMapping, InfoMapping } from './errors/error-mapping.ts';

/** The errors of each method of a service, by its name in code. */
export type ErrorRows<M extends Methods> = { readonly [N in keyof M]?: readonly ErrorMapping[] };

/** Which methods fail with which domain errors. */
export interface ErrorTable<M extends Methods = Methods, R extends ErrorRows<M> = ErrorRows<M>> {
  readonly service: Service<M>;
  readonly rows: R;
  /** Whether something caught is one of the errors of a method. */
  is<N extends keyof R>(method: N, thrown: unknown): thrown is ErrorIn<R[N]>;
}

type ErrorIn<L> = L extends readonly ErrorMapping[] ? (L[number] extends ErrorMapping<infer E> ? E : never) : never;

/** The domain errors of a method: `ErrorsOf<typeof userErrors, 'getUser'>`. */
export type ErrorsOf<T extends { readonly rows: object }, N extends keyof T['rows']> = ErrorIn<T['rows'][N]>;

/** States the errors of each method of a service, for `errors()` on both sides and for types. */
export function errorTable<M extends Methods, const R extends ErrorRows<M>>(
  service: Service<M>,
  rows: R & { readonly [N in Exclude<keyof R, keyof M>]: never },
): ErrorTable<M, R> {
  for (const [name, list] of Object.entries(rows)) {
    if (!Object.hasOwn(service.methods, name))
      throw new TypeError(`Cannot map errors of "${name}": ${service.name} has no such method`);
    checkRows(list as readonly ErrorMapping[], `${service.name} ${name}`);
  }
  return {
    service,
    rows,
    is<N extends keyof R>(method: N, thrown: unknown): thrown is ErrorIn<R[N]> {
      const list: readonly ErrorMapping[] = (rows as ErrorRows<Methods>)[method as string] ?? [];
      return list.some((row) => row.matches(thrown));
    },
  };
}

/**
 * Domain errors instead of statuses, by tables of methods and rows for all methods; the first row that fits holds, those of the
 * method before the others. On servers what a handler throws becomes the status of its row: not masked, and not logged as
 * an unknown failure. On clients the call rejects with the domain error, whose `cause` is the StatusError; `call.status` stays the status.
 */
export function errors(...tables: readonly (ErrorTable<never> | ErrorTable | ErrorMapping)[]): Interceptor {
  const general = tables.filter((table): table is ErrorMapping => !('rows' in table));
  const byPath = new Map<string, readonly ErrorMapping[]>();
  for (const table of tables) {
    if (!('rows' in table)) continue;
    for (const [name, list] of Object.entries(table.rows as ErrorRows<Methods>)) {
      const { path } = (table.service as Service).methods[name]!;
      byPath.set(path, [...(byPath.get(path) ?? []), ...(list ?? [])]);
    }
  }
  for (const [path, list] of byPath) checkRows([...list, ...general], path);
  checkRows(general, 'all methods');
  const known = new Map([...byPath].map(([path, list]) => [path, [...list, ...general]] as const));

  return async function errors(call, next) {
    const rows = known.get(call.method.path) ?? general;
    if (rows.length === 0) return next(call);
    if (call.side === 'server') return next(recognizing(call, rows));
    return received(await next(call), call, rows);
  };
}

function recognizing(call: Call, rows: readonly ErrorMapping[]): Call {
  const outer = call.get(thrownKey);
  return call.with(thrownKey, (thrown, context) => statusFor(thrown, context, rows) ?? outer?.(thrown, context));
}

function statusFor(given: unknown, context: Context, rows: readonly ErrorMapping[]): StatusError | undefined {
  const thrown = isNodeError(given) ? rootOf(given) : given;
  for (const row of rows) {
    try {
      if (row.matches(thrown)) return row.toStatus(thrown, context);
    } catch (failed) {
      // Not a StatusError, which would be taken for the handler's answer: this is masked, and logged with both texts.
      throw new Error(`Cannot make a status of ${row.name}: ${failed instanceof Error ? failed.message : failed}`, {
        cause: thrown,
      });
    }
  }
  return undefined;
}

/** What a node of a graph threw comes inside of the status that names the node. */
function isNodeError(thrown: unknown): thrown is StatusError {
  if (!(thrown instanceof StatusError) || thrown.code !== Code.UNKNOWN) return false;
  const info = findDetail(thrown, ErrorInfo);
  return info?.reason === 'NODE_FAILED' && info.domain === 'flowrpc';
}

function rootOf(error: StatusError): unknown {
  let root: unknown = error;
  for (let depth = 0; depth < 8 && root instanceof StatusError && root.cause !== undefined; depth++) root = root.cause;
  return root;
}

function received(status: Status, call: Call, rows: readonly ErrorMapping[]): Status {
  if (status.code === Code.OK || status.rejection !== undefined) return status;
  const error = StatusError.of(status, call.method.path);
  for (const row of rows) {
    const rejection = made(row, error, call);
    if (rejection !== undefined) return withStatus(status, { rejection: explained(rejection, error) });
  }
  return status;
}

/** What a row makes; what it throws while making it is what the caller gets to see too. */
function made(row: ErrorMapping, error: StatusError, call: Call): unknown {
  try {
    return row.fromStatus(error, call);
  } catch (thrown) {
    return thrown;
  }
}

function explained(rejection: unknown, cause: StatusError): unknown {
  if (rejection instanceof Error && rejection.cause === undefined && Object.isExtensible(rejection))
    Object.defineProperty(rejection, 'cause', { value: cause, configurable: true, writable: true });
  return rejection;
}

function checkRows(rows: readonly ErrorMapping[], where: string): void {
  const ids = new Set<string>();
  const classes: InfoMapping<unknown>[] = [];
  for (const row of rows) {
    if (typeof row?.toStatus !== 'function' || typeof row.fromStatus !== 'function')
      throw new TypeError(`Cannot map errors of ${where}: wanted rows as mapError() makes them`);
    if (!(row instanceof InfoMapping)) continue;
    if (ids.has(row.id)) throw new TypeError(`Cannot map errors of ${where}: two rows say ${row.id}`);
    ids.add(row.id);
    const wider = classes.find(({ errorClass }) => errorClass && row.errorClass?.prototype instanceof errorClass);
    if (wider !== undefined)
      throw new TypeError(`Cannot map errors of ${where}: ${wider.name} catches ${row.name}, put it behind`);
    classes.push(row);
  }
}
