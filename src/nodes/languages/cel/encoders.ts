import type { Environment } from '@marcbachmann/cel-js';
import { charge } from './meter.ts';
import { registerNamespace } from './namespace.ts';

/** `base64.encode(bytes)` and `base64.decode(text)`. */
export function registerEncoders(environment: Environment): void {
  registerNamespace(environment, 'base64', {
    'encode(bytes): string': (bytes: Uint8Array) => {
      charge(bytes.length >> 3);
      return Buffer.from(bytes).toString('base64');
    },
    'decode(string): bytes': decode,
  });
}

const alphabet = /^[A-Za-z0-9+/]*={0,2}$/;

function decode(text: string): Uint8Array {
  charge(text.length >> 3);
  if (!alphabet.test(text)) throw new RangeError('base64.decode() takes text of the base64 alphabet');
  return new Uint8Array(Buffer.from(text, 'base64'));
}
