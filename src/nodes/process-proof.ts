import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ProcessIdentity } from './process-id.ts';

/** Keys that the runtimes of one namespace share: the first one signs, all of them verify, so that keys can be exchanged. */
export type NamespaceKey = string | Uint8Array | readonly (string | Uint8Array)[];

const lifetimeMs = 60_000;
const minBytes = 16;
const grammar = /^v1\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/;

/**
 * Signs which process a call belongs to, and verifies what others signed: HMAC-SHA256 over the ids, the service that is called and the
 * end of the proof. A proof is good for one service and 60 s, clocks a minute apart included.
 */
export class ProcessProofs {
  readonly #keys: readonly Uint8Array[];

  /** A RangeError for a key of less than 16 bytes. */
  constructor(keys: NamespaceKey) {
    this.#keys = (isList(keys) ? keys : [keys]).map(bytesOf);
    if (this.#keys.length === 0) throw new RangeError('Cannot sign processes: namespaceKey has no key');
  }

  sign(identity: ProcessIdentity, service: string): string {
    const end = Date.now() + lifetimeMs;
    return `v1.${end}.${mac(this.#keys[0]!, identity, service, end).toString('base64url')}`;
  }

  verify(identity: ProcessIdentity, service: string, proof: string): boolean {
    const match = grammar.exec(proof);
    if (match === null) return false;
    const end = Number(match[1]);
    const left = end - Date.now();
    if (left < 0 || left > 2 * lifetimeMs) return false;
    const given = Buffer.from(match[2]!, 'base64url');
    return this.#keys.some((key) => {
      const wanted = mac(key, identity, service, end);
      return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted);
    });
  }
}

function mac(key: Uint8Array, { id, parent = '' }: ProcessIdentity, service: string, end: number): Buffer {
  return createHmac('sha256', key).update(`flowrpc-process\n${id}\n${parent}\n${service}\n${end}`).digest();
}

function bytesOf(key: string | Uint8Array): Uint8Array {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  if (bytes instanceof Uint8Array && bytes.byteLength >= minBytes) return bytes;
  throw new RangeError(`Cannot sign processes: wanted a namespaceKey of ${minBytes} bytes or more`);
}

function isList(keys: NamespaceKey): keys is readonly (string | Uint8Array)[] {
  return Array.isArray(keys);
}
