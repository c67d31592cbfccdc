import type { Socket } from 'node:net';
import { Code } from '../../core/code.ts';
import type { Peer } from '../../core/context.ts';
import { Metadata } from '../../core/metadata.ts';
import { StatusError } from '../../core/status-error.ts';
import { formatAddress } from '../../transport/grpc/target.ts';
import { parseForm } from './form.ts';
import { canonicalName, headerFromRaw } from './header.ts';
import type { HttpPayload } from './http-payload.ts';
import type { ServerRequest } from './server-connections.ts';

/** The head of a request as nodes get it, and its query as it was sent. */
export interface RequestHead {
  readonly payload: HttpPayload & { readonly header: Record<string, string[]>; readonly path: string };
  readonly search: string;
}

/** Reads the head of a request. INVALID_ARGUMENT for one that two servers might understand differently. */
export function requestHead(request: ServerRequest, scheme: 'http' | 'https'): RequestHead {
  const header = headerFromRaw(request.rawHeaders);
  const target = request.url ?? '/';
  const absolute = target.startsWith('/') || target === '*' ? undefined : absoluteTarget(target);
  const local = absolute?.rest ?? target;
  const mark = local.indexOf('?');
  const search = mark === -1 ? '' : local.slice(mark + 1);
  const path = mark === -1 ? local : local.slice(0, mark);
  if (ambiguous.test(path)) throw malformed('its path has segments of dots, or backslashes');
  const coded = header['Transfer-Encoding'];
  if (coded !== undefined && !(coded.length === 1 && /^\s*chunked\s*$/i.test(coded[0]!)))
    throw malformed('its Transfer-Encoding is not chunked alone');
  const hosts = header.Host;
  if (hosts !== undefined && hosts.length > 1) throw malformed('it has several Host fields');
  const payload: RequestHead['payload'] = {
    method: request.method ?? 'GET',
    scheme,
    host: absolute?.host ?? authorityOf(request) ?? hosts?.[0] ?? '',
    path,
    query: search === '' ? {} : parseForm(search),
    protocol: protocols[request.httpVersion] ?? `HTTP/${request.httpVersion}`,
    header,
  };
  return { payload, search };
}

/** What some servers take for another path: whoever guards one must not be passed by the other. */
const ambiguous = /\\|(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

const protocols: Readonly<Record<string, string>> = { '1.1': 'HTTP/1.1', '2.0': 'HTTP/2.0' };

function authorityOf(request: ServerRequest): string | undefined {
  return 'authority' in request && request.authority !== '' ? request.authority : undefined;
}

/** `http://host/path?query`, as clients send to proxies. */
function absoluteTarget(target: string): { host: string; rest: string } {
  const match = /^https?:\/\/([^/?#@\s]+)([/?][^#\s]*)?$/i.exec(target);
  if (match === null) throw malformed('its target is neither a path nor a URL');
  const rest = match[2] ?? '/';
  return { host: match[1]!, rest: rest.startsWith('?') ? `/${rest}` : rest };
}

function malformed(what: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot read the request: ${what}`);
}

/** Header fields that become metadata, by what they are called there. */
export type ForwardedNames = readonly (readonly [key: string, canonical: string])[];

const always = ['traceparent', 'tracestate', 'baggage', 'x-request-id'];

export function forwardedNames(more: readonly string[]): ForwardedNames {
  return [...new Set([...always, ...more])].map((key) => [key, canonicalName(key)]);
}

const legal = /^[\x20-\x7e]*$/;

/** What a request brings along for the calls that it causes; undefined when that is nothing. */
export function requestMetadata(
  header: Readonly<Record<string, readonly string[]>>,
  names: ForwardedNames,
): Metadata | undefined {
  let pairs: Map<string, string[]> | undefined;
  for (const [key, canonical] of names) {
    const values = header[canonical];
    if (values === undefined) continue;
    const kept = values.filter((value) => legal.test(value));
    if (kept.length > 0) (pairs ??= new Map()).set(key, kept);
  }
  return pairs === undefined ? undefined : Metadata.received(pairs);
}

/** The other end of a connection. */
export interface Client {
  readonly ip: string;
  readonly peer: Peer;
}

const clients = new WeakMap<object, Client>();

export function clientOf(socket: Pick<Socket, 'remoteAddress' | 'remotePort'>, secure: boolean): Client {
  let client = clients.get(socket);
  if (client === undefined) clients.set(socket, (client = newClient(socket, secure)));
  return client;
}

function newClient(
  { remoteAddress = '', remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>,
  secure: boolean,
): Client {
  const ip = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  const local = ip.startsWith('127.') || ip === '::1';
  const address = ip === '' ? 'unknown' : formatAddress(ip, remotePort ?? 0);
  return { ip, peer: { address, security: secure ? 'tls' : local ? 'local' : 'none' } };
}
