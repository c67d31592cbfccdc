import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallOptions } from '../../client/call-options.ts';
import { callerKey } from '../../core/call-keys.ts';
import { Code } from '../../core/code.ts';
import { detached } from '../../core/current.ts';
import { keyValue } from '../../core/key.ts';
import { streamsResponses } from '../../core/method.ts';
import { StatusError } from '../../core/status-error.ts';
import { jsonLogger, type Logger } from '../../observability/logger.ts';
import { peerOf } from '../../transport/grpc/index.ts';
import type { Json } from '../../wire/json/json.ts';
import { replyKey } from '../../wire/reply-key.ts';
import { ActiveRequests } from './active-requests.ts';
import { failureAnswer, jsonAnswer, send, statusAnswer } from './answer.ts';
import type { Binding } from './binding.ts';
import { headersOf, metadataOf, standardHeaders, timeoutOf } from './carried-metadata.ts';
import { HttpRefusal } from './http-refusal.ts';
import { openApi } from './open-api.ts';
import { openApiPage } from './open-api-page.ts';
import { type Origins, origins } from './origins.ts';
import type { PathMatch } from './path-tree.ts';
import { type Reach, reachOf } from './reach.ts';
import { requestInput } from './request-input.ts';
import { responseAnswer, responseJson } from './response-body.ts';
import { RouteBook } from './route-book.ts';
import { streamAnswer } from './stream-answer.ts';
import { checkTranscoderOptions, type TranscoderOptions } from './transcoder-options.ts';

/** HTTP with JSON in front of gRPC services. */
export interface Transcoder extends AsyncDisposable {
  /** For `node:http`: `createServer(transcoder.handle)`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** What there is, as an OpenAPI 3.1 document. */
  openApi(): Promise<Json>;
  /** Lets requests under way end for `graceMs`, default 0; then ends their calls, unless those go by a channel that was given. */
  close(options?: { graceMs?: number }): Promise<void>;
}

const defaultBodyBytes = 1024 * 1024;

/**
 * Makes services callable by HTTP with JSON: by their `google.api.http` rules, and each method as `POST /package.Service/Method`. A TypeError for
 * options that are wrong.
 */
export function transcoder(options: TranscoderOptions): Transcoder {
  checkTranscoderOptions(options);
  return new HttpTranscoder(options);
}

class HttpTranscoder implements Transcoder {
  readonly #reach: Reach;
  readonly #routes: RouteBook;
  readonly #origins: Origins;
  readonly #taken: readonly string[];
  readonly #shown: readonly string[];
  readonly #options: TranscoderOptions;
  readonly #logger: Logger;
  readonly #active = new ActiveRequests();

  constructor(options: TranscoderOptions) {
    const { headers = [], responseHeaders = [], cors = [], logger = jsonLogger() } = options;
    this.#options = options;
    this.#logger = logger;
    this.#taken = [...new Set([...standardHeaders, ...headers.map((name) => name.toLowerCase())])];
    this.#shown = [...new Set(['x-request-id', ...responseHeaders.map((name) => name.toLowerCase())])];
    this.#origins = origins(cors, this.#taken, this.#shown);
    this.#reach = reachOf(options);
    this.#routes = new RouteBook(this.#reach.source, (problem) =>
      logger.warn('an HTTP rule cannot be followed', { problem }),
    );
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    response.on('error', () => {});
    this.#active.add(response);
    detached(() => this.#handle(request, response)).catch(async (thrown: unknown) => {
      // Somebody who left half way is no failure.
      if (request.destroyed && !request.complete) return void response.destroy();
      if (!(thrown instanceof StatusError)) this.#logger.error('a request failed', { error: thrown });
      const answer = failureAnswer(
        thrown instanceof StatusError ? thrown : new StatusError(Code.INTERNAL, 'Internal error'),
      );
      await send(request, response, answer).catch(() => response.destroy());
    });
  };

  async openApi(): Promise<Json> {
    await this.#reach.source.refresh();
    return openApi([...this.#routes.bindings()]);
  }

  async close({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    await this.#active.idle(graceMs);
    this.#routes.close();
    await this.#reach.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method: asked = 'GET', url = '/' } = request;
    const at = url.indexOf('?');
    const path = at < 0 ? url : url.slice(0, at);
    const verb = asked === 'HEAD' ? 'GET' : asked;
    if (asked === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined)
      return await this.#preflight(request, response, path);
    for (const [name, value] of Object.entries(this.#origins.admit(request))) response.setHeader(name, value);
    const found = await this.#find(path, verb);
    if (found !== undefined && 'value' in found) {
      const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
      return await this.#call(request, response, found, query);
    }
    if (
      found === undefined &&
      this.#options.docs !== false &&
      verb === 'GET' &&
      (await this.#docs(request, response, path))
    )
      return;
    if (found === undefined) throw new HttpRefusal(404, Code.NOT_FOUND, `Nothing is at "${path.slice(0, 256)}"`);
    const allow = allowed(found).join(', ');
    throw new HttpRefusal(405, Code.UNIMPLEMENTED, `"${path.slice(0, 256)}" takes ${allow}, not ${asked}`, { allow });
  }

  /** What is not known may have come since, where nobody tells. */
  async #find(path: string, verb: string): Promise<ReturnType<RouteBook['find']>> {
    const found = this.#routes.find(path, verb);
    if (found !== undefined) return found;
    await this.#reach.source.refresh();
    return this.#routes.find(path, verb);
  }

  async #docs(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    if (path === '/openapi.json') await send(request, response, jsonAnswer(200, await this.openApi()));
    else if (path === '/') await send(request, response, { status: 200, ...openApiPage([...this.#routes.bindings()]) });
    else return false;
    return true;
  }

  async #preflight(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const wanted = String(request.headers['access-control-request-method']);
    const found = await this.#find(path, wanted);
    const verbs = found === undefined ? [] : 'value' in found ? [wanted] : allowed(found);
    await send(request, response, { status: 204, headers: this.#origins.preflight(request, verbs) });
  }

  async #call(
    request: IncomingMessage,
    response: ServerResponse,
    { value: binding, captured }: PathMatch<Binding>,
    query: URLSearchParams,
  ): Promise<void> {
    const { method, index } = binding;
    const { defaults = false, maxBodyBytes = defaultBodyBytes } = this.#options;
    // Read while the socket is there.
    const options = this.#callOptions(request, streamsResponses(method.kind));
    const input = await requestInput(request, binding, { captured, query }, maxBodyBytes);
    const call = this.#reach.calls.start(method, input, options);
    const left = (): void => {
      if (!response.writableFinished) call.cancel();
    };
    response.once('close', left);
    if (response.destroyed) left();
    if ('next' in call) {
      const json = (message: unknown): Json => responseJson(binding, message, defaults);
      const headers = async (): Promise<Record<string, string>> => headersOf(this.#shown, await call.header);
      return await streamAnswer(request, response, { call, index, json, headers });
    }
    const status = await call.status;
    const headers = headersOf(this.#shown, await call.header, status.trailer);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (status.code !== Code.OK) return await send(request, response, statusAnswer(status, index));
    // A node that has no response says so beside the null that stands for it.
    if (status.trailer.get(replyKey) === 'none') return await send(request, response, { status: 204, headers: {} });
    await send(request, response, responseAnswer(binding, await call, defaults));
  }

  #callOptions(request: IncomingMessage, streaming: boolean): CallOptions {
    const timeoutMs = timeoutOf(request) ?? (streaming ? undefined : this.#options.timeoutMs);
    return {
      ...(timeoutMs !== undefined && { timeoutMs }),
      metadata: metadataOf(request, this.#taken),
      values: [keyValue(callerKey, peerOf(request, ''))],
      parent: null,
    };
  }
}

function allowed(verbs: ReadonlySet<string>): string[] {
  const all = new Set(verbs);
  if (all.has('GET')) all.add('HEAD');
  return [...all].sort();
}
