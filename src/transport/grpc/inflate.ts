import { createGunzip, createInflate } from 'node:zlib';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { deferred } from './deferred.ts';

/** The encodings this server reads, as sent in `grpc-accept-encoding`. */
export const acceptEncoding = 'identity,deflate,gzip';

/** Unpacks one message; stops as soon as it grows beyond `maxBytes`. Rejects with a StatusError. */
export function inflate(
  bytes: Uint8Array,
  { encoding, maxBytes, path }: { encoding: string; maxBytes: number; path: string },
): Promise<Uint8Array> {
  if (encoding === 'identity') {
    return Promise.reject(
      new StatusError(
        Code.INTERNAL,
        `Cannot read a message of ${path}: it is flagged as compressed, but no grpc-encoding was sent`,
      ),
    );
  }
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    return Promise.reject(
      new StatusError(
        Code.UNIMPLEMENTED,
        `Cannot read a message of ${path}: its encoding is unknown, wanted one of ${acceptEncoding}`,
      ),
    );
  }
  const unpack = encoding === 'gzip' ? createGunzip() : createInflate();
  const { promise, resolve, reject } = deferred<Uint8Array>();
  const parts: Buffer[] = [];
  let size = 0;
  unpack.on('data', (part: Buffer) => {
    parts.push(part);
    size += part.length;
    if (size <= maxBytes) return;
    unpack.destroy();
    reject(
      new StatusError(
        Code.RESOURCE_EXHAUSTED,
        `Cannot receive a message on ${path}: it unpacks to more than ${maxBytes} bytes`,
      ),
    );
  });
  unpack.once('end', () => resolve(Buffer.concat(parts, size)));
  unpack.once('error', (cause) =>
    reject(new StatusError(Code.INTERNAL, `Cannot unpack a message of ${path}: broken ${encoding}`, { cause })),
  );
  unpack.end(bytes);
  return promise;
}
