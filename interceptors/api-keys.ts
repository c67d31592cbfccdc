import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Context, checkOptions, Metadata } from 'flowrpc';
import { bearer, type Verifier } from './auth.ts';
import { isPromise } from './calls/is-promise.ts';

/** What a server keeps of an API key: enough to know it again, not enough to use it. */
export interface ApiKeyRecord<T> {
  /** From `makeApiKey` or `hashApiKey`. */
  readonly hash: string;
  /** Who has the key. */
  readonly identity: T;
  /** From then on it is refused: a Date or epoch milliseconds. Default: never. */
  readonly expiresAt?: number | Date;
}

/** Finds the record of a hash, such as in a database. The key itself is never shown to it. */
export type FindApiKey<T> = (
  hash: string,
) => ApiKeyRecord<T> | undefined | null | PromiseLike<ApiKeyRecord<T> | undefined | null>;

export interface ApiKeysOptions<T> {
  /** The keys that are good, or how to find one. */
  keys: readonly ApiKeyRecord<T>[] | FindApiKey<T>;
  /** Where callers send the key. `authorization` means `authorization: Bearer …`. Default `x-api-key`. */
  header?: string;
}

const legalHash = /^sha256:[0-9a-f]{64}$/;
const minKeyLength = 32;
const maxKeyLength = 1_024;

/** A new key of 256 random bits for a caller, and the hash for the server to keep. `prefix` tells a found key from others. */
export function makeApiKey(prefix = 'key'): { readonly key: string; readonly hash: string } {
  if (!/^[A-Za-z0-9_-]{0,32}$/.test(prefix))
    throw new TypeError(
      `Cannot make an API key with prefix ${JSON.stringify(prefix)}: wanted up to 32 of A-Z a-z 0-9 _ -`,
    );
  const key = `${prefix}${prefix === '' ? '' : '_'}${randomBytes(32).toString('base64url')}`;
  return { key, hash: hashApiKey(key) };
}

/**
 * The hash of a key made elsewhere. It is a fast one, which protects only what nobody can guess: a key of fewer than 32
 * characters, such as a password, is refused.
 */
export function hashApiKey(key: string): string {
  if (typeof key !== 'string' || key.length < minKeyLength || key.length > maxKeyLength)
    throw new RangeError(
      `Cannot hash an API key of ${String(key).length} characters: wanted ${minKeyLength} to ${maxKeyLength}, random ones`,
    );
  return digest(key);
}

/**
 * Identifies callers by an API key. The key is hashed before it is compared, and looked up by a keyed hash that is new in every
 * process, so the time that takes depends on nothing a caller can choose. Two keys in one call are none. For `auth()`.
 */
export function apiKeys<T>({ keys, header = 'x-api-key', ...rest }: ApiKeysOptions<T>): Verifier<T> {
  checkOptions('apiKeys', rest, ['keys', 'header']);
  checkKeyHeader(header);
  const find = typeof keys === 'function' ? keys : indexed(keys);
  return function apiKeys(context) {
    const key = presented(context, header);
    // The same work for a call without one.
    const hash = digest(key ?? '');
    if (key === undefined) return undefined;
    const found = find(hash);
    return isPromise(found) ? found.then((record) => accepted(record, hash)) : accepted(found, hash);
  };
}

/** A TypeError unless a key can travel under this name as text. */
export function checkKeyHeader(header: string): void {
  if (header.toLowerCase().endsWith('-bin'))
    throw new TypeError(`Cannot send API keys as "${header}": wanted a metadata key for text`);
  new Metadata().set(header as 'x-api-key', 'x');
}

function presented(context: Context, header: string): string | undefined {
  if (header.toLowerCase() === 'authorization') return bearer(context);
  const [key, ...more] = context.metadata.getAll(header);
  return typeof key === 'string' && key.length <= maxKeyLength && more.length === 0 ? key : undefined;
}

function accepted<T>(record: ApiKeyRecord<T> | undefined | null, hash: string): T | undefined {
  if (record === undefined || record === null) return undefined;
  // A search that is lax about case or spaces must not widen what is good.
  if (record.hash.length !== hash.length || !timingSafeEqual(Buffer.from(record.hash), Buffer.from(hash)))
    return undefined;
  return record.expiresAt === undefined || Number(record.expiresAt) > Date.now() ? record.identity : undefined;
}

function indexed<T>(records: readonly ApiKeyRecord<T>[]): (hash: string) => ApiKeyRecord<T> | undefined {
  if (!Array.isArray(records))
    throw new TypeError('Cannot use keys of apiKeys: wanted a list of records or a function');
  const secret = randomBytes(32);
  const place = (hash: string): string => createHmac('sha256', secret).update(hash).digest('base64');
  const index = new Map<string, ApiKeyRecord<T>>();
  for (const [i, record] of (records as readonly ApiKeyRecord<T>[]).entries()) {
    // Never quoted: where a hash is wanted the key itself may stand by mistake.
    if (!legalHash.test(record.hash))
      throw new TypeError(`Cannot use keys[${i}] of apiKeys: its hash is none, wanted what hashApiKey() gives`);
    if (index.has(place(record.hash)))
      throw new TypeError(`Cannot use keys[${i}] of apiKeys: an earlier record has the same hash`);
    if (record.expiresAt !== undefined && Number.isNaN(Number(record.expiresAt)))
      throw new TypeError(
        `Cannot use keys[${i}] of apiKeys: its expiresAt is no date, wanted a Date or epoch milliseconds`,
      );
    index.set(place(record.hash), record);
  }
  return (hash) => index.get(place(hash));
}

function digest(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
