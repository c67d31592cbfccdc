import { ByteStream } from '../byte-stream.ts';

const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

/** Whether a request may be sent a second time when nobody knows whether the first one was handled. */
export function isRepeatable({ method, body }: { readonly method: string; readonly body: unknown }): boolean {
  return idempotent.has(method) && !(body instanceof ByteStream);
}
