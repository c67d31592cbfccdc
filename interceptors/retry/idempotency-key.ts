import { type Call, Metadata } from 'flowrpc';

/** Where a caller names a call, so that a server carries it out once however often it is sent (IETF `Idempotency-Key`). */
export const idempotencyHeader = 'idempotency-key';

/**
 * Gives a call the key that all its attempts have in common. A key that the caller set stays; methods without effects need none, nor does
 * a server that repeats its own handler.
 */
export function idempotencyKeys(header: string | false): (call: Call) => Call {
  if (header === false) return (call) => call;
  // Refuses what cannot be sent.
  new Metadata().set(header, 'x');
  return (call) => {
    if (call.side === 'server' || call.method.idempotency === 'no-side-effects') return call;
    if (call.metadata.has(header)) return call;
    return call.withMetadata((metadata) => metadata.set(header, crypto.randomUUID()));
  };
}
