import { types } from 'node:util';
import type { ErrorCode } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';

/** A `Uint8Array` of any realm; `Buffer` is one. */
export function isBytes(value: object): value is Uint8Array {
  return value instanceof Uint8Array || types.isUint8Array(value);
}

/** An `Error` of any realm. */
export function isError(value: object): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** An object of any realm that a literal or `JSON.parse` made, or that has no prototype. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

/**
 * What others may know of an error, named as in the JSON of google.rpc.Status; stack, cause and details stay in the
 * process.
 */
export function publicError(error: Error): { message: string; code?: ErrorCode } {
  if (error instanceof StatusError) return { message: error.statusMessage, code: error.code };
  const message: unknown = error.message;
  return { message: typeof message === 'string' ? message : '' };
}
