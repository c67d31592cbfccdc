import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Code } from '../core/code.ts';
import type { Interceptor } from '../core/context.ts';
import { StatusError } from '../core/status-error.ts';

/** As RFC 6750 has tokens, and long enough not to be guessed. */
const grammar = /^[A-Za-z0-9\-._~+/]{16,1024}=*$/;

/** A new control token: 256 random bits as text. */
export function createControlToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Refuses, with a TypeError that does not show it, what cannot be a control token. */
export function checkControlToken(token: unknown): asserts token is string {
  if (typeof token === 'string' && grammar.test(token)) return;
  throw new TypeError('Cannot use the control token: wanted 16 to 1024 letters, digits and "-._~+/"');
}

/** Lets calls pass that bring the token as `authorization: Bearer …`; all others get UNAUTHENTICATED, whatever was wrong. */
export function requireToken(token: string): Interceptor {
  const wanted = digest(token);
  return async function requireToken(call, next) {
    const [given, ...more] = call.metadata.getAll('authorization');
    const [, shown] = /^bearer +(\S+)$/i.exec(given ?? '') ?? [];
    // Of equal length for any text, so that the time it takes tells nothing.
    const right = timingSafeEqual(digest(shown ?? ''), wanted);
    if (right && more.length === 0) return await next(call);
    throw new StatusError(Code.UNAUTHENTICATED, 'The control token is missing or wrong');
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
