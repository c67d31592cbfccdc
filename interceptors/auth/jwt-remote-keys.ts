import { hash } from 'node:crypto';
import { Code, detached, StatusError } from 'flowrpc';
import { JWKSNoMatchingKey } from 'jose/errors';
import { createLocalJWKSet } from 'jose/jwks/local';
import type { JWTVerifyGetKey } from 'jose/jwt/verify';
import { fetchJson, nameOf } from './fetch-json.ts';

export interface RemoteKeysOptions {
  /** How long the key server may take to answer. Default 5 s. */
  timeoutMs?: number;
  /** Keys older than this are fetched again, while calls go on with those there are. Default 10 minutes. */
  cacheMs?: number;
  /** Keys older than `cacheMs` stay good for this long when the key server cannot be reached. Default 24 hours. */
  staleMs?: number;
  /** A token with a key that is not there lets keys be fetched again, but not more often than this. Default 30 s. */
  cooldownMs?: number;
}

/** While the key server fails it is asked no more often than this. */
const pauseMs = 1_000;

/**
 * The keys that a URL serves (RFC 7517): fetched at the first use, once for all calls that wait, outside of any call. `key` throws
 * UNAVAILABLE when a token cannot be judged because the key server gives nothing usable. `inForce` is another object when other
 * keys were fetched; asking for it has old keys fetched again, as `key` does.
 */
export function remoteKeys(
  url: URL,
  { timeoutMs = 5_000, cacheMs = 600_000, staleMs = 86_400_000, cooldownMs = 30_000 }: RemoteKeysOptions,
): { key: JWTVerifyGetKey; inForce: () => object | undefined } {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  let digest: string | undefined;
  let loadedAt = 0;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let loading: Promise<void> | undefined;

  async function fetchKeys(): Promise<void> {
    triedAt = performance.now();
    try {
      const { status, body } = await fetchJson(url, { timeoutMs });
      if (status !== 200) throw new Error(`Cannot fetch ${nameOf(url)}: it answered ${status}`);
      const fetched = createLocalJWKSet(body as Parameters<typeof createLocalJWKSet>[0]);
      const now = hash('sha256', JSON.stringify(fetched.jwks().keys));
      // The same keys again are the same object, with what they have become for use.
      if (now !== digest) keys = fetched;
      digest = now;
      loadedAt = performance.now();
      failure = undefined;
    } catch (thrown) {
      failure = thrown;
    } finally {
      loading = undefined;
    }
  }

  /** Fetches unless it was tried `restMs` ago or, after a failure, a moment ago. The fetch belongs to no call, so none can cancel it for the others. */
  function load(restMs: number): Promise<void> | undefined {
    const pause = failure === undefined ? restMs : Math.min(pauseMs, cooldownMs);
    if (loading === undefined && performance.now() - triedAt >= pause) loading = detached(fetchKeys);
    return loading;
  }

  /** The keys to go by without waiting; old ones are fetched again meanwhile. */
  function inForce(): typeof keys {
    const age = performance.now() - loadedAt;
    if (keys === undefined || age > cacheMs + staleMs) return undefined;
    if (age > cacheMs) load(0);
    return keys;
  }

  const key: JWTVerifyGetKey = async (header, token) => {
    let known = inForce();
    if (known === undefined) {
      await load(0);
      known = keys;
      if (known === undefined || failure !== undefined) throw unavailable(failure);
    }
    try {
      return await known(header, token);
    } catch (thrown) {
      if (!(thrown instanceof JWKSNoMatchingKey)) throw thrown;
      await load(cooldownMs);
      // The key may be one that we would know of if we could ask.
      if (failure !== undefined) throw unavailable(failure);
      return (keys ?? known)(header, token);
    }
  };
  return { key, inForce };
}

function unavailable(cause: unknown): StatusError {
  return new StatusError(Code.UNAVAILABLE, 'Credentials cannot be checked at the moment', { cause });
}
