import type { IncomingMessage } from 'node:http';
import { isPromise } from '../../core/requests.ts';
import { ByteStream } from '../byte-stream.ts';
import { decodeBody } from '../http/decode-body.ts';
import { headerFromRaw } from '../http/header.ts';
import { withoutHopHeaders } from '../http/hop-headers.ts';
import type { HttpPayload } from '../http/http-payload.ts';
import { rawBody, rememberRaw } from '../http/raw-body.ts';
import { readChunks } from './read-chunks.ts';

export interface AnswerOptions {
  /** Of the request. */
  readonly method: string;
  /** Bodies up to this size arrive as values. */
  readonly bufferBytes: number;
  /** Why the body ended too early. */
  readonly cut: () => Error;
}

/** What a backend answered: a body that is small enough as value, others as byte streams, both as they came when they are sent on unchanged. */
export async function proxiedAnswer(response: IncomingMessage, options: AnswerOptions): Promise<HttpPayload> {
  const header = withoutHopHeaders(headerFromRaw(response.rawHeaders));
  const status = response.statusCode ?? 502;
  const payload: HttpPayload = { status, header };
  if (options.method === 'HEAD' || status === 204 || status === 304) {
    response.resume();
    return payload;
  }
  const came = await heldBody(response, header, options);
  if (came instanceof ByteStream) return { ...payload, body: came };
  const value = await decoded(came, header);
  if (value !== undefined) payload.body = value;
  rememberRaw(payload, rawBody(came, value, header));
  return payload;
}

async function heldBody(
  response: IncomingMessage,
  header: Record<string, string[]>,
  { bufferBytes, cut }: AnswerOptions,
): Promise<Uint8Array | ByteStream> {
  const announced = header['Content-Length']?.[0];
  const chunks = readChunks(response, cut);
  const begun: Uint8Array[] = [];
  const rest = (): ByteStream => {
    return new ByteStream(joined(begun, chunks), { cancel: () => response.destroy() });
  };
  const live = header['Content-Type']?.[0]?.startsWith('text/event-stream') === true;
  if (live || (announced !== undefined && Number(announced) > bufferBytes)) return rest();
  let size = 0;
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) return begun.length === 1 ? begun[0]! : Buffer.concat(begun, size);
    begun.push(value);
    size += value.byteLength;
    if (size > bufferBytes) return rest();
  }
}

async function* joined(begun: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* begun;
  yield* rest;
}

/** A backend's body that is not what it says still goes on, as bytes. */
async function decoded(bytes: Uint8Array, header: Record<string, string[]>): Promise<unknown> {
  try {
    const value = decodeBody(bytes, header);
    return isPromise(value) ? await value : value;
  } catch {
    return bytes;
  }
}
