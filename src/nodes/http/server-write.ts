import type { ServerResponse } from 'node:http';
import { constants, Http2ServerResponse } from 'node:http2';
import { CancelReason } from '../../core/cancel-reason.ts';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { ByteStream } from '../byte-stream.ts';
import type { Answer } from './server-answer.ts';
import type { ServerReply } from './server-connections.ts';

export interface WriteOptions {
  /** Of a HEAD request: everything but the body. */
  readonly headOnly: boolean;
  /** How long a client may read nothing. */
  readonly stallMs: number;
}

/** Writes an answer. A promise only for a byte stream: it resolves once all is written, and rejects when the client or the stream ends before. */
export function writeAnswer(
  reply: ServerReply,
  { status, header, body }: Answer,
  options: WriteOptions,
): void | Promise<void> {
  const empty = status === 204 || status === 304;
  if (empty || options.headOnly) {
    if (body instanceof ByteStream) body.cancel();
    else if (!empty && body !== undefined) header['Content-Length'] = [String(sizeOf(body))];
    if (status === 204) delete header['Content-Length'];
    start(reply, status, header);
    reply.end();
    return;
  }
  if (body instanceof ByteStream) return stream(reply, status, header, body, options);
  header['Content-Length'] = [String(body === undefined ? 0 : sizeOf(body))];
  start(reply, status, header);
  if (body === undefined) reply.end();
  else {
    reply.end(body);
    if (sizeOf(body) > smallBytes || reply instanceof Http2ServerResponse) cutWhenStalled(reply, options.stallMs);
  }
}

/** As much goes out at once, whatever the client reads. */
const smallBytes = 16_384;

/** A client that reads nothing for too long is given up: what it has not read would stay in memory. */
function cutWhenStalled(reply: ServerReply, stallMs: number): void {
  if (reply.writableFinished || stallMs <= 0) return;
  (reply as ServerResponse).setTimeout(stallMs, () => {
    if (reply instanceof Http2ServerResponse) reply.stream.close(constants.NGHTTP2_CANCEL);
    reply.destroy();
  });
}

const singleValued: ReadonlySet<string> = new Set(
  'Access-Control-Allow-Credentials Access-Control-Max-Age Access-Control-Request-Method Age Authorization Content-Encoding Content-Language Content-Length Content-Location Content-Md5 Content-Range Content-Type Date Dnt Etag Expires From Host If-Match If-Modified-Since If-None-Match If-Range If-Unmodified-Since Last-Modified Location Max-Forwards Proxy-Authorization Range Referer Retry-After Tk Upgrade-Insecure-Requests User-Agent X-Content-Type-Options'.split(
    ' ',
  ),
);

function sizeOf(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
}

function start(reply: ServerReply, status: number, header: Record<string, string[]>): void {
  const fields: Record<string, string | string[]> = {};
  const multiplexed = reply instanceof Http2ServerResponse;
  for (const name of Object.keys(header)) {
    // A connection of HTTP/2 becomes no other.
    if (multiplexed && (name === 'Upgrade' || name === 'Connection')) continue;
    const values = header[name]!;
    // HTTP/2 refuses others, and nobody could say what they mean.
    const single = values.length === 1 || (multiplexed && singleValued.has(name));
    fields[name] = single ? values[0]! : values;
  }
  // A reply of HTTP/2 has the same method, under another type.
  (reply as ServerResponse).writeHead(status, fields);
}

async function stream(
  reply: ServerReply,
  status: number,
  header: Record<string, string[]>,
  body: ByteStream,
  { stallMs }: WriteOptions,
): Promise<void> {
  const gone = (): void => body.cancel(new CancelReason('client-gone'));
  reply.once('close', gone);
  try {
    let left = announcedLength(header);
    start(reply, status, header);
    // Whoever waits for events wants to know that there will be some.
    (reply as ServerResponse).flushHeaders();
    for await (const chunk of body) {
      if (left !== undefined && (left -= chunk.byteLength) < 0) throw wrongLength();
      if (!(reply as ServerResponse).write(chunk)) await drained(reply, stallMs);
    }
    if (left !== undefined && left > 0) throw wrongLength();
    reply.off('close', gone);
    reply.end();
  } catch (thrown) {
    reply.off('close', gone);
    // It is too late for another status: only a cut tells that this is not all.
    reply.destroy();
    throw thrown;
  }
}

/** Resolves when the client has read enough. One that reads nothing for too long is given up. */
function drained(reply: ServerReply, stallMs: number): Promise<void> {
  if (reply.destroyed) return Promise.reject(new CancelReason('client-gone'));
  return new Promise((resolve, reject) => {
    const settle = (failure?: Error): void => {
      clearTimeout(timer);
      reply.off('drain', onDrain).off('close', onClose);
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const onDrain = (): void => settle();
    const onClose = (): void => settle(new CancelReason('client-gone'));
    const late = (): void => settle(stalled(stallMs));
    const timer = setTimeout(late, stallMs).unref();
    reply.on('drain', onDrain).on('close', onClose);
  });
}

function stalled(ms: number): StatusError {
  return new StatusError(Code.DEADLINE_EXCEEDED, `The client has read nothing for ${ms} ms`);
}

/** One that is no length is not sent. */
function announcedLength(header: Record<string, string[]>): number | undefined {
  const [length, ...others] = header['Content-Length'] ?? [];
  if (length !== undefined && others.length === 0 && /^\d{1,15}$/.test(length)) return Number(length);
  delete header['Content-Length'];
  return undefined;
}

function wrongLength(): StatusError {
  return new StatusError(Code.DATA_LOSS, 'The body has another length than its Content-Length says');
}
