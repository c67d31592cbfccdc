import { Code } from '../../core/code.ts';
import { isPromise } from '../../core/requests.ts';
import { StatusError, statusOf } from '../../core/status-error.ts';
import { ByteStream } from '../byte-stream.ts';
import type { NodeProcess } from '../node-context.ts';
import { asError } from '../reply.ts';
import type { IncomingResponse } from './client.ts';
import { decodeBody } from './decode-body.ts';
import { headerValue } from './header.ts';
import type { HttpPayload } from './http-payload.ts';
import { requestFields } from './outgoing-request.ts';
import { rawBody, rememberRaw } from './raw-body.ts';

export interface ReadOptions {
  /** Bodies larger than this stay streams. */
  bufferBytes: number;
  /** Largest body, unpacked. */
  maxBodyBytes: number;
  process: NodeProcess;
}

/** An answer as payload: its body decoded when it is small, else a ByteStream of what came, undecoded. */
export async function readResponse(response: IncomingResponse, options: ReadOptions): Promise<HttpPayload> {
  const { request, status, header, body } = response;
  for (const name of ['Connection', 'Keep-Alive', 'Transfer-Encoding', 'Trailer', 'Upgrade']) delete header[name];
  const payload = { ...requestFields(request), header, status } as HttpPayload;
  if (request.method === 'HEAD' || status === 204 || status === 304) {
    body.on('error', () => {}).resume();
    return payload;
  }
  const announced = Number(headerValue(header, 'Content-Length') ?? Number.NaN);
  if (announced > options.maxBodyBytes) throw discard(response, tooLarge(response, options));
  const endless = headerValue(header, 'Content-Type')?.startsWith('text/event-stream') === true;
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const held: Uint8Array[] = [];
  let size = 0;
  while (!endless && !(announced > options.bufferBytes)) {
    const { done, value } = await chunks.next();
    if (done) return await decoded(payload, Buffer.concat(held), response, options);
    held.push(value);
    size += value.byteLength;
    if (size > options.maxBodyBytes) throw discard(response, tooLarge(response, options));
    if (size > options.bufferBytes) break;
  }
  const rest = following(held, chunks, response, options);
  const stream = new ByteStream(rest, { cancel: (reason) => void discard(response, reason) });
  return { ...payload, body: stream.until(options.process) };
}

async function decoded(
  payload: HttpPayload,
  bytes: Uint8Array,
  response: IncomingResponse,
  { maxBodyBytes }: ReadOptions,
): Promise<HttpPayload> {
  const { header, request } = response;
  try {
    const value = decodeBody(bytes, header, { maxBytes: maxBodyBytes });
    const body: unknown = isPromise(value) ? await value : value;
    if (body === undefined) return payload;
    const whole = { ...payload, body };
    rememberRaw(whole, rawBody(bytes, body, header));
    return whole;
  } catch (thrown) {
    const { code, message } = statusOf(thrown);
    // It is the server that has sent it, not the caller of this node.
    const own = code === Code.RESOURCE_EXHAUSTED ? code : Code.UNAVAILABLE;
    throw new StatusError(own, `Answer of ${request.url.origin} is not understood: ${message}`, { cause: thrown });
  }
}

async function* following(
  held: readonly Uint8Array[],
  chunks: AsyncIterator<Uint8Array>,
  response: IncomingResponse,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for (const chunk of held) {
      size += chunk.byteLength;
      yield chunk;
    }
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) return;
      size += value.byteLength;
      if (size > options.maxBodyBytes) throw tooLarge(response, options);
      yield value;
    }
  } finally {
    discard(response, undefined);
  }
}

/** Ends a body that nobody reads on; what it says of that is heard by nobody. */
function discard<E>({ body }: IncomingResponse, reason: E): E {
  body.on('error', () => {}).destroy(reason === undefined ? undefined : asError(reason));
  return reason;
}

function tooLarge({ request }: IncomingResponse, { maxBodyBytes }: ReadOptions): StatusError {
  return new StatusError(
    Code.RESOURCE_EXHAUSTED,
    `Answer of ${request.url.origin} is larger than ${maxBodyBytes} bytes, see maxBodyBytes`,
  );
}
