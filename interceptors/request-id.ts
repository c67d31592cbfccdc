import {
  type Call,
  Code,
  type Context,
  checkOptions,
  current,
  type Interceptor,
  type Invoke,
  key,
  Metadata,
  type Status,
  withStatus,
} from 'flowrpc';

/** The id of the request that a call is part of: one for all calls that one call of a user causes. */
export const requestIdKey = key<string>('request id');

export interface RequestIdOptions {
  /** The metadata key it travels under. Default `x-request-id`. */
  header?: string;
  /** Makes an id where none came. Default a random UUID. */
  make?: () => string;
  /** Whether a server takes over the id that its caller sent. Default true. */
  trust?: boolean | ((call: Context) => boolean);
}

const defaultHeader = 'x-request-id';

/** What is taken over from others: short, and nothing that means something to logs, shells, URLs or terminals. */
const wellFormed = /^[A-Za-z0-9][A-Za-z0-9._:+/=@-]{0,127}$/;

/**
 * One id for a request on its way through services. A server takes over the id that its caller sent, if it is well formed
 * (1 to 128 letters, digits and `._:+/=@-`), else makes one; handlers find it under `requestIdKey` and in the metadata, so that
 * `forward: ['x-request-id']` passes it on. It goes back in the header with the first message, and in the trailer of a
 * call that failed: a header of its own would keep the caller from trying again (gRFC A6). A client sends what the call says, else the id
 * of the call that it is part of (its `parent`), else a new one.
 */
export function requestId({
  header = defaultHeader,
  make = () => crypto.randomUUID(),
  trust = true,
  ...rest
}: RequestIdOptions = {}): Interceptor {
  checkOptions('requestId', rest, ['header', 'make', 'trust']);
  const name = checkHeader(header);
  const trusts = typeof trust === 'function' ? trust : () => trust;
  const made = (): string => checked(make());

  return async function requestId(call, next) {
    if (call.side === 'client') {
      const id = idIn(call, name) ?? (call.parent && idIn(call.parent, name)) ?? made();
      return next(carrying(call, name, id));
    }
    const id = (trusts(call) ? sentIn(call, name) : undefined) ?? made();
    return answering(carrying(call, name, id), next, new Metadata({ [name]: id }));
  };
}

/**
 * The id of the request that a call is part of; by default of the server call being handled, which is how nodes read it. Without the
 * interceptor it is what the caller sent, if that is well formed.
 */
export function requestIdOf(
  context: Context | undefined = current(),
  header: string = defaultHeader,
): string | undefined {
  return context && idIn(context, header);
}

function idIn(context: Context, header: string): string | undefined {
  return context.get(requestIdKey) ?? sentIn(context, header);
}

function sentIn({ metadata }: Context, name: string): string | undefined {
  const values = metadata.getAll(name);
  const [value] = values;
  return values.length === 1 && typeof value === 'string' && wellFormed.test(value) ? value : undefined;
}

function carrying(call: Call, name: string, id: string): Call {
  const known = call.with(requestIdKey, id);
  if (call.metadata.get(name) === id && call.metadata.getAll(name).length === 1) return known;
  return known.withMetadata((metadata) => metadata.set(name, id));
}

async function answering(call: Call, next: Invoke, header: Metadata): Promise<Status> {
  let told = false;
  const status = await next(
    call.mapResponses((message) => {
      // A handler may have sent the header before its first message.
      if (!told && !call.committed) call.sendHeader(header);
      told = true;
      return message;
    }),
  );
  return status.code === Code.OK ? status : withStatus(status, { trailer: status.trailer.clone().merge(header) });
}

function checkHeader(header: string): string {
  // Refuses what cannot be sent.
  new Metadata().set(header, 'x');
  return header.toLowerCase();
}

function checked(id: unknown): string {
  if (typeof id === 'string' && wellFormed.test(id)) return id;
  throw new TypeError(
    `Cannot use request id ${JSON.stringify(id)?.slice(0, 160)}: wanted 1 to 128 letters, digits and "._:+/=@-", a letter or digit first`,
  );
}
