import { createHash } from 'node:crypto';

const grammar = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The name space of derived ids: a constant, so that they are the same on every machine. */
const namespace = Buffer.from('6f1d2e0c5a3b4c7d9e8f0a1b2c3d4e5f', 'hex');

/** Whether a value is a UUID of any version. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && grammar.test(value);
}

/** The id of a document that has none of its own: a UUID (RFC 9562, version 5) of its file and its place in the file, from 0. */
export function idOfPlace(file: string, index: number): string {
  return derive(`${file}#${index}`);
}

/** The id of a named document that has none of its own: the same wherever the document is written. */
export function idOfName(space: string, name: string): string {
  return derive(`${space}/${name}`);
}

function derive(text: string): string {
  const hash = createHash('sha1').update(namespace).update(text).digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
