import { Code } from '../core/code.ts';
import type { Method } from '../core/method.ts';
import { StatusError } from '../core/status-error.ts';
import { WrongResponse } from '../core/wrong-response.ts';

/**
 * The bytes of a response. What a handler returns wrongly is no fault of the caller: a WrongResponse, which servers mask and
 * log, never the codec's own INVALID_ARGUMENT. RESOURCE_EXHAUSTED above `maxBytes`.
 */
export function encodeResponse({ path, response }: Method, message: unknown, maxBytes: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = response.encode(message);
  } catch (cause) {
    const why = cause instanceof StatusError ? cause.statusMessage : String(cause);
    throw new WrongResponse(`Cannot encode the response of ${path}: ${why}`, { cause });
  }
  if (bytes.byteLength <= maxBytes) return bytes;
  throw new StatusError(
    Code.RESOURCE_EXHAUSTED,
    `A response of ${bytes.byteLength} bytes is over the limit of ${maxBytes}`,
  );
}
