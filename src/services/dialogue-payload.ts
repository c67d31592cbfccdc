import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { encodeValue } from '../wire/value.ts';

/** The longest name of a request or notification, in characters. */
export const maxNameLength = 256;

/** Refuses what cannot be the name of a request or notification. */
export function checkName(name: unknown): void {
  if (typeof name === 'string' && name.length > 0 && name.length <= maxNameLength) return;
  const shown = typeof name === 'string' ? `"${name.slice(0, 64)}"` : String(name);
  throw new TypeError(`Cannot use the name ${shown}: wanted a string of 1 to ${maxNameLength} characters`);
}

/**
 * The bytes of a payload; undefined stands for null. INVALID_ARGUMENT for what is no value, RESOURCE_EXHAUSTED for more than
 * `maxBytes`: over the wire it would end the stream.
 */
export function payloadBytes(payload: unknown, maxBytes: number): Uint8Array {
  const bytes = encodeValue(payload === undefined ? null : payload);
  if (bytes.byteLength <= maxBytes) return bytes;
  throw new StatusError(
    Code.RESOURCE_EXHAUSTED,
    `The payload has ${bytes.byteLength} bytes, the limit is ${maxBytes} (maxPayloadBytes)`,
  );
}
