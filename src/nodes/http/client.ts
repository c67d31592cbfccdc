import type { LookupFunction } from 'node:net';
import type { Agent, Dispatcher } from 'undici';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { forOperator } from '../inner-words.ts';
import type { Outbound } from '../outbound.ts';
import type { ClientTls } from './client-tls.ts';
import { headerFromRaw, headerValue } from './header.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import { redirectOf } from './redirect.ts';
import { isRepeatable } from './repeatable.ts';

/** Connections to one host at most. */
const maxConnections = 128;
/** Hosts that connections are kept to at most. */
const maxOrigins = 100;

export interface HttpClientOptions {
  outbound: Outbound;
  /** How many redirects are followed; with 0 they are answers. */
  redirects: number;
  tls: ClientTls | undefined;
}

/** An answer whose body has not been read yet. */
export interface IncomingResponse {
  /** The request that it answers, behind all redirects. */
  readonly request: OutgoingRequest;
  readonly status: number;
  readonly header: Record<string, string[]>;
  readonly body: Dispatcher.ResponseData['body'];
}

/** Sends requests over connections that it keeps: HTTP/2 where the server offers it by TLS, else HTTP/1.1. */
export class HttpClient {
  readonly #agent: Agent;
  readonly #outbound: Outbound;
  readonly #redirects: number;

  private constructor(agent: Agent, { outbound, redirects }: HttpClientOptions) {
    this.#agent = agent;
    this.#outbound = outbound;
    this.#redirects = redirects;
  }

  /** Rejects when the library that it stands on is not installed. */
  static async open(options: HttpClientOptions): Promise<HttpClient> {
    const { Agent } = await loadUndici();
    const agent = new Agent({
      allowH2: true,
      connections: maxConnections,
      maxOrigins,
      // Whoever sends says how long it may take.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        ...options.tls,
        lookup: options.outbound.lookup as LookupFunction,
        timeout: 10_000,
        autoSelectFamily: true,
      },
    });
    return new HttpClient(agent, options);
  }

  /** Rejects with UNAVAILABLE when there is no answer, PERMISSION_DENIED for a redirect that must not be followed, or the reason of the signal. */
  async send(first: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
    let request = first;
    for (let followed = 0; ; followed++) {
      const answer = await this.#exchange(request, signal);
      const next =
        this.#redirects === 0 ? undefined : redirectOf(request, answer.status, headerValue(answer.header, 'Location'));
      if (next === undefined) return answer;
      answer.body.on('error', () => {}).destroy();
      if (followed === this.#redirects)
        throw new StatusError(Code.UNAVAILABLE, `Cannot follow ${first.url.origin} further than ${followed} redirects`);
      this.#outbound.check(next.url);
      request = next;
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy(new StatusError(Code.UNAVAILABLE, 'The node is closed'));
  }

  async #exchange(request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(request, signal);
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        if (attempt === 1 && wasClosed(thrown) && isRepeatable(request)) continue;
        throw failure(request, thrown);
      }
    }
  }

  async #once(request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
    const { method, url, header, body } = request;
    const {
      statusCode,
      headers,
      body: incoming,
    } = await this.#agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: method as Dispatcher.HttpMethod,
      headers: Object.entries(header).flatMap(([name, values]) => values.flatMap((value) => [name, value])),
      body: body as Dispatcher.DispatchOptions['body'],
      signal,
      responseHeaders: 'raw',
    });
    const raw = headers as unknown as readonly (string | Uint8Array)[];
    return { request, status: statusCode, header: headerFromRaw(raw), body: incoming };
  }
}

async function loadUndici(): Promise<typeof import('undici')> {
  try {
    return await import('undici');
  } catch (cause) {
    throw new Error('Cannot load module "undici", which kind "http" needs: npm install undici', { cause });
  }
}

/** A connection that was kept may have been closed by the other side in that moment: whoever may ask twice asks again. */
function wasClosed(thrown: unknown): boolean {
  const { code } = thrown as { code?: string };
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

function failure({ url }: OutgoingRequest, thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown;
  const { code, message, cause } = thrown as { code?: string; message?: string; cause?: unknown };
  if (cause instanceof StatusError) return cause;
  const why = code ?? message ?? String(thrown);
  if (code === 'UND_ERR_INVALID_ARG')
    return forOperator(
      new StatusError(Code.INVALID_ARGUMENT, `Cannot send to ${url.origin}: ${message}`, { cause: thrown }),
    );
  return forOperator(new StatusError(Code.UNAVAILABLE, `Cannot reach ${url.origin}: ${why}`, { cause: thrown }));
}
