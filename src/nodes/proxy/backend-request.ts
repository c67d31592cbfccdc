import { type Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { Code, type ErrorCode } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { drained } from '../../transport/drained.ts';
import { errorInfo } from '../../wire/error-details.ts';
import { ByteStream } from '../byte-stream.ts';
import { isRepeatable } from '../http/repeatable.ts';
import { statusField } from '../http/server-failure.ts';
import { withoutTrailingSlashes } from '../http/trailing-slashes.ts';
import { forOperator } from '../inner-words.ts';
import { errorDomain } from '../reply.ts';
import type { ProxiedRequest } from './proxied-request.ts';

/** A connection is given up after this, so that another backend gets the request. */
const connectMs = 5_000;

/** Where a request is sent to, and how. */
export interface Backend {
  readonly url: URL;
  readonly agent: Agent;
  readonly lookup: LookupFunction;
  /** Of the node that asks. */
  readonly node: string;
}

export interface Bounds {
  /** Until the head of the answer is there, and all of its body when that is held. */
  readonly timeoutMs: number;
  /** Calls its listener when the run is cancelled; gives what takes it off. */
  onCancel(listener: (reason: Error) => void): () => void;
}

/** Nothing of the request has left: another backend may have it. */
export class NotSent extends Error {}

/** An answer whose head is there. */
export interface BackendAnswer {
  readonly response: IncomingMessage;
  /** Why its body ends early. */
  cut(): Error;
  /** Its body is nobody's matter here any more: time and cancellation of the run do not end it. */
  release(): void;
}

/** Sends a request to one backend. Rejects with NotSent when that could not be reached, else with a StatusError. */
export async function sendTo(backend: Backend, request: ProxiedRequest, bounds: Bounds): Promise<BackendAnswer> {
  try {
    return await new Exchange(backend, request, bounds).answer;
  } catch (thrown) {
    // The backend closed a connection in the moment in which it was used again.
    if (!(thrown instanceof Stale)) throw thrown;
    return await new Exchange({ ...backend, agent: undefined }, request, bounds).answer;
  }
}

class Stale extends Error {}

class Exchange {
  readonly answer: Promise<BackendAnswer>;
  readonly #backend: Omit<Backend, 'agent'> & { readonly agent: Agent | undefined };
  readonly #request: ProxiedRequest;
  readonly #timeoutMs: number;
  #sent = false;
  #answered = false;
  #failure: Error | undefined;

  constructor(
    backend: Omit<Backend, 'agent'> & { readonly agent: Agent | undefined },
    request: ProxiedRequest,
    { timeoutMs, onCancel }: Bounds,
  ) {
    this.#backend = backend;
    this.#request = request;
    this.#timeoutMs = timeoutMs;
    this.answer = new Promise((resolve, reject) => {
      const outgoing = this.#open();
      const stop = (failure: Error): void => {
        this.#failure ??= failure;
        outgoing.destroy(failure);
      };
      const timer = setTimeout(() => stop(this.#late()), timeoutMs);
      const off = onCancel(stop);
      const settle = (): void => {
        clearTimeout(timer);
        off();
      };
      outgoing.once('socket', (socket) => this.#whenConnected(outgoing, socket, stop));
      outgoing.once('response', (response) => {
        this.#answered = true;
        // Whoever reads it is told, and nobody may.
        response.on('error', () => {});
        resolve({ response, cut: () => this.#cut(), release: settle });
      });
      outgoing.on('error', (error) => {
        settle();
        reject(this.#failed(outgoing, error));
      });
      // Nobody asked for another protocol.
      outgoing.once('upgrade', (_response, socket) => {
        socket.destroy();
        settle();
        reject(this.#switched());
      });
    });
  }

  #open(): ClientRequest {
    const { url, agent, lookup } = this.#backend;
    const { method, path, search, header } = this.#request;
    const base = withoutTrailingSlashes(url.pathname);
    const query = [url.search.slice(1), search].filter((one) => one !== '').join('&');
    return (url.protocol === 'https:' ? requestHttps : requestHttp)({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      method,
      path: `${base}${path}${query === '' ? '' : `?${query}`}`,
      headers: { ...header, Host: url.host },
      agent: agent ?? false,
      lookup,
    });
  }

  /** Not before: what was not begun to be sent may go to another backend. */
  #whenConnected(outgoing: ClientRequest, socket: Socket, stop: (failure: Error) => void): void {
    const begin = (): void => {
      clearTimeout(timer);
      this.#sent = true;
      this.#send(outgoing, stop);
    };
    const late = (): void => stop(new NotSent(`no connection within ${connectMs} ms`));
    const timer = socket.connecting ? setTimeout(late, connectMs) : undefined;
    if (timer === undefined) return begin();
    socket.once(this.#backend.url.protocol === 'https:' ? 'secureConnect' : 'connect', begin);
    socket.once('close', () => clearTimeout(timer));
  }

  #send(outgoing: ClientRequest, stop: (failure: Error) => void): void {
    const { body } = this.#request;
    if (body instanceof ByteStream) pump(body, outgoing).catch(stop);
    else outgoing.end(body);
  }

  #failed(outgoing: ClientRequest, error: NodeJS.ErrnoException): Error {
    if (this.#failure instanceof StatusError) return this.#failure;
    const { url } = this.#backend;
    if (error instanceof StatusError) return error;
    if (!this.#sent) return new NotSent(`${url.host}: ${error.code ?? error.message}`, { cause: error });
    const closed = error.code === 'ECONNRESET' || error.code === 'EPIPE';
    if (closed && outgoing.reusedSocket && !this.#answered && isRepeatable(this.#request)) return new Stale();
    return gatewayError(502, `${url.host} gave no answer: ${error.code ?? error.message}`, this.#backend.node, error);
  }

  #cut(): Error {
    const { url, node } = this.#backend;
    return this.#failure ?? gatewayError(502, `${url.host} has cut its answer`, node);
  }

  #switched(): StatusError {
    const { url, node } = this.#backend;
    return gatewayError(502, `${url.host} speaks another protocol than it was asked to`, node);
  }

  #late(): StatusError {
    const { url, node } = this.#backend;
    return gatewayError(504, `${url.host} has not answered within ${Math.round(this.#timeoutMs)} ms`, node);
  }
}

/** What a backend did wrong: a listener answers it with the status. */
export function gatewayError(status: 502 | 504, message: string, node: string, cause?: unknown): StatusError {
  const code: ErrorCode = status === 504 ? Code.DEADLINE_EXCEEDED : Code.UNAVAILABLE;
  const metadata = { node, [statusField]: String(status) };
  const failed = new StatusError(code, message, {
    details: [errorInfo({ reason: status === 504 ? 'GATEWAY_TIMEOUT' : 'BAD_GATEWAY', domain: errorDomain, metadata })],
    origin: 'peer',
    cause: cause instanceof StatusError ? cause : undefined,
  });
  return forOperator(failed);
}

/** Sends a stream as fast as the backend takes it. */
async function pump(body: ByteStream, outgoing: ClientRequest): Promise<void> {
  for await (const chunk of body) {
    // An answer may come, and be over, before all of the request was sent.
    if (outgoing.destroyed) return;
    if (!outgoing.write(chunk)) await drained(outgoing);
  }
  outgoing.end();
}
