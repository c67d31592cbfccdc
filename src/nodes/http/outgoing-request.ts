import { ByteStream } from '../byte-stream.ts';
import { contentOf } from './content-of.ts';
import { formatForm, parseForm } from './form.ts';
import { canonicalHeader, type Header } from './header.ts';
import { withoutHopHeaders } from './hop-headers.ts';
import { type HttpPayloadInit, isHttpPayload } from './http-payload.ts';
import { isUnchanged, recallRaw } from './raw-body.ts';
import { withoutTrailingSlashes } from './trailing-slashes.ts';

/** A request that is ready to be sent. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  /** By canonical name, without what the connection says itself. */
  readonly header: Readonly<Record<string, readonly string[]>>;
  /** Undefined without a body. A stream can be sent once. */
  readonly body: Uint8Array | ByteStream | undefined;
}

/** What a node says of all its requests. */
export interface RequestDefaults {
  readonly url: URL;
  readonly method: string | undefined;
  readonly header: Header | undefined;
  readonly query: Readonly<Record<string, string | readonly string[]>> | undefined;
}

// What is true of the request that a payload came from need not be of the one it becomes.
const ownNames = ['Host', 'Content-Length', 'Expect', 'Accept-Encoding'];

/** The request that a payload asks for: an HttpPayload, or any value as its body. INVALID_ARGUMENT for one that cannot be sent. */
export async function outgoingRequest(payload: unknown, defaults: RequestDefaults): Promise<OutgoingRequest> {
  const given: HttpPayloadInit = isHttpPayload(payload) ? payload : { body: payload };
  const header = requestHeader(given, defaults.header);
  const credentials = basicCredentials(defaults.url);
  if (credentials !== undefined) header.Authorization ??= [credentials];
  const body = given.body ?? undefined;
  const url = joined(defaults.url, given, defaults.query);
  const content = body === undefined ? undefined : await bodyOf(body, header, payload as object);
  const { method = content === undefined ? 'GET' : 'POST' } = {
    ...dropUndefined(defaults.method),
    ...dropUndefined(given.method),
  };
  return { method: method.toUpperCase(), url, header, body: content };
}

function dropUndefined(method: string | undefined): { method?: string } {
  return method ? { method } : {};
}

function requestHeader(given: HttpPayloadInit, defaults: Header | undefined): Record<string, string[]> {
  const header = withoutHopHeaders({ ...canonicalHeader(defaults), ...canonicalHeader(given.header) });
  const plain = header['Accept-Encoding']?.join().trim() === 'identity';
  for (const name of ownNames) delete header[name];
  header['Accept-Encoding'] = [plain ? 'identity' : 'gzip, deflate, br'];
  return header;
}

async function bodyOf(
  body: unknown,
  header: Record<string, string[]>,
  payload: object,
): Promise<Uint8Array | ByteStream | undefined> {
  // It comes from elsewhere as it is: undecoded.
  if (body instanceof ByteStream) return body;
  const raw = recallRaw(payload, body);
  if (raw !== undefined && (await isUnchanged(body, header, raw))) return raw.bytes;
  return await contentOf(body, header);
}

/** What `https://user:password@host` asks to send. */
function basicCredentials({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** The URL of a node with the path of a payload behind its own, and both queries. */
function joined(base: URL, { path, query }: HttpPayloadInit, more: RequestDefaults['query']): URL {
  const url = new URL(base);
  url.username = url.password = '';
  if (path !== undefined && path !== '' && path !== '/') {
    // Dots are resolved before the paths meet, so that no payload leaves the path of its node.
    const own = new URL(`http://host/${path.replace(/^\/+/, '').replaceAll('?', '%3F').replaceAll('#', '%23')}`)
      .pathname;
    url.pathname = `${withoutTrailingSlashes(base.pathname)}${own}`;
  }
  // What was written in the URL stays as it is.
  const added = [more, query].map((one) => (one === undefined || one === null ? '' : formatForm(one)));
  const all = [base.search.slice(1), ...added].filter((one) => one !== '');
  url.search = all.join('&');
  url.hash = '';
  return url;
}

/** What an answer says of the request that it answers. */
export function requestFields({ method, url }: OutgoingRequest): HttpPayloadInit {
  return {
    method,
    scheme: url.protocol.slice(0, -1),
    host: url.host,
    path: url.pathname,
    query: queryOf(url),
  };
}

function queryOf(url: URL): Record<string, string[]> {
  try {
    return parseForm(url.search.slice(1));
  } catch {
    // It was sent as it is, readable or not.
    return {};
  }
}
