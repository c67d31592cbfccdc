import { Code, checkOptions, detached, type Logger, StatusError } from 'flowrpc';
import { harmless } from '../calls/harmless.ts';
import { longestTimerMs } from '../calls/longest-timer.ts';
import type { RateStore } from './token-bucket.ts';

export interface SharedStoreOptions {
  /** How long to wait for the store's answer. Default 500. */
  timeoutMs?: number;
  /** What becomes of calls while the store fails: `allow`, the default, or `refuse` with UNAVAILABLE. */
  whenItFails?: 'allow' | 'refuse';
}

/**
 * A store that may fail or not answer, as one that always does. The log gets one line when it begins to fail and one when it
 * answers again.
 */
export function sharedStore(
  store: RateStore,
  { timeoutMs = 500, whenItFails = 'allow', ...rest }: SharedStoreOptions,
  logger: Logger,
): RateStore {
  checkOptions('rateLimit.shared', rest, ['timeoutMs', 'whenItFails']);
  if (typeof store?.take !== 'function')
    throw new TypeError(`Cannot limit by store ${String(store)}: wanted an object with take(key, tokens, maxWaitMs)`);
  if (!(timeoutMs > 0)) throw new RangeError(`Cannot wait ${timeoutMs} ms for a store: wanted more than 0`);
  if (whenItFails !== 'allow' && whenItFails !== 'refuse')
    throw new TypeError(`Cannot use whenItFails ${JSON.stringify(whenItFails)}: wanted "allow" or "refuse"`);
  let failing = false;

  return {
    async take(key, tokens, maxWaitMs) {
      try {
        // Outside of the call: several calls may share what the store sends for them.
        const waitMs = await within(
          timeoutMs,
          detached(() => store.take(key, tokens, maxWaitMs)),
        );
        if (typeof waitMs !== 'number' || Number.isNaN(waitMs))
          throw new TypeError(`The store gave ${String(waitMs)}: wanted milliseconds`);
        if (failing) harmless('the logger of rateLimit()', () => logger.info('rate limit store answers again'));
        failing = false;
        return waitMs;
      } catch (error) {
        const calls = whenItFails === 'allow' ? 'allowed' : 'refused';
        if (!failing)
          harmless('the logger of rateLimit()', () => logger.warn('rate limit store fails', { calls, error }));
        failing = true;
        if (whenItFails === 'allow') return 0;
        throw new StatusError(Code.UNAVAILABLE, 'Nobody can say whether the rate limit allows the call', {
          cause: error,
        });
      }
    },
  };
}

function within<T>(ms: number, work: T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms`)), Math.min(ms, longestTimerMs));
    Promise.resolve(work)
      .then(resolve, reject)
      .then(() => clearTimeout(timer));
  });
}
