import type { Http2ServerRequest } from 'node:http2';
import type { Readable } from 'node:stream';
import { CancelReason } from '../../core/cancel-reason.ts';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { ByteStream } from '../byte-stream.ts';
import type { ServerRequest } from './server-connections.ts';
import type { HeldPart } from './server-held-bytes.ts';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly bufferBytes: number;
}

type Lists = Readonly<Record<string, readonly string[]>>;

/** Whether anything follows the head of a request. */
export function hasBody(request: ServerRequest, header: Lists): boolean {
  if (request.httpVersionMajor === 2) return !(request as Http2ServerRequest).stream.endAfterHeaders;
  return header['Transfer-Encoding'] !== undefined || (announcedBytes(header) ?? 0) > 0;
}

/** How long a request says that its body is; undefined when it does not. */
function announcedBytes(header: Lists): number | undefined {
  const length = header['Content-Length']?.[0];
  return length === undefined ? undefined : Number(length);
}

/**
 * The body of a request: its bytes, or a byte stream when they are more than are held at once. Rejects with RESOURCE_EXHAUSTED for more than
 * `maxBodyBytes`, with UNAVAILABLE when all requests together hold too much, and with why when the client goes away.
 */
export function readBody(
  request: ServerRequest,
  header: Lists,
  { maxBodyBytes, bufferBytes }: BodyLimits,
  held: HeldPart,
): Promise<Uint8Array | ByteStream> {
  const announced = announcedBytes(header);
  if (announced !== undefined && announced > maxBodyBytes) return Promise.reject(tooLarge(maxBodyBytes));
  if (announced !== undefined && announced > bufferBytes) return Promise.resolve(streamOf(request, [], maxBodyBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      const room = held.take(chunk.length);
      if (room && size <= bufferBytes && size <= maxBodyBytes) return;
      settle();
      request.pause();
      if (!room) return reject(new StatusError(Code.UNAVAILABLE, 'Too many bodies are being received'));
      if (size > maxBodyBytes) return reject(tooLarge(maxBodyBytes));
      resolve(streamOf(request, chunks, maxBodyBytes));
    };
    const onEnd = (): void => {
      settle();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size));
    };
    const onClose = (): void => {
      settle();
      reject(new CancelReason('client-gone'));
    };
    (request as Readable).on('data', onData).on('end', onEnd).on('close', onClose);
  });
}

function streamOf(request: ServerRequest, begun: readonly Buffer[], maxBytes: number): ByteStream {
  return new ByteStream(readOn(request, begun, maxBytes));
}

/** What is left over when somebody stops is not read: the connection may still carry the answer. */
async function* readOn(request: ServerRequest, begun: readonly Buffer[], maxBytes: number): AsyncGenerator<Uint8Array> {
  let wake: () => void = () => {};
  let ended = request.readableEnded;
  let gone = request.destroyed && !request.complete;
  const onReadable = (): void => wake();
  const onEnd = (): void => {
    ended = true;
    wake();
  };
  const onClose = (): void => {
    gone = !ended;
    wake();
  };
  (request as Readable).on('readable', onReadable).on('end', onEnd).on('close', onClose);
  try {
    let size = 0;
    for (const chunk of begun) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
    for (;;) {
      const chunk = request.read() as Buffer | null;
      if (chunk !== null) {
        size += chunk.length;
        if (size > maxBytes) throw tooLarge(maxBytes);
        yield chunk;
      } else if (ended) return;
      else if (gone) throw new CancelReason('client-gone');
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    (request as Readable).off('readable', onReadable).off('end', onEnd).off('close', onClose);
  }
}

function tooLarge(maxBytes: number): StatusError {
  return new StatusError(Code.RESOURCE_EXHAUSTED, `The body is larger than ${maxBytes} bytes`);
}
