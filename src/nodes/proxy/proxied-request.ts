import type { Context } from '../../core/context.ts';
import { ByteStream } from '../byte-stream.ts';
import { contentOf } from '../http/content-of.ts';
import { formatForm, parseForm } from '../http/form.ts';
import { traceHeader } from '../http/forwarded-header.ts';
import { canonicalHeader } from '../http/header.ts';
import { withoutHopHeaders } from '../http/hop-headers.ts';
import { type HttpPayloadInit, isHttpPayload } from '../http/http-payload.ts';
import { isUnchanged, recallRaw } from '../http/raw-body.ts';
import type { ExchangeInfo } from '../http/server-exchange-info.ts';

/** A request as every backend would get it, but for its host. */
export interface ProxiedRequest {
  readonly method: string;
  /** With a leading slash, as it was sent; dots are resolved. */
  readonly path: string;
  /** Without "?". */
  readonly search: string;
  readonly header: Record<string, string[]>;
  readonly body: Uint8Array | ByteStream | undefined;
}

export interface ProxyContext {
  /** What the listener knows; undefined when the packet came from elsewhere. */
  readonly exchange: ExchangeInfo | undefined;
  /** The call that the trace goes on from. */
  readonly parent: Context | undefined;
  /** What came before is added to, where others are known to say so rightly. */
  readonly trustForwarded: boolean;
}

/** What tells of the client and its connection, to some backends also with `_` for `-`. */
const forwardedNames = /^(?:forwarded|x[-_]forwarded[-_].*|x[-_]real[-_]ip)$/i;
// Said of the connection that the request came by: the next one has its own.
const ownNames = ['Host', 'Expect', 'Content-Length'];

/** What is sent on for a payload. INVALID_ARGUMENT for one that cannot be sent. */
export async function proxiedRequest(payload: unknown, context: ProxyContext): Promise<ProxiedRequest> {
  const given: HttpPayloadInit = isHttpPayload(payload) ? payload : { body: payload };
  const written = canonicalHeader(given.header);
  const header = withoutHopHeaders(written);
  const announced = header['Content-Length'];
  for (const name of ownNames) delete header[name];
  addForwarded(header, given.host, context);
  Object.assign(header, traceHeader(context.parent));
  const body = await bodyOf(given, payload as object, header, context);
  if (body instanceof ByteStream) {
    // What is sent on is what came, so it has that length.
    if (announced?.length === 1 && /^\d{1,15}$/.test(announced[0]!) && written['Transfer-Encoding'] === undefined)
      header['Content-Length'] = announced;
    else header['Transfer-Encoding'] = ['chunked'];
  }
  const { method = body === undefined ? 'GET' : 'POST' } = given;
  if (body === undefined ? !['GET', 'HEAD', 'OPTIONS', 'DELETE'].includes(method) : !(body instanceof ByteStream))
    header['Content-Length'] = [String(body === undefined ? 0 : (body as Uint8Array).byteLength)];
  return { method, ...targetOf(given, context.exchange), header, body };
}

async function bodyOf(
  { body, header: given }: HttpPayloadInit,
  payload: object,
  header: Record<string, string[]>,
  { exchange }: ProxyContext,
): Promise<Uint8Array | ByteStream | undefined> {
  if (body === undefined || body === null || body instanceof ByteStream) return body ?? undefined;
  // What the client sent, or what another node was answered.
  for (const raw of [exchange?.raw, recallRaw(payload, body)])
    if (raw !== undefined && (await isUnchanged(body, given, raw))) return raw.bytes;
  return await contentOf(body, header);
}

/** A query that nobody changed is sent as it was written. */
function targetOf(
  { path = '/', query }: HttpPayloadInit,
  exchange: ExchangeInfo | undefined,
): { path: string; search: string } {
  // Dots that lead upwards end here: a backend's own path is never left.
  const clean = new URL(`http://host/${path.replace(/^\//, '').replaceAll('?', '%3F').replaceAll('#', '%23')}`)
    .pathname;
  const search = query === undefined || query === null ? '' : formatForm(query);
  const same = exchange !== undefined && exchange.search !== '' && search === formatForm(parseForm(exchange.search));
  return { path: clean, search: same ? exchange.search : search };
}

function addForwarded(
  header: Record<string, string[]>,
  host: string | undefined,
  { exchange, trustForwarded }: ProxyContext,
): void {
  const before = header['X-Forwarded-For'];
  const trusted = trustForwarded ? { host: header['X-Forwarded-Host'], proto: header['X-Forwarded-Proto'] } : {};
  if (!trustForwarded) for (const name of Object.keys(header)) if (forwardedNames.test(name)) delete header[name];
  const asked = exchange?.host ?? host;
  if (exchange !== undefined) {
    const chain = trustForwarded && before !== undefined ? `${before.join(', ')}, ${exchange.client}` : exchange.client;
    header['X-Forwarded-For'] = [chain];
    header['X-Forwarded-Proto'] = trusted.proto ?? [exchange.scheme];
  }
  if (asked !== undefined) header['X-Forwarded-Host'] = trusted.host ?? [asked];
  if (exchange === undefined) return;
  const node = exchange.client.includes(':') ? `"[${exchange.client}]"` : exchange.client;
  const hop = `for=${node};${asked === undefined ? '' : `host="${asked.replaceAll(/["\\]/g, '')}";`}proto=${exchange.scheme}`;
  header.Forwarded = [header.Forwarded === undefined ? hop : `${header.Forwarded.join(', ')}, ${hop}`];
}
